"""A run and its folder: weights, history, points within epochs, config, events, checkpoints."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ...errors import MachineError, UsageError
from ...files import folder_lock, remove_stale
from ...model.weights import save_weights
from ..cluster.tf_config import read_tf_config
from ..target import Target
from .events import event_log
from .history import EpochRow, Observer, write_history
from .loop import Outcome, Run, RunOptions
from .resume import SEEDS_FILE, busy, is_config, resume_hint, run_config, write_config
from .task import Task

FILES = ("config.toml", "history.csv", "steps.csv", "weights.npz", "*.png", "report.html")

# Checked before the first step: otherwise they would be missing after the last one.
for _package, _extra in (("tomli_w", "train"), ("matplotlib", "plot")):
    if find_spec(_package) is None:
        raise MachineError(
            f"training needs the package {_package}", hint=f'pip install "digitcli[{_extra}]"'
        )


def train_into(
    folder: Path,
    task: Task,
    observer: Observer,
    options: RunOptions | None = None,
    target: Target | None = None,
) -> Outcome:
    """Train a network in `folder`, going on from the checkpoints there, and leave its files.

    The run stops early when an epoch reaches `target`, which `config.toml` keeps. `history.csv` is
    written after every epoch. In a cluster only the chief writes files. Raises MachineError when
    the folder cannot be written, the disk is full, another process trains in it or a worker is
    lost; UsageError when it holds the runs of several seeds.
    """
    cluster = read_tf_config(os.environ)
    if cluster is not None and not cluster.chief:
        return _train_with_hints(Run(task, folder, observer, options, target), folder)
    with folder_lock(folder, busy(folder)):
        if (folder / SEEDS_FILE).exists():
            raise UsageError(
                f"{folder}: holds the runs of several seeds, not a run", resume_hint(folder)
            )
        config = run_config(task.spec, task.recipe, task.name, target)
        if not any((folder / "checkpoints").glob("step-*")):
            _refuse_foreign(folder, config)
        for name in FILES:
            remove_stale(folder, name)
        files = _RunFiles(folder, config, observer)
        run = Run(task, folder, files, options, target)
        return _train_with_hints(run, folder)


def _refuse_foreign(folder: Path, config: dict[str, Any]) -> None:
    """Refuse to begin a run where files of these names exist that are not this run's.

    A run that was killed before its first checkpoint has left only its config.toml.
    """
    if (folder / "weights.npz").exists():
        return  # saved.py refuses this with a better message
    for name in FILES:
        found = next(folder.glob(name), None)
        if found is not None and not is_config(found, config):
            raise UsageError(
                f"{found}: training would replace it, and {folder} holds no checkpoints of a run",
                "choose another --out, or remove it first",
            )


def _train_with_hints(run: Run, folder: Path) -> Outcome:
    """Train, write the weights, and add to a MachineError how to go on."""
    try:
        outcome = run()
        if outcome.chief:
            save_weights(folder / "weights.npz", outcome.weights)
    except MachineError as error:
        if run.saved.step is not None:
            error.hint = f"{error.hint or 'make it writable'}; then {run.resume_hint()}"
        raise
    return outcome


class _RunFiles:
    """Writes a run's files as it goes, and passes every call on to another observer.

    `config.toml` is written once the folder is known to hold this run and no other, `history.csv`
    and `events/` after every epoch.
    """

    def __init__(self, folder: Path, config: dict[str, Any], observer: Observer) -> None:
        self._folder, self._config, self._observer = folder, config, observer
        self._events = event_log(folder / "events")
        self.on_note, self.on_progress = observer.on_note, observer.on_progress

    def on_start(self, what: str, device: str, total_steps: int, first_step: int) -> None:
        write_config(self._folder, self._config)
        self._observer.on_start(what, device, total_steps, first_step)

    def on_epoch(self, row: EpochRow, history: list[EpochRow]) -> None:
        write_history(self._folder / "history.csv", history)
        if self._events is not None:
            self._events.write(history)
        self._observer.on_epoch(row, history)
