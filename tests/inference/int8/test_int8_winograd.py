"""Convolutions in int8 by Winograd's method: every bit the integer oracle's."""

from __future__ import annotations

import int8_reference
import numpy as np
import pytest
from networks import int8_conv as conv
from networks import int8_pool as pool

from digitcli import _core

SIZES = [3, 4, 5, 6, 7, 8, 9, 14, 15]
SHAPES = sorted({shape for n in SIZES for shape in ((n, n), (n, 14), (14, n))})
WITHOUT_FORMS = {"amx", "dotprod", "i8mm"}  # where products of four bytes cost next to nothing


@pytest.fixture(autouse=True)
def _has_forms(isa):
    if isa in WITHOUT_FORMS:
        pytest.skip(f"{isa} multiplies bytes faster than Winograd's method could save it work")


def algorithm(layers, x, isa):
    return _core.Int8Engine(x.shape[1:], layers, isa=isa).plan[0]["algorithm"]


def assert_exact(layers, x, isa, threads=1):
    actual = _core.run_int8_layers(layers, x, isa=isa, threads=threads)
    np.testing.assert_array_equal(actual, int8_reference.run(layers, x))


def assert_exact_by_winograd(layers, x, isa):
    assert algorithm(layers, x, isa).startswith("winograd F(4x4,")
    assert_exact(layers, x, isa)


@pytest.mark.parametrize("pools", [[], [False], [True]])
@pytest.mark.parametrize("same", [True, False])
@pytest.mark.parametrize("window", [3, 5])
def test_every_size_of_picture_gives_the_oracles_bytes(isa, rng, window, same, pools):
    ran = set()
    for height, width in SHAPES:
        if not same and min(height, width) < window + 1:
            continue
        layers = [conv(rng, 32, 37, window, same), *map(pool, pools)]
        x = rng.integers(0, 256, (1, height, width, 32), dtype=np.uint8)

        assert_exact(layers, x, isa)

        if algorithm(layers, x, isa).startswith("winograd"):
            ran |= {("height", height), ("width", width)}
    assert ran >= {(side, n) for side in ("height", "width") for n in (8, 14)}


@pytest.mark.parametrize("filters", [9, 16, 33, 70])
@pytest.mark.parametrize("channels", [8, 9, 15, 16, 17, 24, 63])  # not padded: the first layer
@pytest.mark.parametrize("window", [3, 5])
def test_every_number_of_channels_gives_the_oracles_bytes(isa, rng, window, channels, filters):
    x = rng.integers(0, 256, (3, 14, 11, channels), dtype=np.uint8)

    assert_exact([conv(rng, channels, filters, window)], x, isa)


def patterns(window):
    """Signs that follow the powers of points, where weights of full magnitude are worth most."""
    powers = [np.array([p**k for k in range(window)]) for p in (1, -1, 2, -2)]
    powers += [np.array([1, 0, -1, 0, 1][:window]), np.array([0, 1, 0, -1, 0][:window])]
    return [np.sign(np.outer(a, b)) for a in powers for b in powers]


@pytest.mark.parametrize("window", [3, 5])
def test_the_largest_weights_and_inputs_lose_nothing(isa, rng, window):
    signs = patterns(window)
    channels = 32
    layer = conv(rng, channels, len(signs), window)
    layer["weight"][...] = 127 * np.stack(signs, -1)[:, :, np.newaxis].astype(np.int8)
    layer["bias"][...] = 0
    layer["scale"][...] = 255 / (127.0 * 255 * window * window * channels)
    size = window + 7
    checks = np.indices((size, size)).sum(0) % 2 * 255
    stripes = np.tile(np.arange(size) % 4 // 2 * 255, (size, 1))
    plain = [np.zeros((size, size)), np.full((size, size), 255), checks, 255 - checks]
    random = list(rng.integers(0, 2, (12, size, size)) * 255)
    x = np.stack([*plain, stripes, stripes.T, *random])[..., np.newaxis].astype(np.uint8)

    assert_exact_by_winograd([layer], np.repeat(x, channels, 3), isa)


@pytest.mark.parametrize(("window", "most"), [(3, 255), (5, 128)])
def test_a_sum_that_would_not_come_back_whole_goes_the_direct_way(isa, rng, window, most):
    """Sums of 2^25 and more are the limit, of inputs as the form takes them."""
    depth = window * window
    channels = -(-(2**25) // (most * 127 * depth))  # so many that the limit can be passed
    layer = conv(rng, channels, 20, window)
    layer["weight"][...] = 1
    x = np.full((1, 14, 14, channels), 255, np.uint8)
    flat = layer["weight"].reshape(-1, 20)

    def with_magnitudes(total):
        """Unit 3's weights sum up to this, all of one sign."""
        flat[:, 3] = 127
        excess = 127 * len(flat) - total
        flat[: excess // 126, 3] = 1
        flat[-1, 3] -= excess % 126
        assert flat[:, 3].sum(dtype=np.int64) == total
        assert flat[:, 3].min() > 0
        return [layer]

    largest = (2**25 - 1) // most
    assert_exact_by_winograd(with_magnitudes(largest), x, isa)
    assert algorithm(with_magnitudes(largest + 1), x, isa) == "direct int8"
    assert_exact([layer], x, isa)


def test_biases_at_the_ends_of_32_bits_are_added_without_loss(isa, rng):
    layer = conv(rng, 32, 40, 5)
    layer["weight"][...] = np.sign(layer["weight"])
    layer["bias"][...] = np.where(np.arange(40) % 2, 2**31 - 1 - 255 * 800, -(2**31) + 255 * 800)
    layer["scale"][...] = 255 / 2.0**31

    assert_exact_by_winograd([layer], rng.integers(0, 256, (2, 14, 14, 32), dtype=np.uint8), isa)


@pytest.mark.parametrize("n", [1, 2, 3, 9, 70])
@pytest.mark.parametrize("threads", [1, 2, 3, 7])
def test_batches_and_threads_change_no_bit(isa, rng, n, threads):
    layers = [conv(rng, 1, 16, 5), pool(), conv(rng, 16, 40, 5), pool(True), conv(rng, 40, 33)]
    x = rng.integers(0, 256, (n, 18, 22, 1), dtype=np.uint8)

    assert_exact(layers, x, isa, threads)


@pytest.mark.parametrize("window", [3, 5])
def test_a_wide_picture_is_cut_into_bands(isa, rng, window):
    x = rng.integers(0, 256, (1, 33, 700, 24), dtype=np.uint8)
    layers = [conv(rng, 24, 24, window), pool()]

    assert_exact_by_winograd(layers, x, isa)
    assert_exact(layers, x, isa, threads=3)


def test_without_the_pass_the_bits_are_the_same(isa, rng):
    layers = [conv(rng, 1, 24), pool(), conv(rng, 24, 36), conv(rng, 36, 48), pool()]
    layers += [conv(rng, 48, 72), {"name": "mean", "kind": "global_average_pool"}]
    layers[-1] |= {"scale": np.float32([1 / 49]), "logits": True}
    x = rng.integers(0, 256, (5, 28, 28), dtype=np.uint8)

    direct = _core.Int8Engine((28, 28, 1), layers, isa=isa, without=["winograd"])
    engine = _core.Int8Engine((28, 28, 1), layers, isa=isa)

    assert [s["algorithm"].split()[0] for s in direct.plan].count("winograd") == 0
    assert [s["algorithm"].split()[0] for s in engine.plan].count("winograd") == 3
    np.testing.assert_array_equal(engine.run(x), direct.run(x))
