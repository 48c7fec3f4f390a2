"""Networks that read lines, on pictures of any width, against the oracle."""

from __future__ import annotations

from dataclasses import replace

import int8_reference
import numpy as np
import pytest
import reference

from digitcli.errors import DataError, ModelError, UsageError
from digitcli.inference.description import describe_int8_layers
from digitcli.inference.engine import Engine, at_size, make_network
from digitcli.inference.line_engine import MOST_WIDTH, WIDTH_STEP, LineEngine
from digitcli.inference.quantize import quantize
from digitcli.model.layers import Conv, Dense, MaxPool
from digitcli.model.spec import NetworkSpec
from digitcli.model.weights import Weights, load_weights, save_weights

LAYERS = (
    Conv(6),
    MaxPool(),
    Conv(20),
    MaxPool((2, 1), (2, 1)),
    Conv(24, (4, 3), padding="valid"),
    Conv(16, (1, 5), activation="linear"),
)
SPEC = NetworkSpec("lines", LAYERS, task="line", input=(16, 0, 1))


def weights(rng, spec=SPEC, **changes):
    tensors = {
        name: np.float32(rng.standard_normal(shape) / np.sqrt(np.prod(shape[:-1])))
        for name, shape in spec.tensors.items()
    }
    return Weights(spec, tensors, **changes)


def pictures(rng, count, width):
    return rng.integers(0, 256, (count, 16, width), dtype=np.uint8)


def exact(found, images):
    """The answer of float64 NumPy."""
    x = np.float64(images)[..., None] * SPEC.scale
    for step in SPEC.steps:
        layer = step.layer
        if isinstance(layer, MaxPool):
            x, _ = reference.max_pool(x, size=layer.size, stride=layer.stride)
            continue
        arrays = (found.arrays[f"{step.name}.{part}"] for part in ("weight", "bias"))
        same, relu = layer.padding == "same", layer.activation == "relu"
        x, _ = reference.conv(x, *arrays, stride=layer.stride, same=same, relu=relu)
    return reference.softmax(x)[:, 0]


@pytest.mark.parametrize("width", [32, 64, 160])
def test_every_column_has_the_probabilities_of_the_oracle(isa, rng, width):
    found, images = weights(rng), pictures(rng, 3, width)

    columns = LineEngine(found, isa=isa).columns(images)

    assert columns.shape == (3, width // 2 - 2, 16)
    np.testing.assert_allclose(columns, exact(found, images), atol=2e-5)


@pytest.mark.parametrize("width", [1, 31, 33, 100])
def test_other_widths_are_filled_up_with_paper(isa, rng, width):
    engine, images = LineEngine(weights(rng), isa=isa), pictures(rng, 2, width)
    whole = WIDTH_STEP * -(-width // WIDTH_STEP)
    filled = np.pad(images, ((0, 0), (0, 0), (0, whole - width)))

    np.testing.assert_array_equal(engine.columns(images), engine.columns(filled))


def test_the_same_bits_for_any_thread_count_and_batch(isa, rng):
    engine, images = LineEngine(weights(rng), isa=isa), pictures(rng, 9, 96)
    alone = [engine.columns(images[k : k + 1])[0] for k in range(9)]

    for threads in (1, 2, 3):
        np.testing.assert_array_equal(engine.columns(images, threads), alone)


def test_temperature_divides_the_logits_of_every_column(rng):
    found, images = weights(rng), pictures(rng, 2, 64)

    even = LineEngine(replace(found, temperature=2.0)).columns(images)

    squared = even**2
    plain = squared / squared.sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(plain, LineEngine(found).columns(images), atol=1e-5)


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((2, 17, 40), r"expected pictures \(n, 16, width\), got \(2, 17, 40\)"),
        ((16, 40), "expected pictures"),
        ((1, 16, 0), "expected pictures"),
        ((1, 16, MOST_WIDTH + 1), "is 20,001 pixels wide, at most 20,000"),
    ],
)
def test_what_is_no_line_is_refused(rng, shape, words):
    with pytest.raises(DataError, match=words):
        LineEngine(weights(rng)).columns(np.zeros(shape, np.uint8))


def test_pictures_of_another_type_and_impossible_threads_are_refused(rng):
    engine = LineEngine(weights(rng))

    with pytest.raises(DataError, match="must be uint8"):
        engine.columns(np.zeros((1, 16, 32), np.float32))
    with pytest.raises(UsageError, match="threads must be"):
        engine.columns(np.zeros((1, 16, 32), np.uint8), threads=-1)


def test_the_widest_line_is_read(rng):
    columns = LineEngine(weights(rng)).columns(np.zeros((1, 16, MOST_WIDTH), np.uint8))

    np.testing.assert_allclose(columns.sum(-1), 1, atol=1e-5)


def test_weights_of_one_kind_are_refused_where_the_other_is_needed(rng):
    digits = NetworkSpec("ten", (Dense(10),))

    with pytest.raises(ModelError, match="lines: these weights read whole lines"):
        Engine(weights(rng))
    with pytest.raises(ModelError, match="ten: these weights read single digits"):
        LineEngine(weights(rng, digits))


def bytes_of(found, images):
    """The answer of the oracle of whole numbers, for int8 weights."""
    logits = int8_reference.run(describe_int8_layers(found), images[..., None])
    return reference.softmax(np.float64(logits)[:, 0] / found.temperature)


@pytest.mark.parametrize("width", [32, 96, 800])
def test_int8_columns_are_exactly_those_of_the_oracle_and_near_float32(isa, rng, width):
    source = weights(rng, temperature=1.5)
    calibration = [pictures(rng, 40, 64), pictures(rng, 70, 96)]
    found, images = quantize(source, *calibration).weights, pictures(rng, 2, width)

    columns = LineEngine(found, isa=isa).columns(images)

    np.testing.assert_allclose(columns, bytes_of(found, images), rtol=2e-6, atol=1e-30)
    np.testing.assert_allclose(columns, LineEngine(source).columns(images), atol=0.05)


def test_int8_columns_are_the_same_bits_on_every_isa_and_thread_count(isa, rng):
    found = quantize(weights(rng), pictures(rng, 100, 64)).weights
    images = pictures(rng, 5, 160)
    expected = LineEngine(found, isa="baseline").columns(images)

    for threads in (1, 2, 5):
        np.testing.assert_array_equal(LineEngine(found, isa=isa).columns(images, threads), expected)


def test_int8_weights_for_lines_are_saved_and_calibrated_on_all_widths(rng, tmp_path):
    dark, light = np.zeros((99, 16, 32), np.uint8), np.full((1, 16, 64), 255, np.uint8)

    found = quantize(weights(rng), dark, light).weights
    save_weights(tmp_path / "w8.npz", found)

    again = load_weights(tmp_path / "w8.npz")
    assert again.trained["quantized"]["images"] == 100
    largest = [layer["output"]["largest"] for layer in again.trained["quantized"]["layers"][:2]]
    assert min(largest) > 0, "the light picture is the only one that wakes a neuron"
    np.testing.assert_array_equal(
        LineEngine(again).columns(light), LineEngine(found).columns(light)
    )


def test_too_few_lines_of_all_widths_together_are_refused(rng):
    with pytest.raises(UsageError, match="at least 100 to calibrate on, got 99"):
        quantize(weights(rng), pictures(rng, 90, 32), pictures(rng, 9, 64))


def test_engines_of_all_widths_share_weights_that_are_packed_once(rng):
    found, images = weights(rng), pictures(rng, 1, 96)
    network = make_network(found, (16, 32, 1))
    expected = network.at((16, 96, 1)).run_to_bytes(images)

    for tensor in found.arrays.values():
        tensor[...] = 0  # what is packed is not read again

    assert network.at((16, 96, 1)).run_to_bytes(images) == expected
    assert make_network(found, (16, 96, 1)).at((16, 96, 1)).run_to_bytes(images) != expected


def test_pictures_to_which_no_engine_of_a_network_fits_are_refused(rng):
    network = make_network(weights(rng), (16, 32, 1))

    with pytest.raises(ModelError, match="conv3"):
        at_size(network, (8, 32, 1))


@pytest.mark.parametrize("count", [1, 3, 9])
def test_wide_lines_are_cut_into_bands_with_the_same_bits(isa, rng, count):
    found, images = weights(rng), pictures(rng, count, 1600)
    engine = LineEngine(found, isa=isa)

    alone = np.stack([engine.columns(images[k : k + 1])[0] for k in range(count)])

    for threads in (1, 2, 5):
        np.testing.assert_array_equal(engine.columns(images, threads), alone)
    np.testing.assert_allclose(alone, exact(found, images), atol=2e-5)
