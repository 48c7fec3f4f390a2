"""Convolutions by Winograd's method: the same answers, within a bound of their own."""

from __future__ import annotations

from functools import cache

import networks
import numpy as np
import pytest
import reference

from digitcli import _core

FORMS = [(4, 5), (4, 3), (6, 3), (2, 5)]  # outputs of a tile, window
SIZES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 14, 15]
SHAPES = sorted({shape for n in SIZES for shape in ((n, n), (n, 14), (14, n))})


@cache
def case(shape, channels, filters, window, same, relu, *pools):
    """Layers, pictures, the exact answer and its bound; the same for every ISA."""
    rng = np.random.default_rng(20261122)
    layers = [networks.conv(rng, channels, filters, window, same=same, relu=relu)]
    layers += [networks.pool(same=pool_same) for pool_same in pools]
    x = rng.standard_normal((1, *shape, channels), dtype=np.float32)
    return layers, x, *reference.run(layers, x)


@pytest.mark.parametrize(("outputs", "window"), FORMS)
def test_the_oracles_winograd_is_the_direct_convolution(rng, outputs, window):
    x, weight = rng.standard_normal((2, 9, 11, 8)), rng.standard_normal((window, window, 8, 5))

    actual = reference.winograd(x, weight, reference.winograd_matrices(outputs, window))

    exact = np.tensordot(reference.windows(x, window, 1), weight, 3)
    np.testing.assert_allclose(actual, exact, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("channels", "filters"), [(8, 16), (8, 64), (17, 33), (32, 64)])
@pytest.mark.parametrize("same", [True, False])
@pytest.mark.parametrize("window", [3, 5])
def test_winograd_stays_within_its_bound_for_any_size(isa, window, same, channels, filters):
    ran = set()
    for height, width in SHAPES:
        if not same and min(height, width) < window:
            continue
        relu = bool((height + width) % 2)
        layers, x, exact, bound = case((height, width), channels, filters, window, same, relu)

        actual = _core.run_layers(layers, x, isa=isa)

        assert actual.shape == exact.shape
        assert (np.abs(actual - exact) <= bound).all(), (height, width)
        if networks.goes_by_winograd(layers, x.shape[1:]):
            ran |= {("height", height), ("width", width)}

    least = 6 if same else 6 + window - 1  # smaller pictures may not be worth it
    assert ran >= {(side, n) for side in ("height", "width") for n in SIZES if n >= least}


@pytest.mark.parametrize(("window", "filters"), [(3, 1), (5, 1), (3, 15), (5, 7)])
def test_few_filters_stay_within_the_bound(isa, window, filters):
    layers, x, exact, bound = case((15, 14), 32, filters, window, True, True)

    actual = _core.run_layers(layers, x, isa=isa)

    assert (np.abs(actual - exact) <= bound).all()
    assert networks.goes_by_winograd(layers, x.shape[1:]) == (filters > 1)  # transforms cost more


@pytest.mark.parametrize(("outputs", "window"), FORMS)
def test_winograd_errs_as_little_as_random_roundings_would(isa, rng, outputs, window):
    size = {2: 2, 4: 16, 6: 14}[outputs]  # 14 is 6 + 4 + 4
    channels = 64 if outputs == 6 else 32
    x = rng.standard_normal((8, size, size, channels), dtype=np.float32)
    layer = networks.conv(rng, channels, 64, window, relu=False) | {
        "bias": np.zeros(64, np.float32)
    }
    assert networks.plan([layer], x.shape[1:])[0][1].startswith(f"winograd F({outputs}x")

    error = _core.run_layers([layer], x, isa=isa) - reference.run([layer], x)[0]

    # r independent roundings, uniform in +-u, of terms that add up as squares
    squares = [matrix**2 for matrix in reference.winograd_matrices(outputs, window)]
    padded = reference.pad_same(np.float64(x), window, 1, 0.0)
    terms = reference.winograd(padded**2, np.float64(layer["weight"]) ** 2, squares).mean()
    roundings = reference.winograd_roundings(outputs, window, channels)
    assert np.sqrt(np.mean(error**2)) <= np.sqrt(roundings / 3 * terms) * reference.EPS / 2


@pytest.mark.parametrize("same", [True, False])  # of the pool
@pytest.mark.parametrize("window", [3, 5])
@pytest.mark.parametrize("relu", [True, False])
def test_a_fused_pool_gives_the_bits_of_one_that_is_not(isa, window, relu, same):
    ran = 0
    for shape in SHAPES:
        if min(shape) < 2:
            continue
        layers, x, exact, bound = case(shape, 8, 33, window, True, relu, same)

        fused = _core.run_layers(layers, x, isa=isa)

        apart = _core.run_layers(layers, x, isa=isa, without=["fuse"])
        np.testing.assert_array_equal(fused, apart)
        assert (np.abs(fused - exact) <= bound).all(), shape
        plans = [networks.plan(layers, x.shape[1:], without) for without in ([], ["fuse"])]
        assert [len(steps) for steps in plans] == [1, 2]
        ran += plans[0][0][1].startswith("winograd ")
    assert ran > len(SHAPES) / 2


@pytest.mark.parametrize("same", [True, False])
@pytest.mark.parametrize("shape", [(7, 6), (9, 15), (3, 2)])
def test_a_pool_fused_into_a_direct_convolution_gives_the_same_bits(isa, conv, rng, shape, same):
    x = rng.standard_normal((3, *shape, 3), dtype=np.float32)
    layers = [conv(3, 40, 5), networks.pool(same=same)]

    fused, apart = (
        _core.run_layers(layers, x, isa=isa, without=without) for without in ([], ["fuse"])
    )

    assert networks.plan(layers, x.shape[1:]) == [("conv+pool", "direct")]
    np.testing.assert_array_equal(fused, apart)


@pytest.mark.parametrize("pool", [(3, 2), (2, 1), (3, 3)])
def test_only_pools_of_two_by_two_are_fused(conv, pool):
    layers = [conv(8, 16), networks.pool(*pool)]

    assert [name for name, _ in networks.plan(layers, (9, 9, 8))] == ["conv", "pool"]


def test_a_second_pool_is_a_step_of_its_own(isa):
    layers, x, exact, bound = case((15, 14), 8, 16, 5, True, True, True, False)

    actual = _core.run_layers(layers, x, isa=isa)

    assert [name for name, _ in networks.plan(layers, x.shape[1:])] == ["conv+pool", "pool"]
    assert (np.abs(actual - exact) <= bound).all()


def test_without_winograd_the_tighter_bound_of_the_direct_way_holds(isa):
    layers, x, *_ = case((14, 14), 32, 64, 5, True, False)

    actual = _core.run_layers(layers, x, isa=isa, without=["winograd"])

    assert networks.plan(layers, x.shape[1:], ["winograd"]) == [("conv", "direct")]
    exact, bound = reference.run(layers, x, winograd=False)
    assert (np.abs(actual - exact) <= bound).all()


@pytest.mark.parametrize(("stride", "window", "channels"), [(2, 3, 16), (1, 2, 16), (1, 3, 7)])
def test_what_winograd_does_not_suit_goes_the_direct_way(conv, stride, window, channels):
    layers = [conv(channels, 64, window, stride)]

    assert networks.plan(layers, (15, 15, channels)) == [("conv", "direct")]


@pytest.mark.skipif(
    not {"avx2", "avx512"} <= set(_core.available_isas()),
    reason="compares AVX2 with AVX-512, and this CPU lacks one of them",
)
@pytest.mark.parametrize("window", [3, 5])
@pytest.mark.parametrize("filters", [8, 33])
def test_winograd_on_avx512_equals_avx2_bit_for_bit(window, filters):
    for shape in SHAPES:
        layers, x, *_ = case(shape, 17, filters, window, True, False)

        results = [_core.run_layers(layers, x, isa=isa) for isa in ("avx2", "avx512")]

        np.testing.assert_array_equal(*results)
    assert networks.goes_by_winograd(layers, x.shape[1:])


@pytest.mark.parametrize("window", [3, 5])
@pytest.mark.parametrize(("value", "pools"), [(np.nan, 0), (np.nan, 1), (np.inf, 0), (-np.inf, 0)])
def test_a_value_that_is_not_finite_spoils_its_own_picture_only(
    isa, conv, rng, value, pools, window
):
    """The products mix the inputs of a tile, so NaN and infinity spread to other outputs of it.

    What is not finite in the oracle is not finite here, if perhaps NaN instead of infinity.
    """
    x = rng.standard_normal((5, 9, 9, 8), dtype=np.float32)
    layers = [conv(8, 32, window, relu=False), *pools * [networks.pool()]]
    clean = _core.run_layers(layers, x, isa=isa)
    assert networks.goes_by_winograd(layers, x.shape[1:])
    x[2, 4, 3, 5] = value

    actual = _core.run_layers(layers, x, isa=isa)

    exact, _ = reference.run(layers, x)
    spoilt = ~np.isfinite(exact)
    assert spoilt.any()
    assert not np.isfinite(actual[spoilt]).any()
    others = [0, 1, 3, 4]
    np.testing.assert_array_equal(actual[others], clean[others])


@pytest.mark.parametrize("n", [1, 3, 17])
@pytest.mark.parametrize(("window", "channels"), [(3, 8), (5, 8), (5, 19)])
def test_winograd_reads_nothing_past_the_end_of_any_array(
    isa, conv, rng, before_a_guard_page, n, window, channels
):
    x = before_a_guard_page(rng.random((n, 7, 9, channels), dtype=np.float32))
    layer = conv(channels, 33, window, same=False)
    assert networks.goes_by_winograd([layer], x.shape[1:])
    for part in ("weight", "bias"):
        layer[part] = before_a_guard_page(layer[part])

    actual = _core.run_layers([layer], x, isa=isa)

    exact, bound = reference.run([layer], x)
    assert (np.abs(actual - exact) <= bound).all()


@pytest.mark.parametrize("offset", [1, 2, 3, 7])
def test_winograd_takes_arrays_at_any_address(isa, conv, rng, offset):
    def moved(array):
        return np.concatenate([np.zeros(offset, np.float32), array.ravel()])[offset:].reshape(
            array.shape
        )

    x = rng.random((3, 7, 7, 8), dtype=np.float32)
    layer = conv(8, 33, 5)
    assert networks.goes_by_winograd([layer], x.shape[1:])
    shifted = layer | {part: moved(layer[part]) for part in ("weight", "bias")}

    np.testing.assert_array_equal(
        _core.run_layers([shifted], moved(x), isa=isa), _core.run_layers([layer], x, isa=isa)
    )
