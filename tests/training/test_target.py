"""When a run has reached the accuracy that it was asked for."""

from __future__ import annotations

import pytest

from digitcli.errors import UsageError
from digitcli.training.recipes import Recipe
from digitcli.training.run.history import EpochRow
from digitcli.training.target import Target

VALIDATED = Recipe(epochs=1)
TESTED = Recipe(epochs=1, validation=0, test_every_epoch=True)


def epoch(validation=None, test=None):
    return EpochRow(1, 10, 0.5, 0.9, 0.1, validation, 0.1, test, 0.001, 1000.0, 1.0)


def test_validation_decides_where_there_is_some_else_the_test_set():
    both = [epoch(validation=0.99, test=0.1)]

    assert Target(99, VALIDATED).measured_on == "validation"
    assert Target(99, VALIDATED).reached(both)
    assert Target(99, TESTED).measured_on == "test"
    assert not Target(99, TESTED).reached(both)


@pytest.mark.parametrize("percent", [99.2, 99.5, 97.7, 100])
def test_exactly_the_target_is_enough_and_one_picture_less_is_not(percent):
    right = round(100 * percent)  # of 10,000
    target = Target(percent, VALIDATED)

    assert target.reached([epoch(right / 10_000)])
    assert not target.reached([epoch((right - 1) / 10_000)])


def test_the_last_epoch_decides_since_its_weights_are_written():
    assert not Target(99, VALIDATED).reached([epoch(0.995), epoch(0.985)])
    assert not Target(99, VALIDATED).reached([])


@pytest.mark.parametrize(
    ("percent", "hint"), [(0.995, "did you mean 99.5?"), (0, ""), (101, ""), (float("nan"), "")]
)
def test_what_is_no_percentage_is_refused(percent, hint):
    with pytest.raises(UsageError, match="percentage above 1") as refused:
        Target(percent, VALIDATED)

    assert refused.value.hint == hint


def test_a_recipe_that_measures_nothing_cannot_have_a_target():
    with pytest.raises(UsageError, match="nothing is measured"):
        Target(99, Recipe(epochs=1, validation=0))
