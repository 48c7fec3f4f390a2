"""From picture files to digits: decode, normalise, and ask the network in batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, TypeAlias

from ..errors import DataError
from ..inference.prediction import Prediction
from .decode import Limits, quiet
from .normalize import FIELD, Normalized, normalize
from .reading import LEAST, Digit, Reading
from .sources import Source, name_of, pixels_of_source
from .stream import Stopped, in_order

if TYPE_CHECKING:
    from .rules import Rule

__all__ = ["LEAST", "Classifier", "Digit", "Reader", "Reading"]

CLASSES = 10

Found: TypeAlias = "Normalized | DataError | None"


class Classifier(Protocol):
    """What the reader needs of an engine."""

    def predict(self, images: memoryview, threads: int = 1) -> Prediction:
        """Classify uint8 pictures (n, 28, 28), light ink on dark; numpy.asarray takes them.

        Rows are ten probabilities, or eleven: the last is that of no digit.
        """


class Reader:
    """Reads digits from whole pictures with any engine that has `predict`.

    `threads` pictures at the same time (0: all cores); answers less sure than `least` are "unsure";
    of all readings only those that obey `rule` count.
    """

    def __init__(
        self,
        engine: Classifier,
        *,
        threads: int = 1,
        limits: Limits = Limits(),
        least: float = LEAST,
        rule: Rule | None = None,
    ) -> None:
        self.engine = engine
        self.threads = threads
        self.limits = limits
        self.least = least
        self.rule = rule

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

        Any number of them take the same memory: few are in work at any time (`stream.in_order`).
        """
        return in_order(self._read_batch, sources, self.threads)

    def _read_batch(self, sources: list[Source], stopped: Stopped) -> Iterator[Reading]:
        """Prepare the pictures, ask the network about all at once, hand the answers out."""
        prepared: list[tuple[Source, Found]] = []
        with quiet():
            for source in sources:
                if stopped():
                    return
                prepared.append((source, self._prepare(source)))
        digits = self._digits([found for _, found in prepared if isinstance(found, Normalized)])
        for source, found in prepared:
            here = [next(digits)] if isinstance(found, Normalized) else []
            yield self._reading(source, found, here)

    def _prepare(self, source: Source) -> Found:
        try:
            return normalize(pixels_of_source(source, self.limits))
        except DataError as error:
            return error

    def _digits(self, found: list[Normalized]) -> Iterator[Digit]:
        """What the network says of each."""
        if not found:
            return
        stack = memoryview(b"".join(one.pixels for one in found))
        images = stack.cast("B", (len(found), FIELD, FIELD))
        for row, one in zip(self.engine.predict(images, 1).rows(), found, strict=True):
            yield _digit(row, one)

    def _reading(self, source: Source, found: Found, digits: list[Digit]) -> Reading:
        error = found if isinstance(found, DataError) else None
        reading = Reading(name_of(source), tuple(digits), error, self.least, source=source)
        if self.rule is None or not digits:
            return reading
        from .valid import obeying

        valid, spelled = obeying(self.rule, reading.digits)
        if valid is None:
            return replace(reading, ruled=True)
        return replace(reading, digits=spelled, ruled=True, number=valid)


def _digit(row: list[float], found: Normalized) -> Digit:
    """The most probable digit; of eleven probabilities the last is that of none."""
    reject = row[CLASSES] if len(row) > CLASSES else 0.0
    shares = row[:CLASSES]
    if reject:
        whole = sum(shares) or 1.0
        shares = [share / whole for share in shares]
    return Digit(shares.index(max(shares)), found.box, tuple(shares), found.pixels, reject)
