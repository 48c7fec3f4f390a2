"""Recipes: the settings of presets, options and config files."""

from __future__ import annotations

import pytest

from digitcli.errors import ModelError, UsageError
from digitcli.model.presets import load_preset
from digitcli.training.augmentation import Augmentation
from digitcli.training.recipes import Recipe, parse_setting, recipe_from_table, with_changes


def test_notebook_is_trained_as_its_source_says():
    recipe = recipe_from_table(load_preset("notebook").training)

    assert recipe == Recipe(
        optimizer="adam",
        learning_rate=1e-4,
        batch_size=50,
        epochs=10,
        validation=0,
        test_every_epoch=True,
        test_chunks=100,
    )
    assert recipe.total_steps(60_000 // 50) == 12_000


def test_deck_is_trained_as_its_source_says():
    recipe = recipe_from_table(load_preset("deck").training)

    assert recipe == Recipe(optimizer="sgd", learning_rate=0.001, batch_size=100, steps=20_000)
    assert recipe.total_steps(550) == 20_000


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({}, "either epochs or steps"),
        ({"epochs": 1, "steps": 1}, "either epochs or steps"),
        ({"epochs": 0}, "epochs must be a whole number from 1 to 1000000000, got 0"),
        ({"epochs": 1.5}, "epochs must be a whole number from 1 to 1000000000, got 1.5"),
        ({"epochs": 1, "optimizer": "lion"}, "optimizer must be one of adam, adamw, muon, sgd"),
        ({"epochs": 1, "schedule": "step"}, "schedule must be one of constant, cosine, one_cycle"),
        ({"epochs": 1, "learning_rate": 0}, "learning_rate must be from 1e-09 to 10, got 0"),
        ({"epochs": 1, "learning_rate": float("nan")}, "learning_rate must be from 1e-09"),
        ({"epochs": 1, "learning_rate": "fast"}, "learning_rate must be from 1e-09"),
        ({"epochs": 1, "batch_size": True}, "batch_size must be a whole number"),
        ({"epochs": 1, "seed": -1}, "seed must be a whole number from 0 to 2147483647, got -1"),
        ({"epochs": 1, "test_every_epoch": 1}, "test_every_epoch must be true or false"),
        ({"epochs": 1, "momentum": 0.9}, "momentum belongs to optimizer sgd"),
        ({"epochs": 1, "optimizer": "adam", "weight_decay": 0.1}, "weight_decay belongs to"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(table, message):
    with pytest.raises(ModelError) as caught:
        recipe_from_table(table)

    assert message in str(caught.value)


def test_an_unknown_setting_suggests_the_nearest_one():
    with pytest.raises(ModelError) as caught:
        recipe_from_table({"epochs": 1, "learning_rat": 0.1})

    assert str(caught.value) == "training: unknown setting 'learning_rat'"
    assert caught.value.hint == "did you mean learning_rate?"


def test_setting_epochs_drops_steps_and_the_other_way_round():
    deck = recipe_from_table(load_preset("deck").training)

    by_epochs = with_changes(deck, {"epochs": 3})

    assert (by_epochs.epochs, by_epochs.steps) == (3, None)
    assert with_changes(by_epochs, {"steps": 7}).epochs is None
    with pytest.raises(UsageError, match="either epochs or steps"):
        with_changes(deck, {"epochs": 1, "steps": 1})


@pytest.mark.parametrize(
    ("text", "setting"),
    [
        ("batch_size=64", ("batch_size", 64)),
        ("learning_rate = 1e-3", ("learning_rate", 0.001)),
        ("optimizer=sgd", ("optimizer", "sgd")),
        ('optimizer="sgd"', ("optimizer", "sgd")),
        ("test_every_epoch=true", ("test_every_epoch", True)),
    ],
)
def test_settings_are_true_false_numbers_or_words(text, setting):
    assert parse_setting(text) == setting


@pytest.mark.parametrize("text", ["batch_size", "=3", ""])
def test_a_setting_without_key_or_value_is_a_usage_error(text):
    with pytest.raises(UsageError, match="expected key=value"):
        parse_setting(text)


def test_augmentation_is_a_table_of_the_recipe_and_goes_back_to_one():
    table = {"epochs": 1, "augmentation": {"rotation": 12, "shift": 2.5}}

    recipe = recipe_from_table(table)

    assert recipe.augmentation == Augmentation(rotation=12, shift=2.5)
    assert recipe_from_table(recipe.to_table()) == recipe
    assert recipe.to_table()["augmentation"] == {"rotation": 12, "shift": 2.5}
    assert "augmentation" not in recipe_from_table({"epochs": 1}).to_table()


def test_one_setting_of_augmentation_is_changed_and_the_others_stay():
    recipe = recipe_from_table({"epochs": 1, "augmentation": {"rotation": 12, "shift": 2}})

    changed = with_changes(recipe, {"augmentation.rotation": 5, "augmentation.noise": 0.1})

    assert changed.augmentation == Augmentation(rotation=5, shift=2, noise=0.1)
    assert with_changes(changed, {"seed": 1}).augmentation == changed.augmentation


@pytest.mark.parametrize(
    ("table", "message", "hint"),
    [
        ({"rotatoin": 3}, "training.augmentation: unknown setting 'rotatoin'", "rotation?"),
        ({"shift": 15}, "augmentation.shift must be from 0 to 14, got 15", ""),
        ({"scale": 1}, "augmentation.scale must be from 0 to 0.75, got 1", ""),
        ({"noise": "much"}, "augmentation.noise must be from 0 to 1, got 'much'", ""),
        ({"elastic": True}, "augmentation.elastic must be from 0 to 8, got True", ""),
        ({"stroke": float("nan")}, "augmentation.stroke must be from 0 to 2, got nan", ""),
        (3, "augmentation must be a table, got 3", ""),
    ],
)
def test_a_wrong_setting_of_augmentation_is_refused_by_name(table, message, hint):
    with pytest.raises(ModelError) as caught:
        recipe_from_table({"epochs": 1, "augmentation": table})

    assert message in str(caught.value)
    assert hint in caught.value.hint


def test_augmentation_says_whether_it_does_anything():
    assert not Augmentation()
    assert not Augmentation(elastic_smoothness=6)
    assert Augmentation(noise=0.1)
    assert Augmentation(elastic=1)
