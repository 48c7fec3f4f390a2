"""The steps of adapting: progress is reported, a signal stops them, a bad loss is refused."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from typing import NamedTuple

from ...errors import ModelError
from ...interrupt import postponed
from ..run.history import Observer, Progress
from ..run.stopped import StoppedError
from ..run.task import Batch
from ..trainer import Trainer

REPORT_SECONDS = 0.25


class Taught(NamedTuple):
    """One step: its epoch, from 1 on, its batch, and how many examples have a right answer."""

    epoch: int
    batch: Batch
    scored: int


def take_steps(
    trainer: Trainer, batches: Iterable[Taught], size: int, steps: int, observer: Observer
) -> None:
    """Take `steps` steps on batches of `size` examples.

    Raises StoppedError on Ctrl-C or SIGTERM, ModelError when the loss is not finite.
    """
    report = _ProgressReports(trainer, size, steps, observer)
    with postponed() as request:
        for step, one in enumerate(batches, 1):
            trainer.step(*one.batch)
            report(step, one.epoch, one.scored)
            if request.signal_number:
                stopped = f"stopped after step {step} of {steps}; nothing was written"
                raise StoppedError(stopped, request.signal_number)


class _ProgressReports:
    """Reports progress to the observer a few times a second; raises when the loss diverges."""

    def __init__(self, trainer: Trainer, size: int, steps: int, observer: Observer) -> None:
        self._trainer, self._size, self._steps = trainer, size, steps
        self._observer = observer
        self._begin = self._reported = time.perf_counter()
        self._scored = 0

    def __call__(self, step: int, epoch: int, scored: int) -> None:
        """After a step on a batch in which so many examples have a right answer."""
        self._scored += scored
        now = time.perf_counter()
        if now - self._reported < REPORT_SECONDS and step < self._steps:
            return
        self._reported = now
        loss, right = self._trainer.sums()
        if not math.isfinite(loss):
            raise ModelError(
                f"the loss is not finite after step {step}; nothing was written",
                "try a smaller --learning-rate",
            )
        means = loss / step, right / max(1, self._scored), step * self._size / (now - self._begin)
        self._observer.on_progress(Progress(step, self._steps, epoch, *means))
