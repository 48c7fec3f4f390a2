"""Checkpoints: one file each, whole or not there, the newest two kept."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import ModelError
from ..files import atomic_write

KEPT = 2


@dataclass(frozen=True)
class Checkpoint:
    """Where a run stands: `meta` is JSON (step, history, fingerprint), `state` the variables."""

    step: int
    meta: Mapping[str, Any]
    state: dict[str, npt.NDArray[Any]]


def save_checkpoint(folder: Path, checkpoint: Checkpoint) -> Path:
    """Write a checkpoint into `folder` and delete all but the newest two."""
    path = folder / f"step-{checkpoint.step:09d}.npz"
    document = json.dumps({"step": checkpoint.step, **checkpoint.meta})
    meta = np.frombuffer(document.encode(), np.uint8)
    with atomic_write(path, verify=_read) as file:
        np.savez(file, allow_pickle=False, meta=meta, **checkpoint.state)
    for old in _paths(folder)[:-KEPT]:
        with contextlib.suppress(FileNotFoundError):
            old.unlink()
    return path


def newest_checkpoint(folder: Path) -> tuple[Checkpoint | None, list[str]]:
    """The newest checkpoint that reads back whole, and a note for each newer one that does not.

    None when there are no checkpoints. Raises ModelError when there are some, but none is whole:
    starting over silently would throw the run away.
    """
    notes: list[str] = []
    for path in reversed(_paths(folder)):
        try:
            return _read(path), notes
        except Exception as error:  # whatever a damaged archive makes NumPy raise
            notes.append(f"{path}: damaged ({error}), using the one before")
    if notes:
        raise ModelError(
            f"{folder}: no checkpoint can be read ({len(notes)} damaged)",
            hint="train into another folder, or remove this one to start over",
        )
    return None, notes


def _paths(folder: Path) -> list[Path]:
    return sorted(folder.glob("step-*.npz"))


def _read(path: Path) -> Checkpoint:
    # Opened here: NumPy leaves a file that it opened itself open when the archive is damaged.
    with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
        state = {name: archive[name] for name in archive.files}
    meta = json.loads(state.pop("meta").tobytes().decode())
    return Checkpoint(int(meta.pop("step")), meta, state)
