"""Quantising: what comes out, what is refused, and that the engine computes it exactly."""

from __future__ import annotations

from dataclasses import replace

import int8_reference
import numpy as np
import pytest
import reference

from digitcli.errors import ModelError, UsageError
from digitcli.inference.calibration import choose_range
from digitcli.inference.description import describe_int8_layers, describe_layers
from digitcli.inference.engine import Engine
from digitcli.inference.fold import fold_linear_chains
from digitcli.inference.quantize import MIN_IMAGES, quantize
from digitcli.model.precision import INT8
from digitcli.model.spec import NetworkSpec
from digitcli.model.weights import Weights, load_weights, save_weights

CONV = {"type": "conv", "filters": 12, "kernel": 5, "stride": 2}
POOL = {"type": "max_pool", "padding": "same"}
LAST = {"type": "dense", "units": 10}


def relu(units):
    return {"type": "dense", "units": units, "activation": "relu"}


@pytest.fixture
def network(rng):
    """Make float32 weights of these layers, with the spread that training begins with."""

    def make(*layers):
        spec = NetworkSpec.from_json({"name": "test", "layers": list(layers)})
        tensors = {
            name: np.float32(rng.standard_normal(shape) * np.sqrt(2 / np.prod(shape[:-1])))
            for name, shape in spec.tensors.items()
        }
        return Weights(spec, tensors, {"seed": 7})

    return make


@pytest.fixture
def images(rng):
    return rng.integers(0, 256, (150, 28, 28), dtype=np.uint8)


def int8_probabilities(weights, images):
    logits = int8_reference.run(describe_int8_layers(weights), images[..., None])
    return reference.softmax(np.float64(logits.reshape(len(images), -1)))


def test_the_temperature_is_kept_and_divides_the_logits(network, images, isa):
    weights = replace(network(CONV, relu(30), LAST), temperature=2.5)

    quantized = quantize(weights, images).weights

    assert quantized.temperature == 2.5
    logits = int8_reference.run(describe_int8_layers(quantized), images[..., None])
    exact = reference.softmax(np.float64(logits.reshape(len(images), -1)) / 2.5)
    found = Engine(quantized, isa=isa).predict(images).probabilities
    np.testing.assert_allclose(found, exact, rtol=0, atol=1e-6)
    plain = Engine(quantized, isa=isa).at_temperature(1.0).predict(images).probabilities
    np.testing.assert_array_equal(plain.argmax(axis=1), found.argmax(axis=1))
    assert plain.max(axis=1).mean() > found.max(axis=1).mean()


def test_folding_keeps_the_temperature(network):
    weights = replace(network({"type": "dense", "units": 30}, LAST), temperature=0.5)

    folded, chains = fold_linear_chains(weights)

    assert chains
    assert folded.temperature == 0.5


@pytest.mark.parametrize(
    "layers",
    [
        [CONV, POOL, {"type": "conv", "filters": 20}, relu(40), LAST],
        [{"type": "conv", "filters": 7}, {"type": "global_average_pool"}, LAST],
        [{"type": "max_pool"}, {"type": "conv", "filters": 10}, {"type": "global_average_pool"}],
        [LAST],
    ],
    ids=["every-kind", "average-inside", "average-last", "dense-only"],
)
def test_the_engine_computes_int8_weights_exactly_and_near_float32(network, images, isa, layers):
    weights = network(*layers)
    quantized = quantize(weights, images).weights

    answers = Engine(quantized, isa=isa).predict(images).probabilities

    exact = int8_probabilities(quantized, images)
    np.testing.assert_allclose(answers, exact, rtol=2e-7, atol=1e-30)
    x = np.float32(images[..., None]) * np.float32(weights.spec.scale)
    logits, _ = reference.run(describe_layers(weights), x)
    float32 = reference.softmax(logits.reshape(len(images), -1))
    assert np.abs(exact - float32).max() < 0.05


def test_all_isas_and_thread_counts_return_the_same_bits(network, images, isa):
    quantized = quantize(network(CONV, POOL, relu(300), LAST), images).weights
    expected = Engine(quantized, isa="baseline").predict(images).probabilities

    for threads in (1, 2, 5):
        answers = Engine(quantized, isa=isa).predict(images, threads).probabilities
        np.testing.assert_array_equal(answers, expected)
    alone = [Engine(quantized, isa=isa).predict(images[:1], threads) for threads in (1, 2)]
    np.testing.assert_array_equal(alone[0].probabilities, expected[:1])
    np.testing.assert_array_equal(alone[1].probabilities, expected[:1])


def test_weights_use_all_of_their_range_in_every_channel(network, images):
    quantized = quantize(network(CONV, LAST), images).weights

    weight = quantized.tensors["conv1.weight"]
    assert quantized.precision == INT8
    np.testing.assert_array_equal(np.abs(weight).max(axis=(0, 1, 2)), 127)


def test_weights_and_biases_come_back_to_within_half_a_step(network, images):
    source = network(CONV, LAST)
    tensors = quantize(source, images).weights.tensors

    scale = np.float64(tensors["conv1.scale"])
    error = tensors["conv1.weight"] * scale - source.tensors["conv1.weight"]
    assert (np.abs(error) <= scale * 0.5000001).all()
    step = scale * source.spec.scale
    error = tensors["conv1.bias"] * step - source.tensors["conv1.bias"]
    assert (np.abs(error) <= step * 0.5000001).all()


def test_a_channel_of_zeros_and_a_large_bias_survive(network, images):
    source = network({"type": "conv", "filters": 3}, LAST)
    source.tensors["conv1.weight"][..., 1] = 0
    source.tensors["conv1.bias"][:] = (0, 1000, -1000)
    quantized = quantize(source, images).weights

    bias = np.float64(quantized.tensors["conv1.bias"]) * quantized.tensors["conv1.scale"]
    np.testing.assert_allclose(bias * source.spec.scale, (0, 1000, -1000), rtol=1e-6)
    Engine(quantized).predict(images)


def test_a_linear_chain_is_folded_and_named(network, images):
    linear = [{"type": "dense", "units": 30}, {"type": "dense", "units": 40}]
    source = network(CONV, *linear, LAST)

    folded, chains = fold_linear_chains(source)

    assert chains == (("dense1", "dense2", "dense3"),)
    assert folded.spec.tensors["dense1.weight"] == (14 * 14 * 12, 10)
    before, after = (Engine(w).predict(images).probabilities for w in (source, folded))
    np.testing.assert_allclose(before, after, atol=1e-5)
    assert quantize(source, images).folded == chains


def test_what_has_a_relu_is_not_folded(network):
    source = network(CONV, relu(30), LAST)

    folded, chains = fold_linear_chains(source)

    assert (chains, folded.spec) == ((), source.spec)


def test_a_layer_that_can_be_negative_is_refused_by_name(network, images):
    source = network(CONV | {"activation": "linear"}, LAST)

    with pytest.raises(ModelError, match="conv1: no ReLU before the next layer"):
        quantize(source, images)


def test_int8_weights_are_not_quantised_again(network, images):
    once = quantize(network(LAST), images).weights

    with pytest.raises(ModelError, match="expected float32 weights, found int8"):
        quantize(once, images)


def test_too_few_pictures_are_refused(network, images):
    with pytest.raises(UsageError, match=f"expected at least {MIN_IMAGES} .*, got 99"):
        quantize(network(LAST), images[:99])


def test_pictures_that_wake_no_neuron_still_give_a_network(network):
    source = network(CONV, LAST)
    source.tensors["conv1.bias"][:] = -100

    quantized = quantize(source, np.zeros((MIN_IMAGES, 28, 28), np.uint8))

    assert quantized.layers[0].output.zeros == 1.0
    Engine(quantized.weights).predict(np.full((1, 28, 28), 255, np.uint8))


def test_an_outlier_is_clipped_and_an_even_spread_is_not():
    even = np.ones(4096)
    outlier = np.zeros(4096)
    outlier[:1024] = 1000
    outlier[-1] = 1

    assert choose_range(1.0, even).range == 1.0
    assert choose_range(1.0, outlier).range < 0.5
    assert choose_range(1.0, outlier).clipped == pytest.approx(1 / (1024 * 1000 + 1))


def test_what_is_saved_comes_back(network, images, tmp_path):
    quantized = quantize(network(CONV, POOL, relu(30), LAST), images).weights

    save_weights(tmp_path / "w8.npz", quantized)

    again = load_weights(tmp_path / "w8.npz")
    assert (again.spec, again.precision) == (quantized.spec, INT8)
    assert again.trained["quantized"]["images"] == len(images)
    assert list(again.tensors) == list(quantized.tensors)
    for name, tensor in quantized.tensors.items():
        np.testing.assert_array_equal(again.tensors[name], tensor, strict=True)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("conv1.scale", np.zeros(12, np.float32), "scales must be above 0, found 0.0"),
        ("conv1.output", np.float32([np.inf]), "1 of 1 values are not finite"),
        ("conv1.output", np.float32([np.nan]), "scales must be above 0"),
        ("conv1.weight", np.zeros((5, 5, 1, 12), np.float32), "expected int8, found float32"),
        ("conv1.bias", np.zeros(11, np.int32), r"expected \(12,\) from the spec, found \(11,\)"),
        ("dense1.output", np.ones(1, np.float32), "'dense1.output' not in the spec"),
    ],
)
def test_int8_tensors_that_do_not_fit_the_spec_are_refused(network, images, name, value, message):
    quantized = quantize(network(CONV, LAST), images).weights

    with pytest.raises(ModelError, match=message):
        Weights(quantized.spec, {**quantized.tensors, name: value}, {}, INT8)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("dense1.bias", np.full(10, 2**31 - 1, np.int32), "dense1: sums of unit 0 can leave 32"),
        ("conv1.output", np.float32([1e-45]), "conv1: the scales around it do not fit"),
    ],
)
def test_values_that_no_engine_can_run_are_refused(network, images, name, value, message):
    quantized = quantize(network(CONV, LAST), images).weights
    changed = Weights(quantized.spec, {**quantized.tensors, name: value}, {}, INT8)

    with pytest.raises(ModelError, match=message):
        Engine(changed)
