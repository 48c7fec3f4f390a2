"""Chunks of drawn batches, made ahead by other processes while the network learns."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

from ...errors import MachineError
from ...machine.cores import usable_cores
from ..mixture.hands import open_hands
from ..recipes import Recipe
from .batches import BATCHES

if TYPE_CHECKING:  # a process that draws needs no Keras
    from ..run.task import Batch

LEARN, CHECK = range(2)  # streams of random numbers
_AHEAD = 2  # chunks for each process: one in work, one waiting

Chunk: TypeAlias = (
    "Callable[..., Sequence[Batch]]"  # of a mix, a batch's size and a seed: BATCHES batches
)

_hands = None  # of a process that draws
_recipe: Recipe
_chunk: Chunk


class Stream:
    """The batches of a run that `chunk` draws, epoch after epoch; `close` ends the processes."""

    def __init__(self, recipe: Recipe, batches_per_epoch: int, chunk: Chunk) -> None:
        self._recipe, self._per_epoch = recipe, batches_per_epoch
        count = max(1, usable_cores() - 1)
        self._ahead = _AHEAD * count
        self._pool = ProcessPoolExecutor(
            count, multiprocessing.get_context("spawn"), _prepare, (recipe, chunk, os.getpid())
        )

    def epoch(self, epoch: int, first: int = 0) -> Iterator[Batch]:
        """The epoch's batches from number `first` on. Raises MachineError if a process dies."""
        waiting: deque[Future[Sequence[Batch]]] = deque()
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
            "a process that draws ended early",
            hint="it may have run out of memory; resume with fewer programs beside it",
        ) from error


def _prepare(recipe: Recipe, chunk: Chunk, parent: int) -> None:
    """Open the hands once in a new process, which ends when its parent does."""
    global _hands, _recipe, _chunk
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent stops after its step
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    _recipe, _chunk = recipe, chunk
    _hands = open_hands(recipe)


def _end_with(parent: int) -> None:
    while os.getppid() == parent or os.name == "nt":  # Windows keeps a dead parent's number
        time.sleep(1)
    os._exit(1)


def _draw(epoch: int, place: int) -> Sequence[Batch]:
    assert _hands is not None
    return _chunk(_hands.learn, _recipe.batch_size, _recipe.seed, LEARN, epoch, place)
