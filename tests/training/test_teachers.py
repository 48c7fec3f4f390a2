"""Which files teachers are, and whether they have learnt validation pictures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from digitcli.errors import ModelError
from digitcli.model.weights import find_weights, load_weights
from digitcli.training.recipes import Recipe
from digitcli.training.teachers import find_teachers, knows_validation

SMALL = load_weights(find_weights("small"))


def test_a_folder_of_seeds_stands_for_all_its_runs_in_order(tmp_path):
    for seed in (10, 0, 2):
        (tmp_path / f"seed-{seed}").mkdir()
        (tmp_path / f"seed-{seed}" / "weights.npz").touch()

    found = find_teachers([str(tmp_path), "tiny"])

    assert [path.parent.name for path in found[:3]] == ["seed-0", "seed-2", "seed-10"]
    assert found[3:] == [find_weights("tiny")]


def test_a_missing_teacher_is_named(tmp_path):
    with pytest.raises(ModelError, match="nobody: no such weight file"):
        find_teachers(["small", "nobody"])


def test_a_teacher_with_the_same_validation_split_knows_nothing_of_it():
    assert not knows_validation(SMALL, Recipe(epochs=1, validation=5_000))


@pytest.mark.parametrize("other", [{"validation": 4_000}, {"validation_seed": 1}])
def test_a_teacher_with_another_split_may_know_the_validation_pictures(other):
    recipe = replace(Recipe(epochs=1, validation=5_000), **other)

    assert knows_validation(SMALL, recipe)


def test_without_validation_there_is_nothing_to_know():
    assert not knows_validation(SMALL, Recipe(epochs=1, validation=0))


def test_weights_that_do_not_say_how_they_were_made_may_know_anything():
    silent = replace(SMALL, trained={})

    assert knows_validation(silent, Recipe(epochs=1, validation=5_000))
