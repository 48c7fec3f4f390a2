"""What goes to a process that reads pictures, and what comes back.

Answers are pickled: they come from a process of ours, which runs our own code.
"""

from __future__ import annotations

import gc
import os
import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ...inference.networks import Networks
from ..files.decode import STDIN, Limits
from ..files.picture import Bytes, Source
from ..files.pixels import Pixels
from ..reading import Reading

if TYPE_CHECKING:
    from ...signs import Mode
    from ..digit import Digit
    from ..reader import Reader
    from ..rules.rule import Rule

_LATER = 200_000  # objects until the garbage collector looks for circles: readings have none


@dataclass(frozen=True)
class ReaderSettings:
    """From which a process makes the reader that its parent has; see `Reader.of`."""

    weights: tuple[str, ...]
    mode: Mode
    least: float
    rule: Rule | None
    limits: Limits

    def reader(self) -> Reader:
        """The reader, on one thread. Raises what `Networks` raises."""
        from ..reader import Reader

        return Reader.of(
            Networks(self.weights),
            mode=self.mode,
            limits=self.limits,
            least=self.least,
            rule=self.rule,
        )

    def __call__(self) -> Callable[[bytes], bytes]:
        """What the process does with each message."""
        gc.set_threshold(_LATER)
        reader = self.reader()

        def work(message: bytes) -> bytes:
            readings = reader.read_batch(pickle.loads(message), lambda: False)
            return pickle.dumps([_sent_back(reading) for reading in readings])

        return work


class _NotKept:
    """Stands for what a network saw of a digit that was read in another process."""

    @property
    def pixels(self) -> Pixels:
        raise RuntimeError("what the network saw was not kept")


_NOT_KEPT = _NotKept()


def are_files(sources: Sequence[Source]) -> bool:
    """Whether a process can open all of them itself, as it cannot parts of an open archive."""
    files = (bytes, str, os.PathLike, Bytes)
    return all(isinstance(source, files) and source != STDIN for source in sources)


def message_of(sources: Sequence[Source]) -> bytes:
    """Picture files for a process."""
    return pickle.dumps(sources)


def readings_of(message: bytes, sources: Sequence[Source]) -> list[Reading]:
    """The answers about `sources`, without what the network saw of each digit."""
    found: list[Reading] = pickle.loads(message)
    for reading, source in zip(found, sources, strict=True):
        object.__setattr__(reading, "source", source)  # new objects, which nobody else has yet
    return found


def _sent_back(reading: Reading) -> Reading:
    """Without what is large, or known to the parent."""
    return replace(reading, digits=tuple(map(_without_pixels, reading.digits)), source="")


def _without_pixels(digit: Digit) -> Digit:
    return replace(digit, shown=_NOT_KEPT)
