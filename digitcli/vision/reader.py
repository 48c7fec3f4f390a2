"""From picture files to digits: decode, normalise, and ask the network in batches."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from ..errors import DataError
from ..inference.prediction import Prediction
from .decode import Limits, decode
from .normalize import Box, Normalized, Picture, normalize

Source: TypeAlias = bytes | str | os.PathLike[str]

_BATCH = 64  # pictures per call of the network; no answer waits for more than these


class Classifier(Protocol):
    """What the reader needs of an engine."""

    def predict(self, images: npt.NDArray[np.uint8], threads: int = 1) -> Prediction:
        """Classify uint8 pictures (n, 28, 28), light ink on dark."""


@dataclass(frozen=True)
class Digit:
    """One digit that was found.

    `box` is (x, y, width, height) in pixels of the upright picture, `probabilities` float32 (10,),
    `picture` the uint8 (28, 28) that the network saw.
    """

    digit: int
    probability: float
    box: Box
    probabilities: npt.NDArray[np.float32]
    picture: Picture


@dataclass(frozen=True)
class Reading:
    """What one file says: its digits, none for a blank picture, or the error that stopped it."""

    file: str
    digits: tuple[Digit, ...] = ()
    error: DataError | None = None

    @property
    def text(self) -> str:
        """The digits as one string, "" when there are none."""
        return "".join(str(digit.digit) for digit in self.digits)


class Reader:
    """Reads digits from whole pictures with any engine that has `predict`."""

    def __init__(
        self,
        engine: Classifier,
        *,
        threads: int = 1,
        limits: Limits = Limits(),
    ) -> None:
        self.engine = engine
        self.threads = threads
        self.limits = limits

    def read(self, source: Source) -> Reading:
        """Read one picture: a path, "-" for standard input, or the bytes of a file.

        Raises DataError when it is not a picture that can be read.
        """
        reading = next(self.read_many([source]))
        if reading.error is not None:
            raise reading.error
        return reading

    def read_many(self, sources: Iterable[Source]) -> Iterator[Reading]:
        """Read pictures in order, in batches; a bad one has its `error` set and stops none."""
        remaining = iter(sources)
        while batch := list(islice(remaining, _BATCH)):
            yield from self._answer([self._prepare(source) for source in batch])

    def _prepare(self, source: Source) -> tuple[str, Normalized | DataError | None]:
        name = "picture" if isinstance(source, bytes) else os.fspath(source)
        try:
            return name, normalize(decode(source, self.limits))
        except DataError as error:
            return name, error

    def _answer(
        self, prepared: list[tuple[str, Normalized | DataError | None]]
    ) -> Iterator[Reading]:
        """Ask the network about all pictures of a batch at once, then hand the answers out."""
        pictures = [found.picture for _, found in prepared if isinstance(found, Normalized)]
        rows = iter(())
        if pictures:
            rows = iter(self.engine.predict(np.stack(pictures), self.threads).probabilities)
        for name, found in prepared:
            if isinstance(found, Normalized):
                yield Reading(name, (_digit(next(rows), found),))
            else:
                yield Reading(name, error=found)


def _digit(probabilities: npt.NDArray[np.float32], found: Normalized) -> Digit:
    best = int(probabilities.argmax())
    return Digit(best, float(probabilities[best]), found.box, probabilities, found.picture)
