"""The plan of an int8 network, its layers' times, and what they count."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from digitcli import _core
from digitcli.errors import UsageError
from digitcli.inference.engine import Engine, load
from digitcli.inference.layer_times import layer_times
from digitcli.inference.quantize import quantize
from digitcli.model.weights import find_weights, load_weights


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(3).integers(1, 256, (100, 28, 28), dtype=np.uint8)


@pytest.fixture(scope="module")
def weights(images):
    """The bundled network `tiny` in int8."""
    return quantize(load_weights(find_weights("tiny")), images).weights


@pytest.mark.parametrize("without", [(), ("fuse",)])
def test_the_plan_runs_every_layer_of_the_network_once_and_in_order(weights, isa, without):
    plan = Engine(weights, isa=isa, without=without).plan

    assert [name for step in plan for name in step.layers] == [
        step.name for step in weights.spec.steps
    ]
    assert (plan[0].input, plan[-1].output) == ((28, 28, 1), (1, 1, 10))
    assert all(step.algorithm.endswith(" int8") for step in plan)
    assert any(len(step.layers) > 1 for step in plan) == (not without)
    assert sum(step.flops_direct for step in plan) == weights.spec.flops
    for before, after in itertools.pairwise(plan):
        assert before.output == after.input


def test_a_pool_that_leaves_a_row_out_saves_its_sums(rng):
    layers = [
        {"name": "conv", "kind": "conv", "units": 4, "window": 3, "same": True}
        | {"weight": rng.integers(-9, 9, (3, 3, 1, 4), dtype=np.int8)}
        | {"bias": np.zeros(4, np.int32), "scale": np.full(4, 0.01, np.float32)},
        {"name": "pool", "kind": "max_pool", "window": 2, "stride": 2},
    ]

    (step,) = _core.Int8Engine((5, 7, 1), layers).plan

    assert step["flops_direct"] == 2 * 9 * 4 * 5 * 7
    assert step["flops_done"] == 2 * 9 * 4 * 4 * 6


def test_answers_without_fusing_are_the_same_bits(weights, images, isa):
    plain = Engine(weights, isa=isa).predict(images).probabilities

    apart = Engine(weights, isa=isa, without=["fuse"]).predict(images, 2).probabilities

    np.testing.assert_array_equal(plain, apart)


def test_a_pass_that_int8_has_not_is_refused_with_those_that_it_has(weights):
    with pytest.raises(UsageError, match="int8 engines have no pass 'fold'") as caught:
        Engine(weights, without=("fuse", "fold"))
    assert caught.value.hint == "they have: winograd, fuse, blank"


def test_an_int8_engine_refuses_pictures_when_its_network_takes_several_channels(rng):
    layer = {"name": "dense", "kind": "dense", "units": 10, "logits": True}
    layer |= {"weight": rng.integers(-9, 9, (75, 10), dtype=np.int8)}
    layer |= {"bias": np.zeros(10, np.int32), "scale": np.ones(10, np.float32)}

    with pytest.raises(_core.BadNetworkError, match="only networks that take grey pictures"):
        _core.Int8Engine((5, 5, 3), [layer]).run_to_bytes(np.zeros((1, 5, 5), np.uint8))


def test_every_int8_layer_has_a_time(weights, images):
    found = layer_times(Engine(weights), images[:4], 2)

    assert [layer.layer for layer in found] == [step.layer for step in Engine(weights).plan]
    assert all(layer.us > 0 for layer in found)
    assert sum(layer.mflop_direct for layer in found) == pytest.approx(4 * weights.spec.flops / 1e6)


def test_a_dense_int8_layer_counts_no_zeros_of_one_picture(rng):
    layer = {"name": "dense", "kind": "dense", "units": 10, "logits": True}
    layer |= {"weight": rng.integers(-9, 9, (784, 10), dtype=np.int8)}
    layer |= {"bias": np.zeros(10, np.int32), "scale": np.ones(10, np.float32)}
    engine = _core.Int8Engine((28, 28, 1), [layer])
    picture = np.zeros((1, 28, 28), np.uint8)
    picture[0, 3, :5] = 9

    (one,) = engine.profile(picture)
    (two,) = engine.profile(np.concatenate([picture, picture]))

    assert one["flops_done"] == 2 * 5 * 10
    assert two["flops_done"] == one["flops_direct"] == 2 * 784 * 10


@pytest.mark.parametrize(("fill", "share"), [(0, 0.0), (1, 1.0)])
def test_the_first_convolution_counts_no_blank_tiles(isa, fill, share):
    engine = load("tiny", isa=isa)

    first, *_ = layer_times(engine, np.full((3, 28, 28), fill, np.uint8), 1)

    assert first.mflop_done == pytest.approx(share * first.mflop_direct)


def test_one_pixel_costs_the_tiles_whose_windows_reach_it(isa):
    engine = load("tiny", isa=isa)
    picture = np.zeros((1, 28, 28), np.uint8)
    picture[0, 14, 14] = 255

    first, *_ = layer_times(engine, picture, 1)

    outputs = first.mflop_done / first.mflop_direct * 28 * 28
    assert 3 * 3 <= outputs <= 6 * 12


def test_a_dense_layer_counts_no_zeros_of_one_picture_but_of_several(rng):
    layer = {"name": "dense", "kind": "dense", "units": 10}
    layer |= {
        "weight": np.float32(rng.standard_normal((784, 10))),
        "bias": np.zeros(10, np.float32),
    }
    engine = _core.Engine((28, 28, 1), 1.0, [layer])
    picture = np.zeros((1, 28, 28), np.uint8)
    picture[0, 3, :5] = 9

    (one,) = engine.profile(picture)
    (two,) = engine.profile(np.concatenate([picture, picture]))

    assert one["flops_done"] == 2 * 5 * 10
    assert two["flops_done"] == 2 * 784 * 10


def test_no_pictures_have_no_times(weights):
    with pytest.raises(ValueError, match="at least one picture"):
        Engine(weights).core.profile(np.empty((0, 28, 28), np.uint8))
