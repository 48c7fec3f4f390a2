"""Which run a folder holds, and whether it is done."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from digitcli.data.store import Split
from digitcli.errors import ModelError, UsageError
from digitcli.model.presets import load_preset
from digitcli.model.weights import Weights, find_weights, load_weights, save_weights
from digitcli.training.recipes import Recipe, recipe_from_table
from digitcli.training.run.checkpoint import Checkpoint, save_checkpoint
from digitcli.training.run.identity import described, differences, identity
from digitcli.training.run.resume import (
    LAST_FILE,
    SEEDS_FILE,
    finished,
    open_preset,
    reopen,
    run_config,
    write_config,
)

SPEC = load_preset("small").spec
RECIPE = recipe_from_table(load_preset("small").training)
IMAGES = np.arange(2 * 784, dtype=np.uint8).reshape(2, 28, 28)
SPLIT = Split("drawn", "train", IMAGES, np.array([1, 2], np.uint8), "0" * 64)


def make_run(folder, step=10, total=10, weights=True):
    """A run folder as training leaves it, without training."""
    write_config(folder, run_config(SPEC, RECIPE, "drawn"))
    meta = {"identity": identity(SPEC, RECIPE, SPLIT, SPLIT), "total_steps": total}
    save_checkpoint(folder / "checkpoints", Checkpoint(step, meta, {"a": np.zeros(1)}))
    if weights:
        trained = load_weights(find_weights("small"))
        save_weights(folder / "weights.npz", Weights(SPEC, trained.tensors, {"steps": step}))
    (folder / LAST_FILE).touch()


def test_a_run_folder_says_what_was_asked_for(tmp_path):
    make_run(tmp_path)

    plan = reopen(tmp_path)

    assert (plan.spec, plan.recipe, plan.data, plan.seeds) == (SPEC, RECIPE, "drawn", ())


def test_a_folder_without_a_run_cannot_be_resumed(tmp_path):
    with pytest.raises(UsageError, match="no run to go on with"):
        reopen(tmp_path / "nothing")


def test_a_run_without_checkpoints_cannot_be_resumed_and_the_hint_starts_it_again(tmp_path):
    write_config(tmp_path, run_config(SPEC, RECIPE, "drawn"))

    with pytest.raises(UsageError, match="no checkpoints, so nothing to go on from") as caught:
        reopen(tmp_path)

    assert f"digitcli train --config {tmp_path}/config.toml --out {tmp_path}" in caught.value.hint


@pytest.mark.parametrize("text", ["name = ", "name = 'a'", "\0", "layers = 3\n[training]\n"])
def test_a_damaged_config_is_refused_by_name(tmp_path, text):
    make_run(tmp_path)
    (tmp_path / "config.toml").write_text(text)

    with pytest.raises(ModelError, match=r"config\.toml"):
        reopen(tmp_path)


def test_a_wrong_setting_is_refused_with_its_file(tmp_path):
    (tmp_path / "mine.toml").write_text(
        'name = "mine"\nlayers = [{ type = "dense", units = 10 }]\n'
        '[training]\nepochs = 1\nschedule = "one-cycle"\n'
    )

    with pytest.raises(ModelError, match=r"mine\.toml: training: schedule must be") as caught:
        open_preset(str(tmp_path / "mine.toml"))

    assert caught.value.hint == "did you mean one_cycle?"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"seeds": [], "ensemble": true}',
        '{"seeds": 3}',
        '{"seeds": ["x"], "ensemble": 1}',
    ],
)
def test_a_damaged_seeds_file_is_refused_by_name(tmp_path, text):
    make_run(tmp_path)
    (tmp_path / SEEDS_FILE).write_text(text)

    with pytest.raises(ModelError, match="seeds.json: not readable"):
        reopen(tmp_path)


def test_a_run_is_finished_when_its_last_step_is_saved_and_its_weights_are_whole(tmp_path):
    make_run(tmp_path)

    assert finished(tmp_path, described(SPEC, RECIPE)).trained["steps"] == 10
    assert finished(tmp_path, described(SPEC, replace(RECIPE, epochs=99))) is None


@pytest.mark.parametrize("lack", ["steps", "weights", "whole weights", "checkpoint", "report"])
def test_a_run_is_not_finished_without(tmp_path, lack):
    make_run(tmp_path, step=9 if lack == "steps" else 10, weights=lack != "weights")
    if lack == "whole weights":
        content = (tmp_path / "weights.npz").read_bytes()
        (tmp_path / "weights.npz").write_bytes(content[:-50])
    if lack == "report":  # killed while it was made
        (tmp_path / LAST_FILE).unlink()
    if lack == "checkpoint":
        (tmp_path / "checkpoints" / "step-000000010" / "meta.json").write_text("{}")

    assert finished(tmp_path, described(SPEC, RECIPE)) is None


def test_what_differs_between_two_runs_is_named_with_both_values():
    saved = identity(SPEC, RECIPE, SPLIT, SPLIT)
    layers = load_preset("deck").spec
    brighter = replace(SPLIT, images=IMAGES + 1)

    assert differences(saved, identity(SPEC, RECIPE, SPLIT, SPLIT)) == []
    assert differences(saved, identity(SPEC, replace(RECIPE, seed=4), SPLIT, SPLIT)) == [
        "training.seed: 0 there, 4 asked for"
    ]
    assert "network.name: small there, deck asked for" in differences(
        saved, identity(layers, RECIPE, SPLIT, SPLIT)
    )
    assert [
        line.split(":")[0] for line in differences(saved, identity(SPEC, RECIPE, brighter, SPLIT))
    ] == ["data.train"]


def test_another_file_of_a_teacher_makes_another_run(tmp_path):
    def pupil(content):
        (tmp_path / "teacher.npz").write_bytes(content)
        recipe = replace(RECIPE, teachers=(str(tmp_path / "teacher.npz"),))
        return identity(SPEC, recipe, SPLIT, SPLIT)

    assert differences(pupil(b"one"), pupil(b"one")) == []
    lines = differences(pupil(b"one"), pupil(b"other"))
    assert [line.split(":")[0] for line in lines] == ["data.teachers"]


def test_only_a_constant_learning_rate_lets_a_run_grow_longer():
    constant = Recipe(epochs=2)

    def lines(one, other):
        return differences(identity(SPEC, one, SPLIT, SPLIT), identity(SPEC, other, SPLIT, SPLIT))

    assert lines(constant, replace(constant, epochs=5)) == []
    falling = Recipe(epochs=12, schedule="one_cycle")
    assert lines(falling, replace(falling, epochs=50)) == [
        "training.epochs: 12 there, 50 asked for"
    ]
