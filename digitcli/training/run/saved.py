"""The checkpoints of a run: found, restored, written."""

from __future__ import annotations

import math
import shlex
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...errors import ModelError, UsageError
from ..cluster.workers import Workers
from ..trainer import Trainer
from .checkpoint import (
    Checkpoint,
    newest_checkpoint,
    remove_earlier,
    remove_unfinished,
    save_checkpoint,
)
from .history import EpochRow, best_epoch
from .identity import differences
from .longer import earlier_identities
from .points import FILE, StepPoint, Sums, write_points

Note = Callable[[str], None]


@dataclass
class Position:
    """How far a run is: steps done, seconds of the current epoch, a row for each whole epoch.

    `points` are those within epochs, `sums` the epoch's at the last of them.
    """

    step: int = 0
    seconds: float = 0.0
    history: list[EpochRow] = field(default_factory=list)
    points: list[StepPoint] = field(default_factory=list)
    sums: Sums = field(default_factory=Sums)

    @property
    def tested(self) -> bool:
        """Has an epoch, its tests included, just ended?"""
        return bool(self.history) and self.history[-1].step == self.step


@dataclass
class SavedRun:
    """The checkpoints of one run, `learning_rate` and `steps_per_epoch` of its recipe.

    `identity` must be the same to go on; `circumstances` may change the last bits. `step` is that
    of the last checkpoint, None before there is one, written at `time` on the monotonic clock.
    """

    folder: Path
    identity: Mapping[str, Any]
    circumstances: Mapping[str, Any]
    total_steps: int
    steps_per_epoch: int
    learning_rate: float
    step: int | None = None
    time: float = 0.0

    def find(self, note: Note) -> Checkpoint | None:
        """The newest whole checkpoint, or None when nothing has begun there.

        The caller holds the folder's lock: what killed runs left unfinished is removed, and what
        follows a checkpoint is done if it was not: `steps.csv`, and two are kept. Raises
        ModelError when a run of another network, recipe or data set has begun there, or there are
        weights without checkpoints; UsageError when it is past `total_steps`.
        """
        checkpoints = self.folder / "checkpoints"
        remove_unfinished(checkpoints)
        found, notes = newest_checkpoint(checkpoints)
        for line in notes:
            note(line)
        if found is None:
            if (self.folder / "weights.npz").exists():
                raise self._refusal("holds weights, but no checkpoints to go on from")
            return None
        if other := self._differences(found.meta.get("identity", {})):
            raise self._refusal("holds checkpoints of another network, recipe or data set", other)
        rows = found.meta["history"]
        whole = bool(rows) and rows[-1]["step"] == found.step  # its last epoch has its tests
        if found.step > self.total_steps or (found.step == self.total_steps and not whole):
            raise UsageError(
                f"{self.folder}: step {found.step} is saved there, past the {self.total_steps} "
                "steps asked for",
                hint="raise --steps or --epochs, or choose another --out",
            )
        self._complete(found)
        return found

    def _complete(self, found: Checkpoint) -> None:
        """Do what comes after saving it: a full disk may have kept the run from it."""
        remove_earlier(self.folder / "checkpoints", found.step)
        if points := found.meta.get("points"):
            write_points(self.folder / FILE, [StepPoint(**point) for point in points])

    def _differences(self, saved: Mapping[str, Any]) -> list[str]:
        """How a saved identity differs from this run's, or from what it was when it was shorter."""
        if any(not differences(saved, one) for one in earlier_identities(self.identity)):
            return []
        return differences(saved, self.identity)

    def restore(self, found: Checkpoint, trainer: Trainer, note: Note) -> Position:
        """Put the variables of a checkpoint into `trainer`; return how far the run is.

        Raises ModelError when they are not this trainer's variables.
        """
        shapes = {name: values.shape for name, values in trainer.state().items()}
        if shapes != {name: values.shape for name, values in found.state.items()}:
            raise ModelError(
                f"{self.folder}: its checkpoints hold other variables than this digitcli trains",
                hint="go on with the version that wrote them, or choose another --out",
            )
        trainer.restore(found.state)
        then = found.meta["circumstances"]
        for name, now in self.circumstances.items():
            if then.get(name) != now:
                note(
                    f"began with {name} {then.get(name)}, goes on with {now}: the last bits may "
                    "differ from those of the undisturbed run"
                )
        rows = [EpochRow(**row) for row in found.meta["history"]]
        at = Position(found.step, found.meta["seconds"], rows)
        at.points = [StepPoint(**point) for point in found.meta.get("points", [])]
        at.sums = Sums(**found.meta.get("sums", {}))
        if at.tested and at.step % self.steps_per_epoch and at.step < self.total_steps:
            at.history.pop()  # a shorter run ended inside this epoch, which now goes on
        self.step = found.step
        return at

    def write(self, at: Position, trainer: Trainer, workers: Workers) -> None:
        """Save a checkpoint, by the chief alone, once all workers hold the same state.

        Raises ModelError when a variable is not finite, MachineError when the disk refuses or the
        workers differ.
        """
        state = trainer.state()
        for name, values in state.items():
            if not np.isfinite(values).all():
                raise self.diverged(f"state {name}", math.nan, at.step)
        workers.check_state(at.step, state)
        if workers.chief:
            self._write(at, trainer.jit, state)
        self.step, self.time = at.step, time.perf_counter()

    def diverged(self, name: str, value: float, step: int) -> ModelError:
        """The error for a `value` that is not finite; says what is kept and what to try."""
        config = shlex.quote(str(self.folder / "config.toml"))
        kept = f"; step {self.step} is kept in {self.folder}, still finite" if self.step else ""
        return ModelError(
            f"the {name} is {value} after step {step}: training diverged, nothing was exported"
            + kept,
            hint="try a lower learning rate: `digitcli train --config "
            f"{config} --learning-rate {self.learning_rate / 10:g} --out OTHER_FOLDER`",
        )

    def _write(self, at: Position, jit: bool, state: dict[str, npt.NDArray[Any]]) -> None:
        best = best_epoch(at.history)
        epoch, into = divmod(at.step, self.steps_per_epoch)
        meta = {
            "identity": self.identity,
            "total_steps": self.total_steps,
            "epoch": epoch,
            "step_in_epoch": into,
            "best": best and {"epoch": best.epoch, "accuracy": best.validation_accuracy},
            "history": [asdict(row) for row in at.history],
            "points": [asdict(point) for point in at.points],
            "sums": asdict(at.sums),
            "seconds": at.seconds,
            "jit": jit,
            "circumstances": self.circumstances,
        }
        save_checkpoint(self.folder / "checkpoints", Checkpoint(at.step, meta, state))
        if at.points:
            write_points(self.folder / FILE, at.points)

    def _refusal(self, why: str, details: list[str] | None = None) -> ModelError:
        return ModelError(
            f"{self.folder}: {why}",
            hint="choose another --out, or remove that folder",
            details=tuple(details or ()),
        )
