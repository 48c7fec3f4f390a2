"""The first convolution, on pictures of one channel, whose kernel leaves blank parts out."""

from __future__ import annotations

from functools import cache

import networks
import numpy as np
import pytest
import reference

from digitcli import _core

SIZES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 14, 15]
SHAPES = sorted({shape for n in SIZES for shape in ((n, n), (n, 9), (9, n))})
POOLS = [[], [networks.pool()], [networks.pool(same=True)]]


def strokes(rng, shape):
    """Mostly blank pictures: a bright row, column and corner, and one full of zeros below zero."""
    x = np.zeros((4, *shape, 1), np.float32)
    x[0, shape[0] // 2] = rng.random((shape[1], 1))
    x[1, :, -1] = rng.random((shape[0], 1))
    x[2, 0, 0] = 1
    x[3] = -0.0
    return x


@cache
def case(shape, filters, window, same, relu, pool):
    """Layers, pictures, the exact answer and its bound; the same for every ISA."""
    rng = np.random.default_rng(20261122)
    layers = [networks.conv(rng, 1, filters, window, same=same, relu=relu), *POOLS[pool]]
    x = np.concatenate([rng.standard_normal((1, *shape, 1), np.float32), strokes(rng, shape)])
    return layers, x, *reference.run(layers, x)


@pytest.mark.parametrize("pool", [0, 1, 2], ids=["alone", "pool", "pool-same"])
@pytest.mark.parametrize("filters", [1, 16, 33])
@pytest.mark.parametrize("same", [True, False])
@pytest.mark.parametrize("window", [3, 5])
def test_one_channel_stays_within_the_bound_for_any_size(isa, window, same, filters, pool):
    for shape in SHAPES:
        outputs = min(shape) if same else min(shape) - window + 1
        if outputs < (2 if pool == 1 else 1):
            continue
        relu = bool(sum(shape) % 2)
        layers, x, exact, bound = case(shape, filters, window, same, relu, pool)

        actual = _core.run_layers(layers, x, isa=isa)

        assert actual.shape == exact.shape
        assert (np.abs(actual - exact) <= bound).all(), shape
        apart = _core.run_layers(layers, x, isa=isa, without=["fuse"])
        np.testing.assert_array_equal(actual, apart, err_msg=str(shape))


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("pool", [0, 1])
def test_a_one_channel_picture_has_the_same_bits_whatever_else_is_in_the_batch(isa, threads, pool):
    layers, x, *_ = case((15, 14), 33, 5, True, True, pool)
    many = np.tile(x, (20, 1, 1, 1))

    alone = [_core.run_layers(layers, x[i : i + 1], isa=isa) for i in range(len(x))]

    together = _core.run_layers(layers, many, isa=isa, threads=threads)
    np.testing.assert_array_equal(together, np.tile(np.concatenate(alone), (20, 1, 1, 1)))


@pytest.mark.skipif(
    not {"avx2", "avx512"} <= set(_core.available_isas()),
    reason="compares AVX2 with AVX-512, and this CPU lacks one of them",
)
@pytest.mark.parametrize("window", [3, 5])
@pytest.mark.parametrize("pool", [0, 1, 2])
def test_one_channel_on_avx512_equals_avx2_bit_for_bit(window, pool):
    for shape in SHAPES:
        if min(shape) > 1:
            layers, x, *_ = case(shape, 33, window, True, False, pool)

            results = [_core.run_layers(layers, x, isa=isa) for isa in ("avx2", "avx512")]

            np.testing.assert_array_equal(*results)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("pool", [0, 1, 2])
@pytest.mark.parametrize("window", [3, 5])
def test_values_that_are_not_finite_behave_as_in_the_oracle(isa, conv, rng, value, pool, window):
    for shape in [(7, 9), (8, 8)]:
        for place in np.ndindex(*shape):
            x = strokes(rng, shape)
            x[(1, *place, 0)] = value
            layers = [conv(1, 17, window), *POOLS[pool]]

            actual = _core.run_layers(layers, x, isa=isa)

            exact, _ = reference.run(layers, x)
            np.testing.assert_array_equal(np.isnan(actual), np.isnan(exact), err_msg=str(place))
            np.testing.assert_array_equal(np.isposinf(actual), np.isposinf(exact))
