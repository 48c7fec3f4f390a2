"""Chunks of drawn batches, made ahead by other processes while the network learns."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from ...errors import MachineError
from ...machine.cores import usable_cores
from ..mixture.hands import open_hands
from ..recipes import Recipe
from .batches import BATCHES, Batch, chunk

LEARN, CHECK = range(2)  # streams of random numbers
_AHEAD = 2  # chunks for each process: one in work, one waiting

Draw: TypeAlias = Callable[[int, int], list[Batch]]  # a chunk, by its epoch and its place in it

_draw_chunk: Draw  # of a process that draws


class Source(Protocol):
    """What batches are made of; it is sent to each process once."""

    def open(self) -> Draw:
        """Read what is needed, in the process that draws."""


@dataclass(frozen=True)
class DrawnLines:
    """See `Source`: lines in the hands of a recipe."""

    recipe: Recipe

    def open(self) -> Draw:
        """See `Source`. Raises what `open_hands` raises."""
        hands, recipe = open_hands(self.recipe).learn, self.recipe
        return lambda epoch, place: chunk(
            hands, recipe.batch_size, recipe.seed, LEARN, epoch, place
        )


class Stream:
    """The batches of a run, epoch after epoch. Use it as a context: it ends the processes."""

    def __init__(self, source: Source, batches_per_epoch: int) -> None:
        self._per_epoch = batches_per_epoch
        count = max(1, usable_cores() - 1)
        self._ahead = _AHEAD * count
        self._pool = ProcessPoolExecutor(
            count, multiprocessing.get_context("spawn"), _prepare, (source, os.getpid())
        )

    def epoch(self, epoch: int, first: int = 0) -> Iterator[Batch]:
        """The epoch's batches from number `first` on. Raises MachineError if a process dies."""
        waiting: deque[Future[list[Batch]]] = deque()
        chunks = iter(range(first // BATCHES, -(-self._per_epoch // BATCHES)))
        number, skipped = first, first % BATCHES
        try:
            with _naming_lost():
                while True:
                    while len(waiting) < self._ahead and (place := next(chunks, None)) is not None:
                        waiting.append(self._pool.submit(_draw, epoch, place))
                    if not waiting:
                        return
                    for batch in waiting.popleft().result()[skipped:]:
                        if number == self._per_epoch:
                            return
                        number += 1
                        yield batch
                    skipped = 0
        finally:
            for future in waiting:
                future.cancel()

    def close(self) -> None:
        """End the processes; what they are drawing is lost."""
        self._pool.shutdown(cancel_futures=True)


@contextmanager
def _naming_lost() -> Iterator[None]:
    try:
        yield
    except BrokenProcessPool as error:
        raise MachineError(
            "a process that draws lines ended early",
            hint="it may have run out of memory; resume with fewer programs beside it",
        ) from error


def _prepare(source: Source, parent: int) -> None:
    """Open the source once in a new process, which ends when its parent does."""
    global _draw_chunk
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent stops after its step
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    _draw_chunk = source.open()


def _end_with(parent: int) -> None:
    while os.getppid() == parent or os.name == "nt":  # Windows keeps a dead parent's number
        time.sleep(1)
    os._exit(1)


def _draw(epoch: int, place: int) -> list[Batch]:
    return _draw_chunk(epoch, place)
