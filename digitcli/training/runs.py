"""A run and its folder: weights.npz, history.csv, config.toml, and the checkpoints."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..data.store import Split
from ..errors import MachineError
from ..files import atomic_write, folder_lock
from ..model.spec import NetworkSpec
from ..model.weights import save_weights
from .history import EpochRow, Observer, write_history
from .loop import Outcome, Run
from .recipes import Recipe

# Asked for before the first step, and not found missing after the last one.
for _package in ("tomli_w", "matplotlib"):
    if find_spec(_package) is None:
        raise MachineError(
            f"training needs the package {_package}", hint='pip install "digitcli[train]"'
        )


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
        config = _config(spec, recipe, train.name)
        run = Run(spec, recipe, train, test, folder, _Scribe(folder, config, observer))
        outcome = run()
        save_weights(folder / "weights.npz", outcome.weights)
        return outcome


class _Scribe:
    """Writes `config.toml` once the folder is known to hold this run and no other.

    Then keeps `history.csv` up to date, and passes everything on.
    """

    def __init__(self, folder: Path, config: dict[str, Any], observer: Observer) -> None:
        self._folder, self._config, self._observer = folder, config, observer
        self.on_note, self.on_progress = observer.on_note, observer.on_progress

    def on_start(self, what: str, device: str, total_steps: int, first_step: int) -> None:
        import tomli_w

        with atomic_write(self._folder / "config.toml") as file:
            tomli_w.dump(self._config, file)
        self._observer.on_start(what, device, total_steps, first_step)

    def on_epoch(self, row: EpochRow, history: list[EpochRow]) -> None:
        write_history(self._folder / "history.csv", history)
        self._observer.on_epoch(row, history)


def _config(spec: NetworkSpec, recipe: Recipe, data: str) -> dict[str, Any]:
    """The run as a preset: `digitcli train --config` replays it."""
    network = spec.to_json()
    return {
        "name": network["name"],
        "data": data,
        "scale": network["scale"],
        "training": recipe.to_table(),
        "layers": network["layers"],
    }
