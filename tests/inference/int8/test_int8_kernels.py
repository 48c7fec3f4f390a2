"""Each kind of quantised layer, on every ISA: exactly the integer oracle's answer."""

from __future__ import annotations

import mmap

import int8_reference
import numpy as np
import pytest
from reference import sides

from digitcli import _core

GUARDED = pytest.mark.skipif(not hasattr(mmap, "PROT_READ"), reason="needs POSIX memory protection")


@pytest.fixture
def conv(rng):
    """Make a quantised convolution as the C++ module takes it."""

    def make(channels, filters, window=3, stride=1, same=True):
        rows, columns = sides(window)
        depth = rows * columns * channels
        return product(rng, (rows, columns, channels, filters), depth) | {
            "name": "conv",
            "kind": "conv",
            "window": window,
            "stride": stride,
            "same": same,
        }

    return make


@pytest.fixture
def dense(rng):
    """Make a quantised dense layer as the C++ module takes it."""

    def make(depth, units, logits=False):
        layer = product(rng, (depth, units), depth)
        return layer | {"name": "dense", "kind": "dense", "logits": logits}

    return make


def product(rng, shape, depth):
    """Random weights, and scales that use all 256 steps and leave both clamps work to do."""
    units = shape[-1]
    spread = 127 * 74 * np.sqrt(depth)  # of the sums
    return {
        "units": units,
        "weight": rng.integers(-127, 128, shape, dtype=np.int8),
        "bias": rng.integers(-int(spread) // 2, int(spread) + 1, units, dtype=np.int32),
        "scale": np.float32(rng.uniform(60, 400, units) / spread),
    }


def pool(size=2, stride=2, same=False):
    return {"name": "pool", "kind": "max_pool", "window": size, "stride": stride, "same": same}


def average(pixels, logits=False):
    scale = np.float32([1.9 / pixels])
    layer = {"name": "average", "kind": "global_average_pool", "scale": scale}
    return layer | {"logits": logits}


def pictures(rng, *shape):
    """Bytes with runs of zeros, as ReLU leaves them."""
    x = rng.integers(0, 256, shape, dtype=np.uint8)
    x[rng.random(shape) < 0.4] = 0
    return x


def assert_exact(layers, x, threads=1):
    """On every ISA; the oracle, which is slow, computes once."""
    exact = int8_reference.run(layers, x)
    for isa in _core.available_isas():
        actual = _core.run_int8_layers(layers, x, isa=isa, threads=threads)
        assert actual.dtype == exact.dtype
        np.testing.assert_array_equal(actual, exact, err_msg=isa)


@pytest.mark.parametrize("filters", [1, 3, 8, 16, 17, 31, 32, 33, 70])  # around 1 and 2 vectors
@pytest.mark.parametrize("channels", [1, 3, 16, 17, 20, 32, 64])
def test_conv_is_exact_for_any_number_of_channels(conv, rng, channels, filters):
    assert_exact([conv(channels, filters)], pictures(rng, 2, 7, 6, channels))


@pytest.mark.parametrize("same", [True, False])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("window", [1, 2, 3, 5, 6])
@pytest.mark.parametrize("size", [(6, 6), (7, 9), (28, 6)])
@pytest.mark.parametrize("channels", [1, 3])  # one channel is lifted, three are not
def test_conv_is_exact_for_any_window(conv, rng, channels, size, window, stride, same):
    assert_exact([conv(channels, 5, window, stride, same)], pictures(rng, 1, *size, channels))


@pytest.mark.parametrize("window", [4, 5, 8, 9])  # columns of 4, of 8, and none
def test_the_first_conv_is_exact_on_either_side_of_its_limits(conv, rng, window):
    assert_exact([conv(1, 20, window), pool()], pictures(rng, 2, 13, 18, 1))


@pytest.mark.parametrize("width", range(1, 35))  # every height of a tile, and more than one tile
def test_conv_is_exact_for_any_width(conv, rng, width):
    x = pictures(rng, 1, 3, width, 2)

    assert_exact([conv(2, 40)], x)
    assert_exact([conv(2, 40), pool(same=True)], x)


@pytest.mark.parametrize("same", [True, False])
@pytest.mark.parametrize(("size", "stride"), [(1, 1), (2, 2), (3, 2), (2, 1), (3, 3), (2, 3)])
@pytest.mark.parametrize("shape", [(4, 4), (7, 7), (5, 8), (3, 33)])
@pytest.mark.parametrize("channels", [3, 40])
def test_pooling_after_conv_is_exact(conv, rng, channels, shape, size, stride, same):
    layers = [conv(channels, 21), pool(size, stride, same), conv(21, 9, 3)]

    assert_exact(layers, pictures(rng, 2, *shape, channels))


@pytest.mark.parametrize("logits", [False, True])
@pytest.mark.parametrize("units", [1, 10, 16, 32, 33, 64, 100, 129, 200])
@pytest.mark.parametrize("rows", [1, 2, 15, 16, 17, 32, 33, 65, 130, 300])  # around tiles, groups
def test_dense_is_exact(dense, rng, rows, units, logits):
    assert_exact([dense(37, units, logits)], pictures(rng, rows, 1, 1, 37))


# Deep enough for weights to go by in pieces of 512, rows enough for two blocks of eight pairs.
@pytest.mark.parametrize("depth", [1, 3, 64, 1023, 1100, 2500])
@pytest.mark.parametrize("rows", [1, 3, 33, 64, 300])
def test_dense_is_exact_for_any_depth(dense, rng, rows, depth):
    assert_exact([dense(depth, 70)], pictures(rng, rows, 1, 1, depth))


@pytest.mark.parametrize("share", [0.0, 0.05, 0.95])
def test_a_single_row_is_exact_whatever_share_of_it_is_zero(dense, rng, share):
    x = rng.integers(1, 256, (1, 1, 1, 203), dtype=np.uint8)
    x[rng.random(x.shape) < share] = 0

    assert_exact([dense(203, 300), dense(300, 10, True)], x)
    assert_exact([dense(203, 300)], np.zeros_like(x))


@pytest.mark.parametrize("threads", [2, 3, 7])
@pytest.mark.parametrize("n", [1, 2])
def test_threads_that_share_one_picture_change_no_bit(isa, conv, dense, rng, n, threads):
    layers = [conv(32, 64, 5), pool(), conv(64, 64, 3), dense(7 * 7 * 64, 520), dense(520, 10)]
    x = pictures(rng, n, 14, 14, 32)

    np.testing.assert_array_equal(
        _core.run_int8_layers(layers, x, isa=isa, threads=threads),
        _core.run_int8_layers(layers, x, isa=isa),
    )


@pytest.mark.parametrize("channels", [1, 3, 16, 24, 40])
@pytest.mark.parametrize("n", [1, 3])
def test_dense_flattens_in_row_column_channel_order(conv, dense, rng, channels, n):
    layers = [conv(2, channels), dense(4 * 5 * channels, 12)]

    assert_exact(layers, pictures(rng, n, 4, 5, 2))


@pytest.mark.parametrize("logits", [False, True])
@pytest.mark.parametrize("channels", [1, 5, 16, 33])
def test_global_average_is_exact(conv, rng, channels, logits):
    assert_exact([conv(2, channels), average(15, logits)], pictures(rng, 2, 5, 3, 2))


@pytest.mark.parametrize("window", [1, 3, 5, (1, 3)])
def test_a_conv_with_padding_behind_a_global_average_is_exact(conv, rng, window):
    assert_exact([average(30), conv(9, 26, window)], pictures(rng, 2, 6, 5, 9))
    assert_exact([average(30), conv(9, 26, window), average(1, True)], pictures(rng, 2, 6, 5, 9))


@pytest.mark.parametrize("layers", [[pool(2, 2)], [average(30)], [pool(3, 1, True), average(30)]])
@pytest.mark.parametrize("channels", [1, 3, 16, 20])
def test_pooling_works_as_the_first_layer(rng, layers, channels):
    assert_exact(layers, pictures(rng, 2, 6, 5, channels))


def test_a_conv_on_one_channel_that_is_not_the_first_layer_is_exact(conv, rng):
    assert_exact([pool(), conv(1, 10, 5)], pictures(rng, 3, 12, 11, 1))
    assert_exact([conv(2, 1), conv(1, 10, 5)], pictures(rng, 3, 12, 11, 2))


@pytest.mark.parametrize("n", [0, 1, 2, 17, 70, 257])
@pytest.mark.parametrize("threads", [1, 2, 5])
def test_a_deep_network_is_exact_for_any_batch_and_thread_count(conv, dense, rng, n, threads):
    layers = [conv(1, 12, 5), pool(), conv(12, 20), pool(2, 2, True), conv(20, 9, 2, 1, False)]
    layers += [dense(36, 50), dense(50, 30), dense(30, 10, logits=True)]

    assert_exact(layers, pictures(rng, n, 12, 12, 1), threads)


def test_the_largest_products_do_not_saturate(dense):
    depth = 1000
    x = np.full((3, 1, 1, depth), 255, np.uint8)
    for weight in (127, -127):
        layer = dense(depth, 40, logits=True)
        layer["weight"][...] = weight

        assert_exact([layer], x)
        assert_exact([layer], x[:1])


def test_halves_are_rounded_to_even(isa, dense):
    layer = dense(1, 256)
    layer["weight"][...] = 1
    layer["bias"] = np.arange(256, dtype=np.int32)
    layer["scale"][...] = 0.5

    answer = _core.run_int8_layers([layer], np.zeros((1, 1, 1, 1), np.uint8), isa=isa)

    np.testing.assert_array_equal(answer[0, 0, 0, :8], [0, 0, 1, 2, 2, 2, 3, 4])


def test_sums_that_could_overflow_are_refused(isa, dense):
    layer = dense(3, 2)
    layer["weight"][:, 1] = 127
    layer["bias"][1] = 2**31 - 1 - 3 * 127 * 255 + 1

    with pytest.raises(_core.BadNetworkError, match="sums of unit 1 can leave 32 bits"):
        _core.run_int8_layers([layer], np.zeros((1, 1, 1, 3), np.uint8), isa=isa)


@GUARDED
@pytest.mark.parametrize("n", [1, 2, 5, 65])
@pytest.mark.parametrize("channels", [1, 3])
def test_nothing_is_read_past_the_end_of_any_array(
    conv, dense, rng, before_a_guard_page, n, channels
):
    x = before_a_guard_page(pictures(rng, n, 9, 7, channels))
    layers = [conv(channels, 17, 5), pool(2, 2, True), dense(5 * 4 * 17, 11)]
    for layer in (layers[0], layers[2]):
        for part in ("weight", "bias", "scale"):
            layer[part] = before_a_guard_page(layer[part])

    assert_exact(layers, x)


@pytest.mark.parametrize("same", [True, False])
@pytest.mark.parametrize("stride", [1, (2, 1), (1, 3)])
@pytest.mark.parametrize("window", [(5, 3), (1, 5), (3, 1), (10, 3)])
@pytest.mark.parametrize("channels", [1, 6])
def test_windows_need_not_be_square(conv, rng, channels, window, stride, same):
    x = pictures(rng, 2, 12, 9, channels)

    assert_exact([conv(channels, 20, window, stride, same)], x)


@pytest.mark.parametrize(("size", "stride"), [((2, 1), (2, 1)), ((1, 3), (2, 2)), ((3, 2), 1)])
@pytest.mark.parametrize("same", [True, False])
def test_max_pools_need_not_be_square(conv, rng, size, stride, same):
    x = pictures(rng, 2, 9, 8, 2)

    assert_exact([conv(2, 20), pool(size, stride, same)], x)


def test_a_convolution_at_the_end_gives_the_logits_of_every_column(conv, rng):
    layers = [conv(1, 12), conv(12, 16, (9, 3), same=False) | {"logits": True}]

    assert_exact(layers, pictures(rng, 3, 9, 13, 1))


@pytest.mark.parametrize("offset", [1, 2, 3, 7])
def test_pixels_may_start_at_any_address(conv, rng, offset):
    pixels = pictures(rng, 3, 11, 13, 1)
    shifted = np.zeros(pixels.size + offset, np.uint8)[offset:].reshape(pixels.shape)
    shifted[...] = pixels

    assert_exact([conv(1, 10)], shifted)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d | {"weight": d["weight"].astype(np.int16)}, "must be int8, got int16"),
        (lambda d: d | {"weight": d["weight"][::-1]}, "must be C-contiguous"),
        (lambda d: d | {"scale": d["scale"][:-1]}, "expected 9 x 4 weights"),
        (lambda d: d | {"bias": d["bias"].astype(np.int64)}, "must be int32, got int64"),
        (
            lambda d: d | {"kind": "max_pool", "logits": True},
            "only the last layer gives logits, and no max pool",
        ),
        (lambda d: d | {"kind": "warp"}, "unknown kind of layer 'warp'"),
    ],
)
def test_a_layer_that_does_not_fit_is_refused_by_name(conv, change, message):
    layer = conv(1, 4)

    with pytest.raises((TypeError, ValueError), match=message):
        _core.run_int8_layers([change(layer)], np.zeros((1, 5, 5, 1), np.uint8))
