"""From picture files to digits: decode, normalise, and ask the network in batches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from ..errors import DataError
from ..inference.prediction import Prediction
from .digit import LEAST, Digit
from .files.decode import Limits, quiet
from .files.picture import Source, name_of, pixels_of_source
from .files.pixels import size_of
from .normalize import FIELD
from .parallel import Stopped, Turns, in_order
from .reading import Reading
from .seen import Mode, Seen, is_crop, look

if TYPE_CHECKING:
    from ..inference.line_engine import LineEngine
    from ..inference.networks import Networks
    from .files.pixels import Pixels
    from .finding.places import Place
    from .lines import Finder, SeenLines
    from .rules.rule import Rule

__all__ = ["LEAST", "Classifier", "Digit", "Reader", "Reading"]

Found: TypeAlias = "Seen | SeenLines | DataError"


class Classifier(Protocol):
    """What the reader needs of an engine."""

    def predict(self, images: memoryview, threads: int = 1) -> Prediction:
        """Classify uint8 pictures (n, 28, 28), light ink on dark; numpy.asarray takes them.

        Rows are ten probabilities, or eleven: the last is that of no digit.
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
    "unsure". With a `rule` only readings that obey it count. `mode` says whether a picture is one
    digit or lines of many; "auto" finds out. `lines` gives the engine that reads lines, when it is
    first needed; `find` says where they stand, by default the picture as a whole is one.
    """

    def __init__(
        self,
        engine: Classifier,
        *,
        threads: int = 1,
        limits: Limits = Limits(),
        least: float = LEAST,
        rule: Rule | None = None,
        mode: Mode = "one",
        lines: Callable[[], LineEngine] | None = None,
        find: Finder | None = None,
    ) -> None:
        self.engine = engine
        self.threads = threads
        self.limits = limits
        self.least = least
        self.rule = rule
        self.mode = mode
        self.lines = lines
        self.find = find
        self._turns = Turns()

    @classmethod
    def of(cls, networks: Networks, **options: Any) -> Reader:
        """A reader that uses all of these networks; `options` as above."""

        def find(grey: Pixels) -> list[Place]:
            from .finding.find import find_lines  # a picture of one digit does without them
            from .finding.places import places

            return places(find_lines(grey, networks.map), *size_of(grey))

        return cls(networks.digit, lines=lambda: networks.line, find=find, **options)

    def read(self, source: Source) -> Reading:
        """Read one picture: a path, "-" for standard input, or the bytes of a file.

        Raises DataError when it is not a picture that can be read.
        """
        reading = next(self.read_many([source]))
        if reading.error is not None:
            raise reading.error
        return reading

    def read_digit(self, source: Source) -> Digit:
        """Read the first digit of one picture, as `read` does.

        Raises DataError also when there is none.
        """
        reading = self.read(source)
        if not reading.digits:
            raise DataError(
                f"{reading.file}: no digit found", "choose a picture with one digit, dark or light"
            )
        return reading.digits[0]

    def read_many(self, sources: Iterable[Source]) -> Iterator[Reading]:
        """Read pictures in order, in batches; a bad one has its `error` set and stops none.

        Memory does not grow with their number: few are in work at a time (`parallel.in_order`).
        """
        return in_order(self._read_batch, sources, self.threads)

    def _read_batch(self, sources: list[Source], stopped: Stopped) -> Iterator[Reading]:
        """Prepare the pictures, classify them in one batch, yield the readings."""
        prepared: list[tuple[Source, Found]] = []
        with self._turns.turn(len(sources)), quiet():
            for source in sources:
                if stopped():
                    return
                prepared.append((source, self._prepare(source)))
        asked = self._ask([found for _, found in prepared])
        closer = [
            found.closer(rows) if not isinstance(found, DataError) else None
            for (_, found), rows in zip(prepared, asked, strict=True)
        ]
        again = self._ask(closer)
        for (source, found), rows, more, others in zip(prepared, asked, closer, again, strict=True):
            if isinstance(found, DataError):
                yield Reading(name_of(source), error=found, least=self.least, source=source)
            elif more is not None:
                yield self._reading(source, more, others)
            else:
                yield self._reading(source, found, rows)

    def _prepare(self, source: Source) -> Found:
        try:
            return self._look(pixels_of_source(source, self.limits))
        except DataError as error:
            forget_frames(error)
            return error

    def _look(self, grey: Pixels) -> Seen | SeenLines:
        if self.lines is None or self.mode == "one" or is_crop(grey, self.mode):
            return look(grey, self.mode)
        from .lines import look_at_lines

        return look_at_lines(grey, self.lines(), self.find)

    def _ask(self, found: Sequence[Found | None]) -> list[list[list[float]]]:
        """The network's probabilities for the pictures of each, computed in one batch."""
        seen = [one for one in found if not (one is None or isinstance(one, DataError))]
        count = sum(one.count for one in seen)
        rows: Iterator[list[float]] = iter(())
        if count:
            stack = memoryview(b"".join(one.pictures for one in seen))
            rows = iter(self.engine.predict(stack.cast("B", (count, FIELD, FIELD)), 1).rows())
        return [
            list(islice(rows, one.count)) if not (one is None or isinstance(one, DataError)) else []
            for one in found
        ]

    def _reading(self, source: Source, seen: Seen | SeenLines, rows: list[list[float]]) -> Reading:
        found = seen.answer(rows)
        reading = Reading(
            name_of(source),
            found.digits,
            least=self.least,
            source=source,
            mode=found.mode,
            marks=found.marks,
            fields=found.fields,
        )
        if self.rule is None or not found.digits:
            return reading
        valid, spelled = seen.obeying(self.rule, found, rows)
        if valid is None:
            return replace(reading, ruled=True)
        return replace(reading, digits=spelled, ruled=True, number=valid)
