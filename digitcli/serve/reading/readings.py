"""Which picture is read where, and with which others."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from ...vision.processes import EndedError, WorkProcess
from ..refusal import too_long
from .work import Answered, Asked, received, sent

Read: TypeAlias = Callable[[list[Asked]], list[Answered]]

_SMALL = 16 * 1024  # bytes of a picture that is read together with others
_TOGETHER = 16  # pictures at most
log = logging.getLogger("digitcli.serve")


@dataclass(frozen=True)
class _Waiting:
    asked: Asked
    answer: asyncio.Future[Answered]
    alone: bool = False  # whether it must not be read together with others


class _There:
    """Reads in a process of its own."""

    def __init__(self, start: Callable[[], WorkProcess]) -> None:
        self.process = start()

    def __call__(self, asked: list[Asked]) -> list[Answered]:
        return received(self.process(sent(asked)))


class Readings:
    """Reads pictures: with `here`, on a thread, while one waits at a time; else in processes.

    A process is started when a picture finds none that is free, up to `most`; until the first one
    is there, the thread does the work. Small pictures that wait together are read together:
    handing over takes longer than to read one. When a process ends in its work, the pictures of the
    batch are read again, each alone; the one that it ends at again gets EndedError.
    """

    def __init__(self, here: Read, start: Callable[[], WorkProcess], most: int) -> None:
        self._here, self._start, self._most = here, start, most
        self._executor = ThreadPoolExecutor(most + 2, "reading")
        self._waiting: deque[_Waiting] = deque()
        self._there: set[_There] = set()
        self._free: list[_There] = []
        self._busy: set[Read] = set()
        self._is_starting = False

    async def of(self, asked: Iterable[Asked], seconds: float) -> list[Answered]:
        """The answers, in order.

        Raises RefusedError past so many seconds, EndedError, or what reading raised.
        """
        loop = asyncio.get_running_loop()
        waiting = [_Waiting(one, loop.create_future()) for one in asked]
        self._waiting.extend(waiting)
        self._go_on()
        timer = loop.call_later(seconds, _give_up, waiting)
        try:
            return [await one.answer for one in waiting]
        finally:
            timer.cancel()
            for one in waiting:  # nobody waits for the rest of a request that was refused
                if not one.answer.cancel() and not one.answer.cancelled():
                    one.answer.exception()

    def close(self) -> None:
        """End the threads and processes, when they are done with their work."""
        self._executor.shutdown(wait=True)
        for there in self._there:
            there.process.close()

    def _go_on(self) -> None:
        """Give waiting pictures to whoever is free."""
        loop = asyncio.get_running_loop()
        while self._waiting and (read := self._next()) is not None:
            batch = [one for one in self._take() if not one.answer.done()]
            self._busy.add(read)
            work = partial(read, [one.asked for one in batch])
            done = loop.run_in_executor(self._executor, work)
            done.add_done_callback(partial(self._answer, read, batch))
        if self._waiting and not self._is_starting and len(self._there) < self._most:
            self._is_starting = True
            started = loop.run_in_executor(self._executor, _There, self._start)
            started.add_done_callback(self._started)

    def _next(self) -> Read | None:
        """Who reads the next batch; None if nobody is free."""
        if not self._busy or (not self._there and self._here not in self._busy):
            return self._here
        return self._free.pop() if self._free else None

    def _take(self) -> list[_Waiting]:
        """The next picture, and small ones behind it: a share of what waits."""
        share = min(_TOGETHER, -(-len(self._waiting) // max(1, self._most)))
        batch = [self._waiting.popleft()]
        while len(batch) < share and _goes_with_others(batch[0], self._waiting[0]):
            batch.append(self._waiting.popleft())
        return batch

    def _answer(
        self, read: Read, batch: list[_Waiting], done: asyncio.Future[list[Answered]]
    ) -> None:
        self._busy.discard(read)
        error = done.exception()
        if isinstance(read, _There):
            if isinstance(error, EndedError):
                self._there.discard(read)
            else:
                self._free.append(read)
        if error is None:
            for one, found in zip(batch, done.result(), strict=True):
                if not one.answer.done():
                    one.answer.set_result(found)
        elif isinstance(error, EndedError) and len(batch) > 1:
            log.warning("%s; reading its %d pictures one by one", error, len(batch))
            self._waiting.extendleft(_Waiting(one.asked, one.answer, alone=True) for one in batch)
        else:
            for one in batch:
                if not one.answer.done():
                    one.answer.set_exception(error)
        self._go_on()

    def _started(self, done: asyncio.Future[_There]) -> None:
        self._is_starting = False
        if (error := done.exception()) is not None:
            log.warning("no further process is started: %s", error)
            self._most = len(self._there)
        else:
            self._there.add(done.result())
            self._free.append(done.result())
        self._go_on()


def _give_up(waiting: list[_Waiting]) -> None:
    for one in waiting:
        if not one.answer.done():
            one.answer.set_exception(too_long())


def _goes_with_others(first: _Waiting, second: _Waiting) -> bool:
    return len(second.asked.data) <= _SMALL and not (first.alone or second.alone)
