"""What every layer makes of a picture, compared with the oracle layer by layer."""

from __future__ import annotations

import int8_reference
import networks
import numpy as np
import pytest
import reference

from digitcli import _core
from digitcli.errors import DataError, UsageError
from digitcli.inference.description import describe_int8_layers, describe_layers
from digitcli.inference.engine import Engine
from digitcli.inference.quantize import quantize
from digitcli.model.layers import Conv, Dense, GlobalAveragePool, MaxPool
from digitcli.model.spec import NetworkSpec
from digitcli.model.weights import Weights

NETWORKS = {
    "dense alone": [Dense(10)],
    "linear chain": [Dense(40), Dense(30), Dense(10)],
    "average alone": [Conv(10, kernel=1, activation="linear"), GlobalAveragePool()],
    "pool first": [MaxPool(3, 2, "same"), Conv(9), GlobalAveragePool(), Dense(10)],
    "fused pools": [Conv(12), MaxPool(), Conv(20), MaxPool(), Conv(33, padding="valid"), Dense(10)],
    "wide windows": [Conv(17, 5), MaxPool(), Conv(18, 5), MaxPool(), Dense(50, "relu"), Dense(10)],
    "strides": [Conv(8, 7, 3), Conv(11, 2, 2, "valid", "linear"), MaxPool(2, 1, "same"), Dense(10)],
    "one pixel": [Conv(4, 28, padding="valid"), Conv(65, 3), MaxPool(1, 1), Dense(10)],
}

# Every layer but the last ends in a ReLU, as int8 needs it.
INT8_NETWORKS = {
    name: NETWORKS[name] for name in ("dense alone", "pool first", "fused pools", "wide windows")
}


def weights_of(layers, rng):
    spec = NetworkSpec("test", tuple(layers))
    tensors = {
        name: np.float32(rng.standard_normal(shape) / np.sqrt(np.prod(shape[:-1])))
        for name, shape in spec.tensors.items()
    }
    return Weights(spec, tensors)


def random_layers(rng):
    """Any stack that a spec may hold, with windows and strides that fit."""
    layers, size = [], 28
    while size > 2 and len(layers) < 6 and rng.random() < 0.9:
        window, stride = int(rng.integers(1, min(size, 6) + 1)), int(rng.integers(1, 4))
        padding = str(rng.choice(["same", "valid"]))
        if rng.random() < 0.4:
            layers.append(MaxPool(window, stride, padding))
        else:
            activation = str(rng.choice(["relu", "linear"]))
            layers.append(Conv(int(rng.integers(1, 40)), window, stride, padding, activation))
        size = layers[-1].output_shape("layer", (size, size, 1))[0]
    if rng.random() < 0.3:
        layers.append(GlobalAveragePool())
    for _ in range(rng.integers(0, 3)):
        layers.append(Dense(int(rng.integers(1, 60)), str(rng.choice(["relu", "linear"]))))
    return [*layers, Dense(10)]


def check_against_the_oracle(weights, images, isa, threads=1):
    found = Engine(weights, isa=isa).activations(images, threads)

    x = (np.float32(images) * np.float32(weights.spec.scale))[..., None]  # as the engine reads it
    layers = describe_layers(weights)
    assert [layer.name for layer in found] == [layer["name"] for layer in layers]
    for number, (layer, step) in enumerate(zip(found, weights.spec.steps, strict=True), 1):
        exact, bound = reference.run(layers[:number], x)
        assert layer.kind == step.layer.kind
        assert layer.shape == step.output_shape
        assert layer.values.shape == (len(images), *layer.shape)
        assert layer.values.dtype == np.float32
        off = np.abs(layer.values.reshape(exact.shape) - exact)
        assert (off <= bound).all(), f"{layer.name}: off by {off.max()}"


@pytest.mark.parametrize("layers", NETWORKS.values(), ids=NETWORKS)
def test_every_layer_is_what_the_oracle_says(isa, layers, rng):
    images = rng.integers(0, 256, (3, 28, 28), dtype=np.uint8)

    check_against_the_oracle(weights_of(layers, rng), images, isa)


@pytest.mark.parametrize("seed", range(10))
def test_every_layer_of_a_random_network_is_what_the_oracle_says(isa, seed):
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (2, 28, 28), dtype=np.uint8)

    check_against_the_oracle(weights_of(random_layers(rng), rng), images, isa)


@pytest.mark.parametrize("threads", [2, 5])
@pytest.mark.parametrize("count", [1, 3, 70])
def test_neither_threads_nor_the_rest_of_the_batch_change_a_bit_of_a_layer(
    isa, rng, count, threads
):
    engine = Engine(weights_of(NETWORKS["fused pools"], rng), isa=isa)
    images = rng.integers(0, 256, (count, 28, 28), dtype=np.uint8)

    together = engine.activations(images, threads)

    for picture in (0, count - 1):
        alone = engine.activations(images[picture : picture + 1])
        for one, other in zip(together, alone, strict=True):
            np.testing.assert_array_equal(one.values[picture], other.values[0])


def test_the_last_layer_holds_the_logits_of_the_prediction(rng):
    engine = Engine(weights_of(NETWORKS["wide windows"], rng))
    images = rng.integers(0, 256, (4, 28, 28), dtype=np.uint8)

    logits = engine.activations(images)[-1].values

    shares = reference.softmax(np.float64(logits))
    np.testing.assert_allclose(engine.predict(images).probabilities, shares, atol=1e-6)


def test_an_engine_without_joining_passes_is_not_made_twice(rng):
    engine = Engine(weights_of([Dense(10)], rng), without=("fold", "fuse"))

    assert engine._one_by_one is engine.core


def test_steps_that_join_layers_tell_what_comes_out_of_the_last(rng):
    layers = [networks.conv(rng, 1, 9), networks.pool(), networks.dense(rng, 2 * 3 * 9, 10)]
    images = rng.integers(0, 256, (2, 4, 6), dtype=np.uint8)

    joined = _core.Engine((4, 6, 1), 1.0, layers).activations(images)
    apart = _core.Engine((4, 6, 1), 1.0, layers, without=["fuse"]).activations(images)

    assert [values.shape for values in joined] == [(2, 2, 3, 9), (2, 1, 1, 10)]
    np.testing.assert_array_equal(joined[0], apart[1])


def test_no_pictures_have_empty_activations(rng):
    found = Engine(weights_of([Conv(3), Dense(10)], rng)).activations(
        np.empty((0, 28, 28), np.uint8)
    )

    assert [layer.values.shape for layer in found] == [(0, 28, 28, 3), (0, 10)]


@pytest.mark.parametrize("layers", INT8_NETWORKS.values(), ids=INT8_NETWORKS)
def test_an_int8_layer_is_its_bytes_times_what_each_stands_for(isa, layers, rng):
    images = rng.integers(0, 256, (100, 28, 28), dtype=np.uint8)
    weights = quantize(weights_of(layers, rng), images).weights

    found = Engine(weights, isa=isa).activations(images[:5], threads=2)

    described, scale = describe_int8_layers(weights), weights.spec.scale
    for number, (layer, step) in enumerate(zip(found, weights.spec.steps, strict=True), 1):
        exact = int8_reference.run(described[:number], images[:5, ..., None])
        stored = weights.arrays.get(f"{step.name}.output")
        scale = scale if stored is None else float(stored[0])
        one = np.float32(scale) if exact.dtype == np.uint8 else np.float32(1)
        assert layer.values.dtype == np.float32
        np.testing.assert_array_equal(layer.values, (exact * one).reshape(layer.values.shape))


def test_the_layers_of_an_int8_network_are_near_those_of_float32(rng):
    images = rng.integers(0, 256, (100, 28, 28), dtype=np.uint8)
    weights = weights_of(INT8_NETWORKS["fused pools"], rng)

    exact = Engine(weights).activations(images[:5])
    found = Engine(quantize(weights, images).weights).activations(images[:5])

    for one, other in zip(exact, found, strict=True):
        off = np.abs(one.values - other.values)
        assert off.mean() < 0.05 * np.abs(one.values).mean(), one.name


def test_other_pictures_and_threads_are_refused_as_by_predict(rng):
    engine = Engine(weights_of([Dense(10)], rng))

    with pytest.raises(DataError, match=r"images must have shape \(n, 28, 28\)"):
        engine.activations(np.zeros((1, 27, 28), np.uint8))
    with pytest.raises(DataError, match="images must be uint8, got float32"):
        engine.activations(np.zeros((1, 28, 28), np.float32))
    with pytest.raises(UsageError, match="threads must be from 0"):
        engine.activations(np.zeros((1, 28, 28), np.uint8), threads=-1)
    with pytest.raises(_core.BadNetworkError, match="only networks that take grey pictures"):
        _core.Engine((5, 5, 3), 1.0, [networks.conv(rng, 3, 10)]).activations(
            np.zeros((1, 5, 5), np.uint8)
        )
