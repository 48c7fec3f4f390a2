"""Each kind of layer, on every ISA, against the float64 oracle."""

from __future__ import annotations

import numpy as np
import pytest
import reference
from networks import AVERAGE, pool

from digitcli import _core


def assert_within_rounding(layers, x, threads=1):
    """On every ISA; the oracle, which is slow, computes once."""
    exact, bound = reference.run(layers, x)
    for isa in _core.available_isas():
        actual = _core.run_layers(layers, x, isa=isa, threads=threads)
        assert actual.shape == exact.shape, isa
        assert (np.abs(actual - exact) <= bound).all(), isa


@pytest.mark.parametrize("filters", [1, 3, 8, 16, 17, 31, 32, 33, 70])  # around 1 and 2 vectors
@pytest.mark.parametrize("channels", [1, 3, 16, 20])
def test_conv_stays_within_float32_rounding_for_any_number_of_channels(
    conv, rng, channels, filters
):
    x = rng.standard_normal((2, 7, 6, channels), dtype=np.float32)

    assert_within_rounding([conv(channels, filters)], x)


@pytest.mark.parametrize("same", [True, False])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("window", [1, 2, 3, 5, 6])
@pytest.mark.parametrize("size", [(6, 6), (7, 9), (28, 6)])
def test_conv_stays_within_float32_rounding_for_any_window(conv, rng, size, window, stride, same):
    x = rng.standard_normal((1, *size, 3), dtype=np.float32)

    assert_within_rounding([conv(3, 5, window, stride, same)], x)


@pytest.mark.parametrize("same", [True, False])
@pytest.mark.parametrize("stride", [1, (2, 1), (1, 3)])
@pytest.mark.parametrize("window", [(5, 3), (1, 5), (3, 1), (10, 3)])
@pytest.mark.parametrize("channels", [1, 8])
def test_windows_need_not_be_square(conv, rng, channels, window, stride, same):
    x = rng.standard_normal((2, 12, 9, channels), dtype=np.float32)

    assert_within_rounding([conv(channels, 20, window, stride, same)], x)


@pytest.mark.parametrize(("size", "stride"), [((2, 1), (2, 1)), ((1, 3), (2, 2)), ((3, 2), 1)])
@pytest.mark.parametrize("same", [True, False])
def test_max_pools_need_not_be_square(conv, rng, size, stride, same):
    x = rng.standard_normal((2, 9, 8, 2), dtype=np.float32)

    assert_within_rounding([conv(2, 20), pool(size, stride, same)], x)


@pytest.mark.parametrize("width", range(1, 31))  # every height of a tile, and more than one tile
def test_conv_stays_within_float32_rounding_for_any_width(conv, rng, width):
    x = rng.standard_normal((1, 2, width, 2), dtype=np.float32)

    assert_within_rounding([conv(2, 40)], x)


def test_a_very_wide_picture_does_not_overflow_the_tiles(isa, conv):
    x = np.ones((1, 1, 400_000, 1), np.float32)
    layer = conv(1, 1, window=1, relu=False)

    actual = _core.run_layers([layer], x, isa=isa)

    assert (actual == actual[0, 0, 0, 0]).all()


@pytest.mark.parametrize("units", [1, 10, 16, 32, 33, 64, 100, 129, 200])
@pytest.mark.parametrize("rows", [1, 2, 5, 6, 7, 14, 15, 64, 65, 130])  # around tiles and groups
def test_dense_stays_within_float32_rounding(dense, rng, rows, units):
    x = rng.standard_normal((rows, 1, 1, 37), dtype=np.float32)

    assert_within_rounding([dense(37, units, relu=True)], x)


@pytest.mark.parametrize("channels", [1, 3, 16, 24, 40])
def test_dense_flattens_in_row_column_channel_order(conv, dense, rng, channels):
    x = rng.standard_normal((3, 4, 5, 2), dtype=np.float32)

    assert_within_rounding([conv(2, channels), dense(4 * 5 * channels, 12)], x)


@pytest.mark.parametrize("same", [True, False])
@pytest.mark.parametrize(("size", "stride"), [(1, 1), (2, 2), (3, 2), (2, 1), (3, 3), (2, 3)])
@pytest.mark.parametrize("shape", [(4, 4), (7, 7), (5, 8)])
def test_max_pool_is_exact(isa, conv, rng, shape, size, stride, same):
    x = rng.standard_normal((2, *shape, 3), dtype=np.float32)
    identity = conv(3, 3, window=1, relu=False)  # a pool reads what a layer wrote
    identity["weight"] = np.eye(3, dtype=np.float32).reshape(1, 1, 3, 3)
    identity["bias"] = np.zeros(3, np.float32)

    actual = _core.run_layers([identity, pool(size, stride, same)], x, isa=isa)

    exact, _ = reference.max_pool(x, size=size, stride=stride, same=same)
    np.testing.assert_array_equal(actual, exact)


@pytest.mark.parametrize("channels", [1, 5, 16, 33])
def test_global_average_stays_within_float32_rounding(conv, rng, channels):
    x = rng.standard_normal((2, 5, 3, 2), dtype=np.float32)

    assert_within_rounding([conv(2, channels), AVERAGE], x)


@pytest.mark.parametrize("layers", [[pool(2, 2)], [AVERAGE], [pool(3, 1, True), AVERAGE]])
@pytest.mark.parametrize("channels", [1, 3, 16, 20])
def test_pooling_works_as_the_first_layer(rng, layers, channels):
    x = rng.standard_normal((2, 6, 5, channels), dtype=np.float32)

    assert_within_rounding(layers, x)


def test_a_deep_network_stays_within_its_carried_bound(conv, dense, rng):
    x = rng.random((70, 12, 12, 1), dtype=np.float32)
    layers = [conv(1, 12, 5), pool(), conv(12, 20), pool(2, 2, True), conv(20, 9, 2, 1, False)]
    layers += [dense(36, 50, relu=True), dense(50, 30), dense(30, 10)]

    assert_within_rounding(layers, x, threads=2)


def test_a_single_row_equals_the_same_row_in_a_batch_bit_for_bit(isa, dense, rng):
    x = rng.standard_normal((9, 1, 1, 300), dtype=np.float32)
    x[rng.random(x.shape) < 0.6] = 0  # a lone row skips zeros, a batch does not
    layers = [dense(300, 77, relu=True), dense(77, 10)]

    batch = _core.run_layers(layers, x, isa=isa)
    alone = [_core.run_layers(layers, x[row : row + 1], isa=isa) for row in range(len(x))]

    np.testing.assert_array_equal(batch, np.concatenate(alone))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("rows", [1, 3])
def test_values_that_are_not_finite_behave_as_in_the_oracle(isa, conv, dense, rng, value, rows):
    x = rng.standard_normal((rows, 4, 4, 2), dtype=np.float32)
    x[0, 1, 2, 0] = value
    layers = [conv(2, 6), pool(2, 2), dense(24, 10, relu=True)]

    actual = _core.run_layers(layers, x, isa=isa)

    exact, _ = reference.run(layers, x)
    np.testing.assert_array_equal(np.isnan(actual), np.isnan(exact))
    np.testing.assert_array_equal(np.isposinf(actual), np.isposinf(exact))


@pytest.mark.skipif(
    not {"avx2", "avx512"} <= set(_core.available_isas()),
    reason="compares AVX2 with AVX-512, and this CPU lacks one of them",
)
def test_avx512_equals_avx2_bit_for_bit(conv, dense, rng):
    x = rng.random((33, 13, 13, 1), dtype=np.float32)
    layers = [conv(1, 12, 5), pool(), conv(12, 24, 3, 2), AVERAGE, dense(24, 10)]

    results = [_core.run_layers(layers, x, isa=isa) for isa in ("avx2", "avx512")]

    np.testing.assert_array_equal(*results)


@pytest.mark.parametrize("n", [1, 2, 5, 65])
def test_nothing_is_read_past_the_end_of_any_array(conv, dense, rng, before_a_guard_page, n):
    x = before_a_guard_page(rng.random((n, 9, 7, 3), dtype=np.float32))
    layers = [conv(3, 17, 5), pool(2, 2, True), dense(5 * 4 * 17, 11)]
    for layer in (layers[0], layers[2]):
        for part in ("weight", "bias"):
            layer[part] = before_a_guard_page(layer[part])

    assert_within_rounding(layers, x)


def test_pixels_are_not_read_past_their_end(isa, conv, rng, before_a_guard_page):
    pixels = before_a_guard_page(rng.integers(0, 256, (3, 11, 13), dtype=np.uint8))
    engine = _core.Engine((11, 13, 1), 1.0, [conv(1, 10), AVERAGE], isa)

    assert engine.run(pixels).shape == (3, 10)


@pytest.mark.parametrize("offset", [1, 2, 3, 7])
def test_pixels_may_start_at_any_address(isa, conv, rng, offset):
    pixels = rng.integers(0, 256, (3, 11, 13), dtype=np.uint8)
    shifted = np.zeros(pixels.size + offset, np.uint8)[offset:].reshape(pixels.shape)
    shifted[...] = pixels
    engine = _core.Engine((11, 13, 1), 1 / 255, [conv(1, 10), AVERAGE], isa)

    np.testing.assert_array_equal(engine.run(shifted), engine.run(pixels))


def test_a_long_sum_loses_less_than_plain_summation_would(isa, rng):
    depth, units = 8000, 32
    x = rng.standard_normal((2, 1, 1, depth), dtype=np.float32)
    weight = rng.standard_normal((depth, units), dtype=np.float32)
    layer = {"name": "dense", "kind": "dense", "units": units, "weight": weight}
    layer["bias"] = np.zeros(units, np.float32)
    exact, _ = reference.dense(x, weight, layer["bias"])
    terms = x.reshape(2, depth, 1) * weight
    plain = np.add.accumulate(terms, axis=1, dtype=np.float32)[:, -1]

    ours = _core.run_layers([layer], x, isa=isa).reshape(2, units)

    def rms(values):
        return np.sqrt(np.mean((values - exact.reshape(2, units)) ** 2))

    assert rms(ours) < rms(plain) / 2
