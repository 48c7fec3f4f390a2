"""The plan, behind its Python face."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import digitcli
from digitcli import _core
from digitcli.errors import UsageError
from digitcli.inference.engine import Engine
from digitcli.inference.plan import PASSES, PlanStep
from digitcli.model.weights import find_weights, load_weights


@pytest.fixture
def weights():
    return load_weights(find_weights("small"))


def test_the_plan_runs_every_layer_of_the_network_once_and_in_order(weights):
    engine = Engine(weights)

    names = [name for step in engine.plan for name in step.layers]
    assert names == [step.name for step in weights.spec.steps]
    assert engine.plan[0].input == (28, 28, 1)
    assert engine.plan[-1].output == (1, 1, 10)
    for before, after in zip(engine.plan, engine.plan[1:], strict=False):
        assert before.output == after.input


@pytest.mark.parametrize("without", [(), ("fold", "winograd", "fuse")])
def test_the_plan_asks_for_as_much_work_as_the_network_does(weights, without):
    plan = Engine(weights, without=without).plan

    assert sum(step.flops_direct for step in plan) == weights.spec.flops


def test_a_step_of_the_plan_is_frozen_and_says_what_it_saves(weights):
    step = Engine(weights).plan[1]

    assert isinstance(step, PlanStep)
    assert step.flops_saved == step.flops_direct - step.flops_done > 0
    with pytest.raises(dataclasses.FrozenInstanceError):
        step.layer = "conv9"


def test_every_isa_makes_the_same_plan(weights, isa):
    assert Engine(weights, isa=isa).plan == Engine(weights).plan


@pytest.mark.parametrize("name", PASSES)
def test_load_leaves_a_pass_out(name):
    engine = digitcli.load("small", without=(name,))

    assert engine.without == (name,)
    joined = any(len(step.layers) > 1 for step in engine.plan)
    assert joined == (name != "fuse")  # small has pools, and no chain to fold
    assert any("winograd" in step.algorithm for step in engine.plan) == (name != "winograd")


def test_answers_without_any_pass_are_the_same_but_for_rounding(rng):
    images = rng.integers(0, 256, (20, 28, 28), dtype=np.uint8)

    plain = digitcli.load("small", without=PASSES).predict(images).probabilities

    np.testing.assert_allclose(
        digitcli.load("small").predict(images).probabilities, plain, rtol=0, atol=1e-5
    )


@pytest.mark.parametrize("without", [("unroll",), ["fuse", "unroll"], "unroll"])
def test_an_unknown_pass_is_a_usage_error_that_lists_the_choices(weights, without):
    message = "no pass is called 'unroll' (choose from: fold, winograd, fuse, blank)"

    for make in (
        lambda: Engine(weights, without=without),
        lambda: digitcli.load("?", without=without),
    ):
        with pytest.raises(UsageError) as caught:
            make()
        assert str(caught.value) == message


def test_python_and_cpp_know_the_same_passes(weights):
    with pytest.raises(_core.BadNetworkError) as caught:
        _core.Engine((1, 1, 1), 1.0, [], without=["?"])

    assert f"(choose from: {', '.join(PASSES)})" in str(caught.value)
