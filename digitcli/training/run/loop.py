"""One training run, from pictures to a weight file."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from ...data.store import Split
from ...evaluation.calibration import calibrated
from ...interrupt import StopRequest, postponed
from ...model.spec import CLASSES, NetworkSpec
from ...model.weights import Weights, load_weights
from ..compute.backend import versions
from ..compute.choice import make_compute
from ..mixture.mix import mix, read_by_source
from ..network import export_weights, teacher
from ..recipes import Recipe
from ..target import Target
from ..teachers import find_teachers, knows_validation
from ..trainer import Trainer
from .history import EpochRow, Observer, Progress
from .identity import identity
from .pictures import check_split, divide, epoch_order
from .provenance import provenance
from .resume import resume_hint
from .saved import Position, SavedRun
from .stopped import TrainingStoppedError

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
    """The result of a run: deployed weights, and what was measured, epoch by epoch."""

    weights: Weights
    history: list[EpochRow]
    chief: bool = True  # False on a worker of a cluster that writes no files


class Run:
    """One training run: a network, a recipe and data, in a folder."""

    def __init__(
        self,
        spec: NetworkSpec,
        recipe: Recipe,
        train: Split,
        test: Split,
        folder: Path,
        observer: Observer,
        options: RunOptions | None = None,
        target: Target | None = None,
    ) -> None:
        check_split(train)
        check_split(test)
        self.spec, self.recipe, self.folder, self.observer = spec, recipe, folder, observer
        self.train_split, self.test_split, self.target = train, test, target
        learn, check = divide(train, recipe)
        self.mixture = mix(recipe, len(learn), observer.on_note)
        self.images, self.labels = self.mixture.added_to(train.images[learn], train.labels[learn])
        self.check_images, self.check_labels = train.images[check], train.labels[check]
        self.steps_per_epoch = len(self.labels) // recipe.batch_size
        self.total_steps = recipe.total_steps(self.steps_per_epoch)
        self.compute = make_compute()
        self.workers = self.compute.workers
        self.options, self.at = options or RunOptions(), Position()
        self.identity = identity(spec, recipe, train, test) | self.mixture.identity()
        self.saved = SavedRun(
            folder,
            self.identity,
            {**versions(), "device": self.compute.why},
            self.total_steps,
            self.steps_per_epoch,
            recipe.learning_rate,
        )

    def __call__(self) -> Outcome:
        """Train to the end, or go on from the folder's newest checkpoint.

        Raises TrainingStoppedError on Ctrl-C or SIGTERM, ModelError when the loss is not finite or
        the folder holds another run, MachineError when the disk refuses a checkpoint or another
        worker is lost.
        """
        with self.workers.naming_lost_workers():
            return self._train()

    def _train(self) -> Outcome:
        self.teachers = [load_weights(path) for path in find_teachers(self.recipe.teachers)]
        if any(knows_validation(one, self.recipe) for one in self.teachers):
            self.observer.on_note(
                "a teacher has learnt validation pictures of this run, or may have: what is "
                "measured on them flatters it"
            )
        self.workers.check_equal("network, recipe or data set", self.identity)
        note = self.observer.on_note
        found = self.workers.share(self.saved.find(note) if self.workers.chief else None)
        self.trainer = self._make_trainer(found.meta["jit"] if found else self._pick_jit())
        if found is not None:
            self.at = self.saved.restore(found, self.trainer, note)
        self.observer.on_start(
            self._summary(), self.compute.why, self.total_steps, first_step=self.at.step
        )
        if found is None:
            self._save()  # shows now whether the disk accepts it; a run killed early can resume
        with postponed() as request:
            reached = self._reached()
            while self.at.step < self.total_steps and not reached:
                reached = self._epoch(request)
        return Outcome(self._export(), self.at.history, self.workers.chief)

    def _pick_jit(self) -> bool:
        """Whether XLA compiles the step: as asked, or on a GPU as a few steps of both say."""
        if self.compute.replicas > 1:
            return False  # it compiles no sum over replicas
        if self.options.jit != "auto" or self.compute.kind == "cpu":
            return self.options.jit == "on"  # benchmarks/LOG.md: on CPUs it is slower
        indices = np.arange(self.recipe.batch_size, dtype=np.int32)
        plain, fused = (self._make_trainer(jit).seconds_per_step(indices) for jit in (False, True))
        self.observer.on_note(
            f"XLA {'on' if fused < plain else 'off'}: {1e3 * fused:.2f} ms a step with it, "
            f"{1e3 * plain:.2f} ms without"
        )
        return fused < plain

    def _make_trainer(self, jit: bool) -> Trainer:
        precision = self.recipe.precision
        return Trainer(
            self.spec,
            self.recipe,
            self.images,
            self.labels,
            self.total_steps,
            self.compute,
            jit=jit,
            teacher=teacher(self.teachers, precision) if self.teachers else None,
        )

    def _epoch(self, request: StopRequest) -> bool:
        """Finish the current epoch: steps, tests, row, checkpoint. Return whether to stop there.

        What depends on a clock or a signal must happen after the same step on every worker.
        """
        epoch, into = divmod(self.at.step, self.steps_per_epoch)
        if into == 0:
            self.trainer.start_epoch()
            self.at.seconds = 0.0
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
        order = epoch_order(len(self.images), self.recipe.seed, epoch)
        self._digits = np.cumsum(self.labels[order] < CLASSES)  # outliers have no right answer
        size, reported = self.recipe.batch_size, 0.0
        self.saved.time = time.perf_counter()
        while self.at.step < last:
            at = (self.at.step - first) * size
            self.trainer.step(order[at : at + size])
            self.at.step += 1
            now = time.perf_counter()
            if now - reported > REPORT_SECONDS or self.at.step == last:
                reported, means = now, self._measure(self.at.step - first, now - start)
                progress = Progress(self.at.step, self.total_steps, epoch + 1, *means)
                self.observer.on_progress(progress)
            due = now - self.saved.time >= self.options.checkpoint_seconds
            next_ = self.workers.poll(due, request.signal_number or 0)
            if (next_.due or next_.stop) and self.at.step < last:
                self._measure(self.at.step - first, now - start)
                self._save()
                self._stop_if_asked(next_.stop)
        return means

    def _stop_if_asked(self, signal_number: int) -> None:
        if signal_number:
            raise TrainingStoppedError(self.at.step, self.folder, signal_number, self.resume_hint())

    def resume_hint(self) -> str:
        """How to go on from the last checkpoint."""
        if self.workers.count == 1:
            return resume_hint(self.folder)
        return f"the same command on every worker goes on from step {self.saved.step}"

    def _measure(self, steps: int, seconds: float) -> tuple[float, float, float]:
        """Loss, accuracy and pictures per second of the epoch's first `steps` steps."""
        loss, right = self.trainer.sums()
        self.at.seconds = seconds
        self._check_finite("loss", loss)
        seen = steps * self.recipe.batch_size
        return loss / steps, right / max(1, int(self._digits[seen - 1])), seen / seconds

    def _row(
        self, epoch: int, loss: float, accuracy: float, speed: float, start: float
    ) -> EpochRow:
        checked: tuple[float | None, float | None] = (None, None)
        tested = checked
        if len(self.check_labels):
            checked = self.trainer.test(self.check_images, self.check_labels, chunks=10)
        if self.recipe.test_every_epoch:
            test = self.test_split
            tested = self.trainer.test(test.images, test.labels, self.recipe.test_chunks)
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
        test = self.test_split
        loss, accuracy = self.trainer.test(test.images, test.labels, self.recipe.test_chunks)
        self._check_finite("test loss", loss)
        trained = {
            "recipe": self.recipe.to_table(),
            "seed": self.recipe.seed,
            "device": self.compute.why,
            **provenance(self.at.history[-1], self.train_split, test, loss, accuracy),
        }
        if self.mixture.parts:
            trained["mixture"] = self.mixture.evaluate(self.trainer.logits, self.check_images)
            self.observer.on_note(read_by_source(trained["mixture"]))
        weights = export_weights(self.trainer.tested_model(), self.spec, trained)
        if not len(self.check_labels):
            return weights
        logits = self.trainer.logits(self.check_images)
        return calibrated(weights, logits, self.check_labels, self.train_split.name)

    def _summary(self) -> str:
        epochs = self.total_steps / self.steps_per_epoch
        passes = f"{epochs:.4g} epoch{'s' * (epochs != 1)}"
        return (
            f"{self.spec.name}: {self.spec.parameters:,} parameters, "
            f"{self.spec.flops / 1e6:.1f} MFLOP per picture; "
            f"{len(self.images):,} pictures of {' + '.join(self._sources())}, "
            f"batch {self.recipe.batch_size}, {self.total_steps:,} steps ({passes})"
        )

    def _sources(self) -> list[str]:
        return [self.train_split.name, *(part.name for part in self.mixture.parts)]
