"""What tests do with trainings of a few steps: run them, and compare what they leave."""

from __future__ import annotations

import csv

import numpy as np

from digitcli.model.weights import load_weights


def train_digits(folder, spec, recipe, splits, observer, **options):
    """Train into a folder. TensorFlow is imported here."""
    from digitcli.training.run.digits import DigitTask
    from digitcli.training.run.folder import train_into

    return train_into(folder, DigitTask(spec, recipe, *splits), observer, **options)


def tensors_of(folder):
    """The arrays of a run's weights."""
    return load_weights(folder / "weights.npz").arrays


def assert_same_weights(one, other):
    """Two runs gave the same bits."""
    for name, tensor in tensors_of(one).items():
        np.testing.assert_array_equal(tensor, tensors_of(other)[name])


def history_of(folder):
    """A run's epochs, as its table has them."""
    return list(csv.DictReader((folder / "history.csv").read_text().splitlines()))
