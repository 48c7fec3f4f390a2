"""Pictures of several requests classified in one call of a network."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from ..inference.engine import Engine

Images: TypeAlias = npt.NDArray[np.uint8]
Rows: TypeAlias = npt.NDArray[np.float32]

_MOST = 1_024  # pictures in a batch; one request may bring more


@dataclass(frozen=True)
class _Asked:
    images: Images
    answer: asyncio.Future[Rows]


class Batches:
    """Asks an engine on `executor`, about pictures that come within `wait` seconds at once.

    Nobody waits where the server has nothing else to do: `others` says whether there are requests
    whose pictures may still come. `seen` is told how many pictures each batch had.
    """

    def __init__(
        self,
        engine: Engine,
        executor: Executor,
        wait: float,
        others: Callable[[], bool],
        seen: Callable[[int], None],
    ) -> None:
        self.engine, self._executor, self._wait = engine, executor, wait
        self._others, self._seen = others, seen
        self._asked: list[_Asked] = []
        self._timer: asyncio.TimerHandle | None = None
        self._running: set[asyncio.Task[None]] = set()

    async def predict(self, images: Images) -> Rows:
        """Probabilities float32 (n, 10) of uint8 pictures (n, 28, 28).

        Raises what `Engine.predict` raises.
        """
        loop = asyncio.get_running_loop()
        asked = _Asked(images, loop.create_future())
        self._asked.append(asked)
        if sum(len(one.images) for one in self._asked) >= _MOST or not self._others():
            self._start()
        elif self._timer is None:
            self._timer = loop.call_later(self._wait, self._start)
        return await asked.answer

    def _start(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        batch, self._asked = self._asked, []
        if batch:
            task = asyncio.create_task(self._run(batch))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _run(self, batch: list[_Asked]) -> None:
        images = [one.images for one in batch]
        stack = images[0] if len(images) == 1 else np.concatenate(images)
        self._seen(len(stack))
        loop = asyncio.get_running_loop()
        try:
            rows = await loop.run_in_executor(self._executor, self._classify, stack)
        except Exception as error:
            for one in batch:
                if not one.answer.done():
                    one.answer.set_exception(error)
            return
        start = 0
        for one in batch:
            end = start + len(one.images)
            if not one.answer.done():
                one.answer.set_result(rows[start:end])
            start = end

    def _classify(self, images: Images) -> Rows:
        return self.engine.predict(images, 1).probabilities
