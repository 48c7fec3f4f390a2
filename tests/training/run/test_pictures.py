"""Data that cannot be learnt from is refused before the first step."""

from __future__ import annotations

import numpy as np
import pytest

from digitcli.data.store import Split
from digitcli.errors import DataError
from digitcli.training.recipes import Recipe
from digitcli.training.run.pictures import check_split, divide, epoch_order

IMAGES = np.zeros((20, 28, 28), np.uint8)
LABELS = (np.arange(20) % 10).astype(np.uint8)


def split(images=IMAGES, labels=LABELS, which="train"):
    return Split("drawn", which, images, labels, "0" * 64)


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (IMAGES, LABELS[:-1], "drawn, train: 20 pictures, but 19 labels"),
        (IMAGES[:0], LABELS[:0], "drawn, train: no pictures"),
        (IMAGES, LABELS * 0 + 3, "drawn, train: every label is 3, expected at least two"),
        (IMAGES, LABELS + 1, "drawn, train: label 9 is 10, expected 0 to 9"),
        (IMAGES.astype(np.float32), LABELS, "pictures must be uint8 (n, 28, 28), got float32"),
        (IMAGES.reshape(20, 784), LABELS, "must be uint8 (n, 28, 28), got uint8 (20, 784)"),
        (IMAGES, LABELS.astype(np.int64), "labels must be uint8 (n,), got int64 (20,)"),
        (IMAGES, LABELS[:, None], "labels must be uint8 (n,), got uint8 (20, 1)"),
    ],
)
def test_data_that_is_no_training_set_is_refused_with_what_was_found(images, labels, message):
    with pytest.raises(DataError) as caught:
        check_split(split(images, labels))

    assert message in str(caught.value)


def test_pictures_of_one_digit_can_be_tested_on():
    check_split(split(labels=LABELS * 0, which="test"))


def test_another_seed_validates_on_the_same_pictures_and_another_validation_seed_on_others():
    recipe = {"epochs": 1, "batch_size": 2, "validation": 10}

    first, other = (divide(split(), Recipe(seed=seed, **recipe))[1] for seed in (1, 2))
    moved = divide(split(), Recipe(validation_seed=1, **recipe))[1]

    np.testing.assert_array_equal(first, other)
    assert (first != moved).any()


def test_an_epoch_visits_every_picture_once_in_its_own_order():
    first, second, again = (epoch_order(50, 3, epoch) for epoch in (0, 1, 0))

    assert sorted(first) == list(range(50))
    assert (first != second).any()
    np.testing.assert_array_equal(first, again)
