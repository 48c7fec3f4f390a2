"""A run and its folder: weights.npz, history.csv, config.toml, and the checkpoints."""

from __future__ import annotations

from pathlib import Path

import tomli_w

from ..data.store import Split
from ..errors import MachineError
from ..files import atomic_write, folder_lock
from ..model.spec import NetworkSpec
from ..model.weights import save_weights
from .history import EpochRow, Observer, write_history
from .loop import Outcome, Run
from .recipes import Recipe


def train_into(
    folder: Path, spec: NetworkSpec, recipe: Recipe, train: Split, test: Split, observer: Observer
) -> Outcome:
    """Train `spec` in `folder`, going on from the checkpoints there, and leave its files.

    `history.csv` grows with every epoch, so that a run can be watched and an interrupted one read.
    Raises MachineError when the folder cannot be written or another process trains in it.
    """
    busy = MachineError(
        f"{folder}: another training run is using this folder", hint="choose another --out"
    )
    with folder_lock(folder, busy):
        run = Run(spec, recipe, train, test, folder, _Scribe(folder, observer))
        _write_config(folder / "config.toml", spec, recipe, train.name)
        outcome = run()
        save_weights(folder / "weights.npz", outcome.weights)
        return outcome


class _Scribe:
    """Keeps `history.csv` up to date and passes everything on."""

    def __init__(self, folder: Path, observer: Observer) -> None:
        self._path, self._observer = folder / "history.csv", observer
        self.on_start, self.on_note = observer.on_start, observer.on_note
        self.on_progress = observer.on_progress

    def on_epoch(self, row: EpochRow, history: list[EpochRow]) -> None:
        write_history(self._path, history)
        self._observer.on_epoch(row, history)


def _write_config(path: Path, spec: NetworkSpec, recipe: Recipe, data: str) -> None:
    """The run as a preset: `digitcli train --config` replays it."""
    network = spec.to_json()
    table = {
        "name": network["name"],
        "data": data,
        "scale": network["scale"],
        "training": recipe.to_table(),
        "layers": network["layers"],
    }
    with atomic_write(path) as file:
        tomli_w.dump(table, file)
