"""Do work on all cores, in order, with a bounded number of items in work."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from itertools import islice
from threading import Event, Lock
from typing import TypeVar

from ..inference.engine import usable_threads

_FIRST, _MOST = 4, 64  # items in a batch
_SHORT = 0.001  # seconds for an item: shorter work is done one batch at a time
_AHEAD = 2  # batches for each worker: one in work, one waiting

Item = TypeVar("Item")
Result = TypeVar("Result")
Stopped = Callable[[], bool]


class Turns:
    """Lets threads do short work, mostly Python, one batch at a time.

    In parallel such threads wait for each other: on every return from C++ a thread needs the
    interpreter's lock, and on two cores passing it on takes longer than reading a small picture.
    Longer work is done in parallel.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self.is_short = False

    @contextmanager
    def turn(self, count: int) -> Iterator[None]:
        """Do the work of `count` items inside; alone if those of the batch before were short."""
        with self._lock if self.is_short else nullcontext():
            begin = time.perf_counter()
            yield
            self.is_short = time.perf_counter() - begin < _SHORT * count


def batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    """`items` in batches that grow from 4 to 64, so that the first answers come early."""
    remaining, size = iter(items), _FIRST
    while batch := list(islice(remaining, size)):
        yield batch
        size = min(2 * size, _MOST)


def in_order(
    work: Callable[[list[Item], Stopped], Iterable[Result]], items: Iterable[Item], threads: int
) -> Generator[Result, None, None]:
    """The results of `work` on batches of `items`, in the order of the items.

    `threads` threads do the work (0: all cores), except for the first batch, which the calling
    thread does, so that few items start no thread. At most two batches for each thread are taken
    from `items` ahead of the results. What `work` raises is raised here. When the caller closes the
    iterator, waiting batches are dropped and `Stopped()` is True for running ones.
    """
    waiting = batches(items)
    for first in islice(waiting, 1):
        yield from work(first, lambda: False)
    second = next(waiting, None)
    if second is None:
        return
    workers = usable_threads(threads)
    if workers == 1:
        yield from work(second, lambda: False)
        for batch in waiting:
            yield from work(batch, lambda: False)
        return
    yield from _on_threads(work, second, waiting, workers)


def _on_threads(
    work: Callable[[list[Item], Stopped], Iterable[Result]],
    second: list[Item],
    waiting: Iterator[list[Item]],
    workers: int,
) -> Iterator[Result]:
    from concurrent.futures import Future, ThreadPoolExecutor

    stop = Event()
    in_flight: deque[Future[list[Result]]] = deque()
    pool = ThreadPoolExecutor(workers, "digitcli")

    def done(batch: list[Item], answer: Future[list[Result]], begun: Lock) -> None:
        if not begun.acquire(blocking=False):
            return
        try:
            answer.set_result(list(work(batch, stop.is_set)))
        except BaseException as error:
            answer.set_exception(error)

    def submit(batch: list[Item]) -> Future[list[Result]]:
        answer: Future[list[Result]] = Future()
        begun = Lock()
        try:
            pool.submit(done, batch, answer, begun)
        except RuntimeError:  # the system has no thread left for a batch that waits: this one
            done(batch, answer, begun)
        return answer

    try:
        in_flight.append(submit(second))
        for batch in waiting:
            in_flight.append(submit(batch))
            if len(in_flight) > _AHEAD * workers:
                yield from in_flight.popleft().result()
        while in_flight:
            yield from in_flight.popleft().result()
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)
