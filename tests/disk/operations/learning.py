"""Checkpoints, and what needs TensorFlow: runs, adapted weights, formats that Keras writes."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
from disk.operations import models
from disk.operations.running import call
from disk.promises import Operation

from digitcli.data.store import Split
from digitcli.model.spec import NetworkSpec


def _saves(folder: Path, step: int) -> None:
    from digitcli.training.run.checkpoint import Checkpoint, remove_unfinished, save_checkpoint

    remove_unfinished(folder / "checkpoints")  # as every run does first
    state = {"weight": np.full((30, 40), step, np.float32), "seed": np.array([step], np.uint32)}
    save_checkpoint(folder / "checkpoints", Checkpoint(step, {"history": [{"loss": 0.1}]}, state))


def _checkpoint() -> Operation:
    def prepare(folder: Path) -> None:
        for step in (5, 10):
            _saves(folder, step)

    def holds(folder: Path) -> None:
        from digitcli.training.run.checkpoint import newest_checkpoint

        found, notes = newest_checkpoint(folder / "checkpoints")
        assert found is not None
        assert found.step in (10, 15)
        assert not notes

    return Operation(
        "checkpoint",
        prepare,
        call(lambda folder: _saves(folder, 15)),
        _without_npz_times,
        holds=holds,
    )


def _without_npz_times(name: str, content: bytes) -> bytes:
    """Arrays of a checkpoint's state, and its meta data without sha256 and seconds."""
    if name.endswith(".npz") and "step-" in name:
        return b""
    if name.endswith("manifest.json"):
        return b""
    return content


def _splits() -> tuple[Split, Split]:
    from digitcli.data.drawn.synthetic import draw

    (train, train_labels), (test, test_labels) = draw(60, seed=1), draw(20, seed=2)
    return (
        Split("drawn", "train", train, train_labels, "0" * 64),
        Split("drawn", "test", test, test_labels, "1" * 64),
    )


def _train(folder: Path, epochs: int = 2) -> None:
    from digitcli.training.recipes import Recipe
    from digitcli.training.run.digits import DigitTask
    from digitcli.training.run.folder import train_into
    from digitcli.training.run.history import Unwatched

    layers = [{"type": "dense", "units": 10}]
    spec = NetworkSpec.from_json({"name": "plain", "layers": layers})
    recipe = Recipe(learning_rate=0.005, batch_size=20, epochs=epochs, validation=20, seed=5)
    train_into(folder / "run", DigitTask(spec, recipe, *_splits()), Unwatched())


def _of_run(name: str, content: bytes) -> bytes:
    """A run's file without what a clock wrote; checkpoints and weights say themselves if whole."""
    if "checkpoints/" in name or name.endswith("weights.npz"):
        return b""
    if name.endswith("history.csv"):
        return re.sub(rb",[^,\n]*,[^,\n]*\n", b"\n", content)
    return content


def _is_on_the_way(name: str, content: bytes) -> bool:
    """Whether it is a file of a run that goes on: not one that was being written."""
    return not name.endswith(".tmp") and ".tmp/" not in name and content.endswith((b"\n", b"}"))


def _holds(folder: Path) -> None:
    from digitcli.model.weights import load_weights
    from digitcli.training.run.checkpoint import newest_checkpoint, verify

    newest_checkpoint(folder / "run" / "checkpoints")
    for path in (folder / "run" / "checkpoints").glob("step-*"):
        verify(path)
    for path in (folder / "run").glob("*.npz"):
        load_weights(path)


def _training() -> Operation:
    return Operation(
        "train",
        lambda folder: None,
        call(_train),
        _of_run,
        unfinished=lambda name, content: name.endswith(".npz") or _is_on_the_way(name, content),
        holds=_holds,
        skips="tfevents",
        sparse=True,
    )


OPERATIONS: dict[str, Callable[[], Operation]] = {
    "checkpoint": _checkpoint,
    **models.WITH_TENSORFLOW,
    "train": _training,
}
NEED_TENSORFLOW = ("checkpoint", *models.WITH_TENSORFLOW, "train")
