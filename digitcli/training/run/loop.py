"""One training run, from pictures to a weight file."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ... import log
from ...interrupt import StopRequest, postponed
from ...model.weights import Weights
from ..compute.backend import versions
from ..compute.choice import make_compute
from ..target import Target
from ..trainer import Trainer
from .history import EpochRow, Observer, Progress
from .longer import lengthened
from .points import StepPoint, Sums, points_apart
from .resume import resume_hint
from .saved import Position, SavedRun
from .stopped import TrainingStoppedError
from .task import NOTHING, Task

Jit = Literal["auto", "on", "off"]
REPORT_SECONDS = 0.25


@dataclass(frozen=True)
class RunOptions:
    """How to run; nothing here says what to train.

    `checkpoint_seconds` is the time between two checkpoints within an epoch, and so what a killed
    run loses at most; it changes no result. `jit` asks for XLA; "auto" uses it where it is faster,
    and a resumed run keeps the choice of the first one.
    """

    checkpoint_seconds: float = 60.0
    jit: Jit = "auto"


@dataclass(frozen=True)
class Outcome:
    """The result of a run: deployed weights, and what was measured, by epoch and within."""

    weights: Weights
    history: list[EpochRow]
    chief: bool = True  # False on a worker of a cluster that writes no files
    points: Sequence[StepPoint] = ()


class Run:
    """One training run: a task, in a folder."""

    def __init__(
        self,
        task: Task,
        folder: Path,
        observer: Observer,
        options: RunOptions | None = None,
        target: Target | None = None,
    ) -> None:
        self.task, self.folder, self.observer, self.target = task, folder, observer, target
        task.prepare(observer.on_note)
        self.spec, self.recipe = task.spec, task.recipe
        self.steps_per_epoch = task.steps_per_epoch
        self.total_steps = self.recipe.total_steps(self.steps_per_epoch)
        self.compute = make_compute()
        self.workers = self.compute.workers
        self.options, self.at = options or RunOptions(), Position()
        self.apart = points_apart(self.steps_per_epoch, self.total_steps)
        self.saved = SavedRun(
            folder,
            task.identity,
            {**versions(), "device": self.compute.why},
            self.total_steps,
            self.steps_per_epoch,
            self.recipe.learning_rate,
        )

    def __call__(self) -> Outcome:
        """Train to the end, or go on from the folder's newest checkpoint.

        Raises TrainingStoppedError on Ctrl-C or SIGTERM, ModelError when the loss is not finite or
        the folder holds another run, MachineError when the disk refuses a checkpoint or another
        worker is lost.
        """
        try:
            with self.workers.naming_lost_workers():
                return self._train()
        finally:
            self.task.close()

    def _train(self) -> Outcome:
        self.workers.check_equal("network, recipe or data set", self.task.identity)
        note = self.observer.on_note
        found = self.workers.share(self.saved.find(note) if self.workers.chief else None)
        self.trainer = self._make_trainer(found.meta["jit"] if found else self._pick_jit())
        if found is not None:
            self.at = self.saved.restore(found, self.trainer, note)
        log.info(__name__, "on %s, XLA %s", self.compute.device, self.trainer.jit)
        self.observer.on_start(
            self._summary(), self.compute.why, self.total_steps, first_step=self.at.step
        )
        earlier = self.recipe.earlier
        if earlier and earlier[-1].until == self.at.step:
            note(lengthened(self.recipe, self.trainer.learning_rate))
        if found is None:
            self._save()  # shows now whether the disk accepts it; a run killed early can resume
        with postponed() as request:
            reached = self._reached()
            while self.at.step < self.total_steps and not reached:
                reached = self._epoch(request)
        return Outcome(self._export(), self.at.history, self.workers.chief, self.at.points)

    def _pick_jit(self) -> bool:
        """Whether XLA compiles the step: as asked, or on a GPU as a few steps of both say."""
        if self.compute.replicas > 1:
            return False  # it compiles no sum over replicas
        if self.options.jit != "auto" or self.compute.kind == "cpu":
            return self.options.jit == "on"  # benchmarks/LOG.md: on CPUs it is slower
        batch = next(self.task.batches(0, 0))
        plain, fused = (self._make_trainer(jit).seconds_per_step(*batch) for jit in (False, True))
        self.observer.on_note(
            f"XLA {'on' if fused < plain else 'off'}: {1e3 * fused:.2f} ms a step with it, "
            f"{1e3 * plain:.2f} ms without"
        )
        return fused < plain

    def _make_trainer(self, jit: bool) -> Trainer:
        return self.task.trainer(self.total_steps, self.compute, jit)

    def _epoch(self, request: StopRequest) -> bool:
        """Finish the current epoch: steps, tests, row, checkpoint. Return whether to stop there.

        What depends on a clock or a signal must happen after the same step on every worker.
        """
        epoch, into = divmod(self.at.step, self.steps_per_epoch)
        if into == 0:
            self.trainer.start_epoch()
            self.at.seconds, self.at.sums = 0.0, Sums()
        start = time.perf_counter() - self.at.seconds
        means = self._steps(epoch, self.at.step - into, start, request)
        row = self._row(epoch + 1, *means, start)
        self.at.history.append(row)
        self.observer.on_epoch(row, self.at.history)
        self.at.seconds = row.seconds
        self._save()
        next_ = self.workers.decide(self._reached(), request.signal_number or 0)
        self._stop_if_asked(next_.stop)
        return next_.due

    def _steps(
        self, epoch: int, first: int, start: float, request: StopRequest
    ) -> tuple[float, float, float]:
        """Take the epoch's remaining steps; return its means, as `_measure` does.

        The epoch's steps begin with step `first`. Saves checkpoints when they are due. `start` is
        when the epoch would have begun without interruptions.
        """
        last = min(first + self.steps_per_epoch, self.total_steps)
        batches, reported = self.task.batches(epoch, self.at.step - first), 0.0
        self.saved.time = time.perf_counter()
        while self.at.step < last:
            self.trainer.step(*next(batches))
            self.at.step += 1
            if self.apart and ((self.at.step - first) % self.apart == 0 or self.at.step == last):
                self._add_point(epoch, self.at.step - first)
            now = time.perf_counter()
            if now - reported > REPORT_SECONDS or self.at.step == last:
                reported, means = now, self._measure(epoch, self.at.step - first, now - start)
                progress = Progress(self.at.step, self.total_steps, epoch + 1, *means)
                self.observer.on_progress(progress)
            due = now - self.saved.time >= self.options.checkpoint_seconds
            next_ = self.workers.poll(due, request.signal_number or 0)
            if (next_.due or next_.stop) and self.at.step < last:
                self._measure(epoch, self.at.step - first, now - start)
                self._save()
                self._stop_if_asked(next_.stop)
        return means

    def _add_point(self, epoch: int, steps: int) -> None:
        """Keep what the epoch's steps since the last point came to; `steps` of it are done."""
        loss, right = self.trainer.sums()
        self._check_finite("loss", loss)
        sums = Sums(steps, loss, right, self.task.scored(epoch, steps))
        passes, rate = epoch + steps / self.steps_per_epoch, self.trainer.learning_rate
        self.at.points.append(StepPoint(self.at.step, passes, *sums.since(self.at.sums), rate))
        self.at.sums = sums

    def _stop_if_asked(self, signal_number: int) -> None:
        if signal_number:
            raise TrainingStoppedError(self.at.step, self.folder, signal_number, self.resume_hint())

    def resume_hint(self) -> str:
        """How to go on from the last checkpoint."""
        if self.workers.count == 1:
            return resume_hint(self.folder)
        return f"the same command on every worker goes on from step {self.saved.step}"

    def _measure(self, epoch: int, steps: int, seconds: float) -> tuple[float, float, float]:
        """Loss, accuracy and pictures per second of an epoch's first `steps` steps."""
        loss, right = self.trainer.sums()
        self.at.seconds = seconds
        self._check_finite("loss", loss)
        seen = steps * self.recipe.batch_size
        return loss / steps, right / max(1, self.task.scored(epoch, steps)), seen / seconds

    def _row(
        self, epoch: int, loss: float, accuracy: float, speed: float, start: float
    ) -> EpochRow:
        checked = self.task.check(self.trainer)
        tested = self.task.test(self.trainer) if self.recipe.test_every_epoch else NOTHING
        for name, value in (("validation loss", checked[0]), ("test loss", tested[0])):
            self._check_finite(name, value or 0.0)
        rate, seconds = self.trainer.learning_rate, time.perf_counter() - start
        return EpochRow(
            epoch, self.at.step, loss, accuracy, *checked, *tested, rate, speed, seconds
        )

    def _reached(self) -> bool:
        """Has an epoch just ended with the accuracy that was asked for?"""
        at, target = self.at, self.target
        return at.tested and target is not None and target.reached(at.history)

    def _save(self) -> None:
        self.saved.write(self.at, self.trainer, self.workers)

    def _check_finite(self, name: str, value: float) -> None:
        if not math.isfinite(value):
            raise self.saved.diverged(name, value, self.at.step)

    def _export(self) -> Weights:
        """Deployed weights with their provenance; the test set is read here, once."""
        record = {
            "recipe": self.recipe.to_table(),
            "seed": self.recipe.seed,
            "device": self.compute.why,
        }
        return self.task.export(self.trainer, record, self.at.history[-1])

    def _summary(self) -> str:
        epochs = self.total_steps / self.steps_per_epoch
        passes = f"{epochs:.4g} epoch{'s' * (epochs != 1)}"
        return (
            f"{self.spec.name}: {self.spec.parameters:,} parameters, "
            f"{self.spec.flops / 1e6:.1f} MFLOP per picture; "
            f"{self.task.summary}, batch {self.recipe.batch_size}, "
            f"{self.total_steps:,} steps ({passes})"
        )
