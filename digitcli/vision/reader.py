"""From picture files to digits: decode, normalise, and ask the network in batches."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

from .. import log
from ..errors import DataError
from ..inference.prediction import Prediction
from ..model.frozen import replace
from ..signs import DIGITS, Mode
from .digit import LEAST, Digit
from .files.decode import Limits, quiet
from .files.notes import noting
from .files.picture import Source, name_of, pixels_of_source
from .look import Look, look_with, no_digits
from .normalize import FIELD
from .parallel import Stopped, Turns, in_order
from .reading import Reading
from .seen_digit import look_at_digit

if TYPE_CHECKING:
    from ..inference.networks import Networks
    from .rules.rule import Rule
    from .seen import Seen

__all__ = ["LEAST", "Classifier", "Digit", "Reader", "Reading"]


class Classifier(Protocol):
    """What the reader needs of an engine."""

    def predict(self, images: memoryview, threads: int = 1) -> Prediction:
        """Classify uint8 pictures (n, 28, 28), light ink on dark; numpy.asarray takes them.

        Rows are a probability for each class; of digits ten, or eleven: the last is of no digit.
        """


def forget_frames(error: BaseException) -> None:
    """Free what the frames of `error` hold, such as a file's bytes."""
    reason: BaseException | None = error
    while reason is not None:
        reason.__traceback__ = None
        reason = reason.__context__


class Reader:
    """Reads digits from whole pictures with any engine that has `predict`.

    `threads` pictures at the same time (0: all cores). Answers with a confidence below `least` are
    "unsure". With a `rule` only readings that obey it count. `look` makes of a grey picture what
    the engine has to classify: by default one digit. Other numbers need the networks of `of`.
    `names` are what the engine's classes are called.
    """

    def __init__(
        self,
        engine: Classifier,
        *,
        threads: int = 1,
        limits: Limits = Limits(),
        least: float = LEAST,
        rule: Rule | None = None,
        look: Look = look_at_digit,
        names: tuple[str, ...] = DIGITS,
    ) -> None:
        self.engine = engine
        self.threads = threads
        self.limits = limits
        self.least = least
        self.rule = rule
        self.look = look
        self.names = names
        self._turns = Turns()

    @classmethod
    def of(cls, networks: Networks, mode: Mode = "auto", **options: Any) -> Reader:
        """A reader that uses all of these networks; `options` as above.

        It reads every number in a picture; in mode "one" the picture is one digit, and in mode
        "auto" a crop of at most 32 pixels a side is. Networks that name other things than digits
        name each picture.

        Raises UsageError for what only digits have: mode "many", and a rule.
        """
        if options.get("rule") is not None and not networks.names_digits:
            raise no_digits(networks, "--pattern, --length, --check")
        names = networks.digit.spec.classes
        return cls(networks.digit, look=look_with(networks, mode), names=names, **options)

    def read(self, source: Source) -> Reading:
        """Read one picture: a path, "-" for standard input, or the bytes of a file.

        Raises DataError when it is not a picture that can be read.
        """
        reading = next(self.read_many([source]))
        if reading.error is not None:
            raise reading.error
        return reading

    def read_digit(self, source: Source) -> Digit:
        """Read the first digit, or the class, of one picture, as `read` does.

        Raises DataError also when there is none.
        """
        reading = self.read(source)
        if not reading.digits:
            raise DataError(
                f"{reading.file}: no digit found", "choose a picture with one digit, dark or light"
            )
        return reading.digits[0]

    def read_many(self, sources: Iterable[Source]) -> Generator[Reading, None, None]:
        """Read pictures in order, in batches; a bad one has its `error` set and stops none.

        Memory does not grow with their number: few are in work at a time (`parallel.in_order`).
        """
        return in_order(self.read_batch, sources, self.threads)

    @property
    def is_short(self) -> bool:
        """Whether pictures take so short that threads wait for each other (`parallel.Turns`)."""
        return self._turns.is_short

    def read_batch(self, sources: Sequence[Source], stopped: Stopped) -> list[Reading]:
        """Prepare the pictures, classify them in one batch; none once it is `stopped`."""
        prepared: list[tuple[Source, Seen | DataError, tuple[str, ...]]] = []
        with self._turns.turn(len(sources)), quiet():
            for source in sources:
                if stopped():
                    return []
                with noting() as notes:
                    seen = self._prepare(source)
                prepared.append((source, seen, tuple(notes)))
        rows = self._ask([seen for _, seen, _ in prepared if not isinstance(seen, DataError)])
        answers = [self._answer(source, seen, rows, notes) for source, seen, notes in prepared]
        for one in answers:
            log.debug(__name__, "%s: %s", one.file, one.error or one.written)
        return answers

    def _answer(
        self,
        source: Source,
        seen: Seen | DataError,
        rows: Iterator[list[float]],
        notes: tuple[str, ...],
    ) -> Reading:
        if isinstance(seen, DataError):
            return Reading(
                name_of(source), error=seen, least=self.least, source=source, names=self.names
            )
        reading = self._reading(source, seen, list(islice(rows, seen.count)))
        return replace(reading, notes=notes) if notes else reading

    def _prepare(self, source: Source) -> Seen | DataError:
        try:
            return self.look(pixels_of_source(source, self.limits))
        except DataError as error:
            forget_frames(error)
            return error

    def _ask(self, seen: Sequence[Seen]) -> Iterator[list[float]]:
        """The network's probabilities for the pictures of all, computed in one batch."""
        count = sum(one.count for one in seen)
        if not count:
            return iter(())
        stack = memoryview(b"".join(one.pictures for one in seen))
        return iter(self.engine.predict(stack.cast("B", (count, FIELD, FIELD)), 1).rows())

    def _reading(self, source: Source, seen: Seen, rows: list[list[float]]) -> Reading:
        return self._ruled(source, seen, rows, self.rule)

    def _ruled(
        self, source: Source, seen: Seen, rows: list[list[float]], rule: Rule | None
    ) -> Reading:
        found = seen.answer(rows)
        reading = Reading(
            name_of(source),
            found.digits,
            least=self.least,
            source=source,
            mode=found.mode,
            marks=found.marks,
            fields=found.fields,
            names=self.names,
        )
        if rule is None or not found.digits:
            return reading
        valid, spelled = seen.obeying(rule, found, rows)
        if valid is None:
            return replace(reading, ruled=True)
        return replace(reading, digits=spelled, ruled=True, number=valid)
