"""What the engine does to a network before it runs it: folding, and switching passes off."""

from __future__ import annotations

from itertools import pairwise

import networks
import numpy as np
import pytest
import reference

from digitcli import _core


def chain(dense, *sizes, relu=()):
    """Dense layers dense1, dense2, ... of these sizes; `relu` names those with an activation."""
    pairs = enumerate(pairwise(sizes), 1)
    return [dense(*pair, relu=n in relu, name=f"dense{n}") for n, pair in pairs]


def steps(layers, without=()):
    depth = layers[0]["weight"].shape[0]
    return [name for name, _ in networks.plan(layers, (1, 1, depth), without)]


@pytest.mark.parametrize("rows", [1, 2, 65])
@pytest.mark.parametrize("without", [[], ["fold"]])
def test_folding_stays_within_the_bound_of_the_layers_it_replaces(isa, dense, rng, rows, without):
    layers = chain(dense, 300, 64, 128, 10)
    x = rng.standard_normal((rows, 1, 1, 300), dtype=np.float32)

    actual = _core.run_layers(layers, x, isa=isa, without=without)

    exact, bound = reference.run(layers, x)
    assert (np.abs(actual - exact) <= bound).all()


def test_a_linear_chain_becomes_one_step_that_names_its_layers(dense):
    layers = chain(dense, 300, 64, 128, 10)

    assert steps(layers) == ["dense1+dense2+dense3"]
    assert steps(layers, ["fold"]) == ["dense1", "dense2", "dense3"]


def test_a_folded_step_says_what_it_saves(dense):
    [step] = _core.Engine((1, 1, 300), 1.0, chain(dense, 300, 64, 128, 10)).plan

    assert step["flops_direct"] == 2 * (300 * 64 + 64 * 128 + 128 * 10)
    assert step["flops_done"] == 2 * 300 * 10
    assert (step["input"], step["output"]) == ((1, 1, 300), (1, 1, 10))


def test_layers_with_an_activation_between_them_are_not_folded(dense):
    assert steps(chain(dense, 300, 64, 128, 10, relu={1})) == ["dense1", "dense2+dense3"]
    assert steps(chain(dense, 300, 128, 64, 10, relu={2})) == ["dense1+dense2", "dense3"]
    assert steps(chain(dense, 300, 64, 128, 10, relu={3})) == ["dense1+dense2+dense3"]


def test_a_folded_chain_keeps_the_activation_at_its_end(isa, dense, rng):
    layers = chain(dense, 40, 30, 20, relu={2})
    x = rng.standard_normal((3, 1, 1, 40), dtype=np.float32)

    actual = _core.run_layers(layers, x, isa=isa)

    exact, bound = reference.run(layers, x)
    assert steps(layers) == ["dense1+dense2"]
    assert (np.abs(actual - exact) <= bound).all()
    assert (actual == 0).any()


def test_layers_whose_product_is_larger_are_not_folded(dense):
    assert steps(chain(dense, 300, 4, 300)) == ["dense1", "dense2"]  # 2,400 weights, not 90,000


def test_a_chain_is_folded_as_far_as_it_saves_work(dense):
    assert steps(chain(dense, 300, 4, 300, 10)) == ["dense1", "dense2+dense3"]
    assert steps(chain(dense, 300, 4, 300, 4)) == ["dense1+dense2+dense3"]


def test_a_chain_after_a_picture_is_folded_too(isa, conv, dense, rng):
    layers = [conv(8, 17, 5), networks.pool(same=True), *chain(dense, 4 * 5 * 17, 100, 50, 10)]
    x = rng.standard_normal((5, 7, 9, 8), dtype=np.float32)

    names = [name for name, _ in networks.plan(layers, x.shape[1:])]
    actual = _core.run_layers(layers, x, isa=isa)

    exact, bound = reference.run(layers, x)
    assert names == ["conv+pool", "dense1+dense2+dense3"]
    assert (np.abs(actual - exact) <= bound).all()


@pytest.mark.parametrize("part", ["weight", "bias"])
def test_a_chain_whose_arrays_do_not_fit_is_refused_by_the_name_of_the_layer(dense, part):
    layers = chain(dense, 30, 20, 10, 5)
    layers[1][part] = layers[1][part][:-1].copy()

    with pytest.raises(_core.BadNetworkError, match="^dense2: expected 20 x 10 weights"):
        _core.run_layers(layers, np.zeros((1, 1, 1, 30), np.float32))


def test_an_unknown_pass_is_refused_with_the_choices(dense):
    with pytest.raises(_core.BadNetworkError) as caught:
        _core.Engine((1, 1, 3), 1.0, chain(dense, 3, 2), without=["fold", "unroll"])

    assert (
        str(caught.value) == "no pass is called 'unroll' (choose from: fold, winograd, fuse, blank)"
    )


def test_the_plan_counts_only_the_rows_of_windows_that_lie_inside_the_picture(conv):
    [step] = _core.Engine((4, 6, 3), 1.0, [conv(3, 10)]).plan

    assert step["algorithm"] == "direct"
    assert step["flops_direct"] == 2 * 9 * 3 * 10 * 4 * 6
    assert step["flops_done"] == 2 * 3 * (2 + 3 + 3 + 2) * 3 * 10 * 6
