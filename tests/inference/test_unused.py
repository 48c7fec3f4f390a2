"""Channels that no picture reaches: their weights do not coarsen those beside them."""

from __future__ import annotations

import numpy as np
import pytest

from digitcli.data.drawn.synthetic import draw
from digitcli.inference.engine import Engine
from digitcli.inference.quantize import quantize
from digitcli.inference.unused import with_small_unused
from digitcli.model.layers import Conv, Dense, GlobalAveragePool, MaxPool
from digitcli.model.spec import NetworkSpec
from digitcli.model.weights import Weights

CHAINS = {
    "flattened": (Conv(4, 5, stride=2), MaxPool(), Dense(8, "relu"), Dense(10)),
    "averaged": (Conv(4), MaxPool(), Conv(8), GlobalAveragePool(), Dense(10)),
}


@pytest.fixture(params=CHAINS)
def weights(request):
    """Channel 1 of the first layer is always 0, and its weights are 1,000 times larger."""
    spec = NetworkSpec("test", CHAINS[request.param])
    rng = np.random.default_rng(3)
    tensors = {
        name: rng.standard_normal(shape, dtype=np.float32) * np.float32(0.3)
        for name, shape in spec.tensors.items()
    }
    first, second = [step.name for step in spec.steps if step.tensors][:2]
    tensors[f"{first}.bias"][1] = -1e4
    last = tensors[f"{second}.weight"]
    last.reshape(-1, 4, last.shape[-1])[:, 1] *= 1000
    return Weights(spec, tensors)


@pytest.fixture(scope="module")
def images():
    return draw(200, seed=4)[0]


def test_the_float_network_answers_as_before_bit_for_bit(weights, images):
    changed = with_small_unused(weights, [images])

    before, after = (Engine(one).predict(images).probabilities for one in (weights, changed))
    assert np.array_equal(before, after)
    assert read_by_second(changed) < 2 < 100 < read_by_second(weights)


def test_large_weights_of_an_unused_channel_cost_no_digits(weights, images):
    expected = Engine(weights).predict(images).probabilities
    found = Engine(quantize(weights, images).weights).predict(images).probabilities

    assert np.abs(found - expected).max() < 0.15


def test_a_network_whose_channels_are_all_used_stays_as_it_is(images):
    spec = NetworkSpec("test", CHAINS["averaged"])
    tensors = {name: np.ones(shape, np.float32) for name, shape in spec.tensors.items()}

    found = with_small_unused(Weights(spec, tensors), [images])

    assert all(np.array_equal(found.arrays[name], tensors[name]) for name in tensors)


def read_by_second(weights):
    """The largest weight of the second layer that has weights."""
    name = [step.name for step in weights.spec.steps if step.tensors][1]
    return np.abs(weights.arrays[f"{name}.weight"]).max()
