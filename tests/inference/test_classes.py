"""Engines for other numbers of classes than ten, in both precisions."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from class_weights import CLOTHES, class_weights, names

from digitcli.inference.engine import Engine
from digitcli.inference.quantize import quantize


@pytest.fixture
def pictures(rng):
    return rng.integers(0, 256, (100, 28, 28), np.uint8)


def exact(weights, images):
    """Probabilities of the network in float64."""
    x = images[..., None] * np.float64(weights.spec.scale)
    arrays = {name: array.astype(np.float64) for name, array in weights.arrays.items()}
    x = convolved(x, arrays["conv1.weight"], arrays["conv1.bias"])
    x = x.reshape(len(x), 14, 2, 14, 2, -1).max(axis=(2, 4))
    x = convolved(x, arrays["conv2.weight"], arrays["conv2.bias"]).mean(axis=(1, 2))
    logits = x @ arrays["dense1.weight"] + arrays["dense1.bias"]
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def convolved(x, weight, bias):
    height, width = x.shape[1:3]
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    places = ((row, column) for row in range(3) for column in range(3))
    total = sum(padded[:, r : r + height, c : c + width] @ weight[r, c] for r, c in places)
    return np.maximum(total + bias, 0)


@pytest.mark.parametrize("count", [2, 3, 10, 17, 26, 100])
def test_any_number_of_classes_is_computed_as_in_float64(pictures, count):
    weights = class_weights(names(count))

    found = Engine(weights).predict(pictures)

    assert found.probabilities.shape == (100, count)
    assert np.abs(found.probabilities - exact(weights, pictures)).max() < 1e-5


@pytest.mark.parametrize("count", [2, 26, 100])
def test_int8_has_as_many_classes(pictures, count):
    weights = class_weights(names(count))

    small = quantize(weights, pictures).weights

    assert small.spec.classes == names(count)
    found = Engine(small).predict(pictures).probabilities
    assert np.abs(found - exact(weights, pictures)).max() < 0.1


def test_a_prediction_names_what_it_saw(pictures):
    found = Engine(class_weights()).predict(pictures)

    assert found.names == CLOTHES
    assert found.labels == [CLOTHES[number] for number in found.classes]
    assert pickle.loads(pickle.dumps(Engine(class_weights()))).spec.classes == CLOTHES


def test_no_pictures_have_no_answers():
    found = Engine(class_weights()).predict(np.zeros((0, 28, 28), np.uint8))

    assert found.probabilities.shape == (0, 3)
    assert found.labels == []
