"""The folder of a run without --out."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from digitcli.errors import MachineError
from digitcli.files import folder_lock
from digitcli.model.presets import load_preset
from digitcli.model.weights import find_weights
from digitcli.training.recipes import Recipe
from digitcli.training.run.checkpoint import Checkpoint, save_checkpoint
from digitcli.training.run.identity import described
from digitcli.training.run.numbering import RUNS, in_own_folder
from digitcli.training.run.resume import (
    LAST_FILE,
    SEEDS_FILE,
    TrainingRequest,
    run_config,
    write_config,
)

SPEC = load_preset("tiny").spec
REQUEST = TrainingRequest(SPEC, Recipe(epochs=3), "drawn", RUNS)


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TF_CONFIG", raising=False)


def make_run(folder, request=REQUEST, step=10, files=("weights.npz", LAST_FILE)):
    write_config(folder, run_config(SPEC, request.recipe, request.data, request.target))
    meta = {"identity": described(SPEC, request.recipe), "total_steps": 10, "history": []}
    save_checkpoint(folder / "checkpoints", Checkpoint(step, meta, {"a": np.zeros(1)}))
    for name in files:
        (folder / name).write_bytes(find_weights("tiny").read_bytes())


def chosen(request=REQUEST):
    found = in_own_folder(request)
    return str(found.folder), found.where


def test_the_first_run_has_its_networks_name():
    assert chosen() == ("runs/tiny", "")
    assert not RUNS.exists()


def test_a_second_run_has_the_next_number_and_says_why():
    make_run(RUNS / "tiny")
    make_run(RUNS / "tiny-2")

    assert chosen() == ("runs/tiny-3", "runs/tiny holds a run, so this one is runs/tiny-3")


@pytest.mark.parametrize(
    ("step", "files"), [(9, ("weights.npz", LAST_FILE)), (10, ()), (10, ("weights.npz",))]
)
def test_the_same_run_unfinished_goes_on(step, files):
    make_run(RUNS / "tiny")
    make_run(RUNS / "tiny-2", step=step, files=files)

    folder, why = chosen()

    assert folder == "runs/tiny-2"
    assert "goes on" in why


def test_another_unfinished_run_is_left_alone():
    make_run(RUNS / "tiny", step=9)

    folder, _ = chosen(replace(REQUEST, recipe=Recipe(epochs=3, seed=1)))

    assert folder == "runs/tiny-2"


def test_a_folder_in_which_somebody_trains_is_left_alone():
    make_run(RUNS / "tiny", step=9)
    (RUNS / "tiny-2").mkdir()

    with (
        folder_lock(RUNS / "tiny", MachineError("busy")),
        folder_lock(RUNS / "tiny-2", MachineError("busy")),
    ):
        assert chosen()[0] == "runs/tiny-3"
    assert chosen()[0] == "runs/tiny"


@pytest.mark.parametrize("damage", ["config.toml", "checkpoints", "meta"])
def test_a_damaged_run_is_left_alone(damage):
    make_run(RUNS / "tiny", step=9)
    if damage == "config.toml":
        (RUNS / "tiny" / damage).write_text("name =")
    elif damage == "meta":
        (RUNS / "tiny" / "checkpoints" / "step-000000009" / "meta.json").write_text("[]")
    else:
        (RUNS / "tiny" / "checkpoints").rename(RUNS / "tiny" / "other")

    assert chosen()[0] == "runs/tiny-2"


def test_files_of_somebody_else_are_left_alone_and_an_empty_folder_is_used():
    (RUNS / "tiny").mkdir(parents=True)
    assert chosen()[0] == "runs/tiny"

    (RUNS / "tiny" / "notes.txt").write_text("mine")

    assert chosen()[0] == "runs/tiny-2"


@pytest.mark.parametrize(("complete", "folder"), [(True, "runs/tiny-2"), (False, "runs/tiny")])
def test_runs_of_several_seeds_are_numbered_too(complete, folder):
    several = replace(REQUEST, seeds=(0, 1))
    write_config(RUNS / "tiny", run_config(SPEC, several.recipe, several.data))
    document = {"seeds": [0, 1], "ensemble": False, "complete": complete}
    (RUNS / "tiny" / SEEDS_FILE).write_text(json.dumps(document))

    assert chosen(several)[0] == folder


def test_machines_of_a_cluster_all_take_the_first_name(monkeypatch):
    make_run(RUNS / "tiny")
    cluster = {"cluster": {"worker": ["a:1", "b:2"]}, "task": {"type": "worker", "index": 0}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(cluster))

    assert chosen()[0] == "runs/tiny"
