"""The validation split: complete, disjoint, stratified, and fixed by its seed."""

from __future__ import annotations

import numpy as np
import pytest

from digitcli.data.splits import validation_split
from digitcli.errors import UsageError

LABELS = np.repeat(np.arange(10, dtype=np.uint8), [50, 70, 30, 40, 60, 50, 50, 50, 51, 49])


@pytest.mark.parametrize("count", [0, 1, 7, 10, 100, 499])
def test_the_two_parts_are_disjoint_and_complete(count):
    train, validation = validation_split(LABELS, count, seed=3)

    assert len(validation) == count
    assert np.array_equal(np.sort(np.concatenate([train, validation])), np.arange(500))
    assert (np.diff(train) > 0).all()
    assert (np.diff(validation) > 0).all()


@pytest.mark.parametrize("count", [10, 37, 100, 250])
def test_each_class_gives_its_share_within_one(count):
    _, validation = validation_split(LABELS, count, seed=3)

    given = np.bincount(LABELS[validation], minlength=10)
    assert (np.abs(given - np.bincount(LABELS) * count / 500) < 1).all()


def test_the_same_seed_gives_the_same_split_and_another_seed_another():
    first, again, other = (validation_split(LABELS, 50, seed)[1] for seed in (3, 3, 4))

    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_split_of_a_seed_never_changes():
    _, validation = validation_split(np.arange(40, dtype=np.uint8) % 4, 8, seed=1)

    assert validation.tolist() == [2, 9, 16, 18, 21, 31, 36, 39]


def test_labels_may_lack_classes():
    train, validation = validation_split(np.array([7, 7, 7, 2], np.uint8), 2, seed=0)

    assert len(train) == len(validation) == 2


@pytest.mark.parametrize("count", [-1, 500, 501])
def test_a_count_that_leaves_nothing_to_train_on_is_refused(count):
    with pytest.raises(UsageError, match="expected 0 to 499 of 500 pictures"):
        validation_split(LABELS, count, seed=0)
