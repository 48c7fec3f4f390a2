"""The folder of a run that was given none: its network's name, and then the next number."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from itertools import count
from pathlib import Path

from ...errors import DigitError, MachineError
from ...files import folder_lock
from ...files.opening import read_regular
from ..cluster.tf_config import read_tf_config
from .history import EpochRow
from .resume import LAST_FILE, MOST_SEEDS_BYTES, SEEDS_FILE, TrainingRequest, busy, reopen

RUNS = Path("runs")
_MOST_META = 1 << 26  # bytes


def in_own_folder(request: TrainingRequest) -> TrainingRequest:
    """`request` in `runs/NAME`, `runs/NAME-2` ...: the first where it may begin or goes on.

    NAME is the network, for other classes than digits with the data set behind it.

    It goes on where the same run is unfinished and nobody trains it; `where` says so, and which
    folder was taken. Machines of a cluster number nothing: they could count differently.
    """
    data = "" if request.spec.names_digits else f"-{request.data}"
    first = RUNS / f"{request.spec.name}{data}"
    request = replace(request, named=True)
    if read_tf_config(os.environ) is not None:
        return replace(request, folder=first)
    for number in count(1):
        folder = first if number == 1 else first.with_name(f"{first.name}-{number}")
        if _free(folder):
            taken = f"{first} holds a run, so this one is {folder}" if number > 1 else ""
            return replace(request, folder=folder, where=taken)
        if _unfinished(replace(request, folder=folder)):
            going = f"{folder} holds the same run unfinished: it goes on (--out begins another)"
            return replace(request, folder=folder, where=going)
    raise AssertionError  # never: some number is free


def _free(folder: Path) -> bool:
    """Whether there is nothing in `folder`, and no other process that begins a run there."""
    try:
        names = {path.name for path in folder.iterdir()}
    except FileNotFoundError:
        return True
    except OSError:  # a file, or a folder that cannot be read
        return False
    return names <= {".lock"} and not (names and _in_use(folder))


def _in_use(folder: Path) -> bool:
    try:
        with folder_lock(folder, busy(folder)):
            return False
    except MachineError:
        return True


def _unfinished(request: TrainingRequest) -> bool:
    """Whether the folder holds just this run, not yet at its end, and nobody trains it."""
    try:
        there = reopen(request.folder)
        same = replace(request, named=False, where="") == there
        return same and not _ended(request) and not _in_use(request.folder)
    except (DigitError, OSError, ValueError, KeyError, TypeError):
        return False


def _ended(request: TrainingRequest) -> bool:
    """Whether the run has all its files. Reads no variables and checks no hashes."""
    folder = request.folder
    if request.seeds:
        document = json.loads(read_regular(folder / SEEDS_FILE, MOST_SEEDS_BYTES))
        return bool(document["complete"])
    newest = max((folder / "checkpoints").glob("step-*[0-9]"), key=lambda path: path.name)
    meta = json.loads(read_regular(newest / "meta.json", _MOST_META))
    rows = [EpochRow(**row) for row in meta["history"]]
    reached = request.target is not None and request.target.reached(rows)
    reported = request.spec.task == "map" or (folder / LAST_FILE).is_file()
    done = reported and (folder / "weights.npz").is_file()
    return done and (reached or meta["step"] >= meta["total_steps"])
