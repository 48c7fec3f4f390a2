"""Runs that are made longer: what was asked first, what then, and what the result is."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest

from digitcli.errors import ModelError, UsageError
from digitcli.model.presets import load_preset
from digitcli.training.lengths import Length, asked_for
from digitcli.training.recipes import Recipe, recipe_from_table, with_changes
from digitcli.training.run.checkpoint import Checkpoint, save_checkpoint
from digitcli.training.run.identity import described, differences
from digitcli.training.run.longer import asked_again, earlier_identities, longer
from digitcli.training.run.resume import (
    SEEDS_FILE,
    TrainingRequest,
    reopen,
    run_config,
    write_config,
)
from digitcli.training.target import Target

SPEC = load_preset("tiny").spec
RECIPE = Recipe(epochs=3, schedule="one_cycle", validation=100)
FIRST = Length(steps=150, until=150, epochs=3)


def make_run(folder, recipe=RECIPE, step=150, total=150, history=(), target=None):
    """A run folder as training leaves it, without training."""
    write_config(folder, run_config(SPEC, recipe, "drawn", target))
    meta = {"identity": described(SPEC, recipe), "total_steps": total, "history": list(history)}
    save_checkpoint(folder / "checkpoints", Checkpoint(step, meta, {"a": np.zeros(1)}))
    return reopen(folder)


def test_a_longer_run_keeps_what_was_asked_for_first_and_then(tmp_path):
    request = make_run(tmp_path)

    once = longer(request, 5, None)
    make_run(tmp_path / "again", once.recipe, step=200, total=250)
    twice = longer(reopen(tmp_path / "again"), None, 300)

    assert once.recipe == replace(RECIPE, epochs=5, earlier=(FIRST,))
    second = Length(steps=250, until=200, epochs=5)
    assert twice.recipe == replace(RECIPE, epochs=None, steps=300, earlier=(FIRST, second))
    told = asked_for(twice.recipe.earlier, None, 300)
    assert told == "3 epochs until step 150, then 5 epochs until step 200, then 300 steps"


def test_what_was_asked_for_survives_the_config_and_an_identity(tmp_path):
    recipe = longer(make_run(tmp_path), 5, None).recipe

    write_config(tmp_path, run_config(SPEC, recipe, "drawn"))

    assert reopen(tmp_path).recipe == recipe
    assert recipe_from_table(described(SPEC, recipe)["training"]) == recipe


def test_an_identity_leads_back_to_each_shorter_run():
    second = Length(steps=400, until=300)
    recipe = replace(RECIPE, epochs=9, earlier=(FIRST, second))
    then = replace(RECIPE, epochs=None, steps=400, earlier=(FIRST,))

    found = list(earlier_identities(described(SPEC, recipe)))

    assert found == [described(SPEC, then), described(SPEC, RECIPE)]
    assert list(earlier_identities(described(SPEC, RECIPE))) == []


def test_another_setting_still_makes_another_run():
    longer_one = replace(RECIPE, epochs=5, earlier=(FIRST,), seed=9)

    found = [
        differences(described(SPEC, RECIPE), one)
        for one in earlier_identities(described(SPEC, longer_one))
    ]

    assert found == [["training.seed: 0 there, 9 asked for"]]


def test_the_same_length_changes_nothing(tmp_path):
    request = make_run(tmp_path)

    assert longer(request, 3, None) == request
    assert longer(request, None, None) == request


@pytest.mark.parametrize(
    ("lengths", "message"),
    [
        ((2, None), "was asked for 3 epochs"),
        ((None, 149), "was asked for 150 steps"),
        ((4, 400), "either --epochs or --steps"),
    ],
)
def test_a_shorter_or_unclear_length_is_a_usage_error(tmp_path, lengths, message):
    request = make_run(tmp_path)

    with pytest.raises(UsageError, match=message):
        longer(request, *lengths)


def test_a_run_that_stopped_at_its_target_is_not_made_longer(tmp_path):
    row = {"epoch": 1, "step": 50, "loss": 0.1, "accuracy": 0.9}
    row |= {"validation_loss": 0.1, "validation_accuracy": 0.95, "learning_rate": 0.1}
    row |= {"test_loss": None, "test_accuracy": None, "images_per_s": 1.0, "seconds": 1.0}
    request = make_run(tmp_path, step=50, history=[row], target=Target(95, RECIPE))

    with pytest.raises(UsageError, match="reached its target of 95 % accuracy"):
        longer(request, 5, None)


def test_runs_of_several_seeds_are_made_longer_once_all_are_finished(tmp_path):
    request = make_run(tmp_path)
    several = replace(request, seeds=(0, 1))
    make_run(tmp_path / "seed-0", replace(RECIPE, seed=0))
    make_run(tmp_path / "seed-1", replace(RECIPE, seed=1), step=100)

    with pytest.raises(UsageError, match="seed-1: is not finished"):
        longer(several, 5, None)
    make_run(tmp_path / "seed-1", replace(RECIPE, seed=1))

    assert longer(several, 5, None).recipe.earlier == (FIRST,)


@pytest.mark.parametrize(
    ("there", "asked", "earlier"),
    [
        (Recipe(epochs=3), Recipe(epochs=5), (FIRST,)),
        (Recipe(epochs=5, earlier=(FIRST,)), Recipe(epochs=5), (FIRST,)),
        (Recipe(epochs=3), Recipe(epochs=5, seed=1), ()),
        (Recipe(epochs=5), Recipe(epochs=3), ()),
        (RECIPE, replace(RECIPE, epochs=5), ()),  # its learning rate went to zero
    ],
)
def test_the_same_command_with_more_epochs_makes_a_run_of_constant_rate_longer(
    tmp_path, there, asked, earlier
):
    make_run(tmp_path, there)

    found = asked_again(TrainingRequest(SPEC, asked, "drawn", tmp_path))

    assert found.recipe == replace(asked, earlier=earlier)


def test_a_folder_without_a_run_is_left_as_it_is(tmp_path):
    request = TrainingRequest(SPEC, RECIPE, "drawn", tmp_path / "none")

    assert asked_again(request) == request
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    "table",
    [
        "3 epochs",
        [3],
        [{"steps": 5}],
        [{"steps": 5, "until": 6}],
        [{"steps": 5, "until": -1}],
        [{"steps": 5, "until": 5, "epochs": 1.5}],
        [{"steps": 5, "until": 5, "epoch": 1}],
    ],
)
def test_a_length_that_is_none_is_refused(table):
    with pytest.raises(ModelError, match="earlier"):
        recipe_from_table({"epochs": 9, "earlier": table})
    with pytest.raises(UsageError, match="earlier"):
        with_changes(RECIPE, {"earlier": table})


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.timeout(10)
@pytest.mark.parametrize("name", ["config.toml", SEEDS_FILE])
def test_a_pipe_in_a_run_folder_is_refused_and_nobody_waits_for_it(tmp_path, name):
    make_run(tmp_path)
    (tmp_path / name).unlink(missing_ok=True)
    os.mkfifo(tmp_path / name)

    with pytest.raises((ModelError, UsageError), match=name):
        reopen(tmp_path)
