"""Checkpoints: a folder each, written as a whole or not at all; the newest two are kept.

`checkpoints/step-000001200/` holds `state.npz` (the variables), `meta.json` (everything that is not
an array) and, written last, `manifest.json` with the size and sha256 of both.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...errors import ModelError, reason_of
from ...files import atomic_folder, flush_to_disk, remove_folder, remove_stale, writing
from ...files.opening import open_regular, read_regular

KEPT = 2
FORMAT = "digitcli-checkpoint/1"
MANIFEST = "manifest.json"
MOST_MANIFEST = 1 << 16  # bytes: two files are listed


@dataclass(frozen=True)
class Checkpoint:
    """How far a run is: `meta` is JSON (identity, history, sums), `state` the variables."""

    step: int
    meta: Mapping[str, Any]
    state: dict[str, npt.NDArray[Any]]


def save_checkpoint(folder: Path, checkpoint: Checkpoint) -> Path:
    """Write a checkpoint into `folder`, then remove all but the newest two.

    Those of later steps are removed too: they are damaged, or the run would have gone on from them.
    Raises MachineError when the disk refuses; the earlier checkpoints are then untouched.
    """
    path = folder / f"step-{checkpoint.step:09d}"
    if path.exists():
        _remove(path)
    with atomic_folder(path, verify=verify) as temporary, writing(path):
        _write(temporary, checkpoint)
    earlier = [old for old in _paths(folder) if _step(old) <= checkpoint.step]
    for old in _paths(folder):
        if old not in earlier[-KEPT:]:
            _remove(old)
    return path


def remove_earlier(folder: Path, step: int) -> None:
    """Remove all but the newest two of the checkpoints up to `step`. Raises MachineError."""
    for old in [path for path in _paths(folder) if _step(path) <= step][:-KEPT]:
        _remove(old)


def newest_checkpoint(folder: Path) -> tuple[Checkpoint | None, list[str]]:
    """The newest checkpoint that agrees with its manifest, and a note for each newer one.

    None when there are no checkpoints. Raises ModelError when all of them are damaged: starting
    over without a word would lose the run.
    """
    notes: list[str] = []
    for path in reversed(_paths(folder)):
        try:
            return _read(path), notes
        except (ModelError, OSError) as error:
            notes.append(f"{path}: damaged ({error}), using the one before")
    if notes:
        raise ModelError(
            f"{folder}: no checkpoint can be read ({len(notes)} damaged)",
            hint="train into another folder, or remove this one to start over",
            details=tuple(note.removesuffix(", using the one before") for note in notes),
        )
    return None, notes


def remove_unfinished(folder: Path) -> None:
    """Remove what killed runs had not finished writing; for the holder of the run's lock."""
    remove_stale(folder, "step-*")


def verify(path: Path) -> None:
    """Compare every file of a checkpoint with its manifest.

    Raises ModelError naming the first file that is missing, cut or changed.
    """
    try:
        manifest = json.loads(read_regular(path / MANIFEST, MOST_MANIFEST))
        files = dict(manifest["files"]) if manifest["format"] == FORMAT else {}
        expected = {name: (entry["bytes"], entry["sha256"]) for name, entry in files.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{MANIFEST}: not readable ({_reason(error)})") from error
    if set(expected) != {"state.npz", "meta.json"}:
        raise ModelError(f"{MANIFEST}: expected format {FORMAT} and two files")
    for name, (size, digest) in expected.items():
        file = path / name
        found = file.stat().st_size if file.is_file() else None
        if found != size:
            raise ModelError(f"{name}: {found if found is not None else 'no'} bytes, not {size}")
        if _sha256(file) != digest:
            raise ModelError(f"{name}: sha256 differs from the manifest's")


def _write(folder: Path, checkpoint: Checkpoint) -> None:
    """Write state and meta, both on the disk before the manifest that describes them is written."""
    state, meta = folder / "state.npz", folder / "meta.json"
    np.savez(state, allow_pickle=False, **checkpoint.state)
    meta.write_text(json.dumps({"step": checkpoint.step, **checkpoint.meta}), "utf-8")
    files = {}
    for file in (state, meta):
        flush_to_disk(file)
        files[file.name] = {"bytes": file.stat().st_size, "sha256": _sha256(file)}
    manifest = json.dumps({"format": FORMAT, "files": files}, indent=1)
    (folder / MANIFEST).write_text(manifest, "utf-8")


def _read(path: Path) -> Checkpoint:
    if not path.is_dir():
        raise ModelError("a file where a folder is expected; an older digitcli wrote it")
    verify(path)
    meta = json.loads((path / "meta.json").read_bytes())
    with np.load(path / "state.npz", allow_pickle=False) as archive:
        state = {name: archive[name] for name in archive.files}
    return Checkpoint(int(meta.pop("step")), meta, state)


def _paths(folder: Path) -> list[Path]:
    return sorted([*folder.glob("step-*[0-9]"), *folder.glob("step-*.npz")], key=_step)


def _step(path: Path) -> int:
    digits = path.stem.removeprefix("step-")
    return int(digits) if digits.isdecimal() else -1


def _remove(path: Path) -> None:
    if path.is_dir():
        remove_folder(path)
    else:
        with writing(path):
            path.unlink()


def _sha256(file: Path) -> str:
    with open_regular(file) as opened:
        digest = hashlib.sha256()
        while block := opened.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _reason(error: Exception) -> str:
    return reason_of(error)
