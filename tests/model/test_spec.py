"""The network description: shapes as TensorFlow has them, refusals by name."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitcli.errors import ModelError
from digitcli.model.layers import Conv, Dense, GlobalAveragePool, MaxPool
from digitcli.model.spec import MAX_LAYERS, NetworkSpec

TEN = Dense(10)


def network(*layers, **settings) -> NetworkSpec:
    return NetworkSpec("test", layers, **settings)


def places(size: int, window: int, stride: int, padding: str) -> tuple[int, int]:
    """(outputs, zeros in front), by walking a window over `size` values as TensorFlow does.

    "valid" keeps the windows that lie inside. "same" has one output for every `stride`-th value and
    adds just enough zeros for the last window, the odd one behind.
    """
    if padding == "valid":
        return sum(1 for start in range(0, size, stride) if start + window <= size), 0
    starts = list(range(0, size, stride))
    missing = max(starts[-1] + window - size, 0)
    return len(starts), missing // 2


windows = st.tuples(st.integers(1, 28), st.integers(1, 28), st.sampled_from(["same", "valid"]))


@given(windows)
def test_convolution_and_pooling_have_tensorflows_sizes(case):
    window, stride, padding = case
    outputs, _ = places(28, window, stride, padding)

    conv = network(Conv(4, window, stride, padding), TEN).steps[0]
    pool = network(MaxPool(window, stride, padding), TEN).steps[0]

    assert conv.output_shape == (outputs, outputs, 4)
    assert pool.output_shape == (outputs, outputs, 1)


@pytest.mark.parametrize(
    ("layer", "rows"),
    [
        (Conv(1, kernel=5), (2, 2)),
        (Conv(1, kernel=4), (1, 2)),  # the odd one at the end
        (Conv(1, kernel=4, stride=3), (1, 2)),  # 10 windows reach over 31 pixels
        (Conv(1, kernel=2, stride=3), (0, 1)),
        (Conv(1, kernel=1, stride=3), (0, 0)),  # gaps between windows: nothing is missing
        (Conv(1, kernel=5, padding="valid"), (0, 0)),
        (MaxPool(3, 2, "same"), (0, 1)),
        (MaxPool(3, 2, "valid"), (0, 0)),
        (GlobalAveragePool(), (0, 0)),
        (TEN, (0, 0)),
    ],
)
def test_padding_is_split_as_tensorflow_splits_it(layer, rows):
    assert network(layer, TEN).steps[0].padding == (rows, rows)


def test_layers_are_numbered_by_kind_and_shapes_follow_each_other():
    steps = network(
        Conv(4), MaxPool(), Conv(6, 5, padding="valid"), GlobalAveragePool(), Dense(8), TEN
    ).steps

    assert [step.name for step in steps] == [
        "conv1",
        "pool1",
        "conv2",
        "average1",
        "dense1",
        "dense2",
    ]
    assert [step.output_shape for step in steps] == [
        (28, 28, 4),
        (14, 14, 4),
        (10, 10, 6),
        (6,),
        (8,),
        (10,),
    ]
    assert all(a.output_shape == b.input_shape for a, b in pairwise(steps))


def test_tensors_have_keras_names_shapes_and_order():
    spec = network(Conv(4, 5, batch_norm=True, dropout=0.5), MaxPool(), Dense(8, "relu"), TEN)

    assert list(spec.tensors.items()) == [
        ("conv1.weight", (5, 5, 1, 4)),
        ("conv1.bias", (4,)),
        ("dense1.weight", (14 * 14 * 4, 8)),
        ("dense1.bias", (8,)),
        ("dense2.weight", (8, 10)),
        ("dense2.bias", (10,)),
    ]
    assert spec.parameters == sum(math.prod(shape) for shape in spec.tensors.values())


def test_flops_count_one_multiplication_and_one_addition_for_each_weight_in_each_place():
    spec = network(Conv(4, 5, padding="valid"), GlobalAveragePool(), TEN)

    assert spec.flops == 2 * (24 * 24 * 4) * (5 * 5) + (24 * 24 * 4 + 4) + 2 * 4 * 10


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([Conv(0), TEN], "conv1: filters must be a whole number from 1 to 65536, got 0"),
        ([Conv(4), Conv(4.0), TEN], r"conv2: filters .* got 4\.0"),
        ([Conv(True), TEN], "conv1: filters .* got True"),
        ([Conv(4, kernel=65), TEN], "conv1: kernel .* from 1 to 64, got 65"),
        ([Conv(4, stride=0), TEN], "conv1: stride .* got 0"),
        ([Conv(4, padding="full"), TEN], "conv1: padding must be one of same, valid; got 'full'"),
        ([Conv(4, activation="tanh"), TEN], "conv1: activation must be one of linear, relu"),
        ([Conv(4, batch_norm=1), TEN], "conv1: batch_norm must be true or false, got 1"),
        ([Conv(4, dropout=1.0), TEN], "conv1: dropout must be at least 0 and below 1, got 1.0"),
        ([Dense(8, dropout=-0.1), TEN], "dense1: dropout .* got -0.1"),
        ([Dense(8, dropout=float("nan")), TEN], "dense1: dropout .* got nan"),
        ([Dense(8, dropout=True), TEN], "dense1: dropout .* got True"),
        ([MaxPool(0), TEN], "pool1: size .* got 0"),
        ([MaxPool(2, stride=-1), TEN], "pool1: stride .* got -1"),
        ([MaxPool(padding="no"), TEN], "pool1: padding .* got 'no'"),
        (
            [MaxPool(20, 20), MaxPool(2), TEN],
            "pool2: a 2 x 2 window does not fit into 1 x 1 pixels",
        ),
        ([Dense(8), Conv(4), TEN], "conv1: conv needs a picture .* gets 8 values"),
        ([GlobalAveragePool(), MaxPool(), TEN], "pool1: max_pool needs a picture .* gets 1 values"),
        ([Dense(8), GlobalAveragePool(), TEN], "average1: global_average_pool needs a picture"),
        ([Dense(8), Dense(9)], "dense2: the last layer must give 10 values.* it gives 9"),
        ([Conv(10)], "conv1: the last layer must give 10 values.* it gives 28 x 28 x 10"),
        ([Dense(10, "relu")], "dense1: the last layer feeds softmax"),
        ([Dense(10, dropout=0.5)], "dense1: the last layer feeds softmax"),
        ([Dense(60_000), Dense(60_000), TEN], "test: 3,6.* parameters, more than 100,000,000"),
        ([], f"1 to {MAX_LAYERS} layers, got 0"),
        ([Dense(10)] * (MAX_LAYERS + 1), f"1 to {MAX_LAYERS} layers, got {MAX_LAYERS + 1}"),
    ],
)
def test_a_layer_that_makes_no_sense_is_refused_by_name(layers, message):
    with pytest.raises(ModelError, match=message):
        network(*layers)


@pytest.mark.parametrize("scale", [0.0, -1.0, 1.5, float("nan"), float("inf"), 2, "1", None])
def test_a_scale_outside_0_to_1_is_refused(scale):
    with pytest.raises(ModelError, match="scale must be above 0 and at most 1"):
        network(TEN, scale=scale)


@pytest.mark.parametrize("name", ["", None, 3])
def test_a_network_without_a_name_is_refused(name):
    with pytest.raises(ModelError, match="name must be 1 to 64 letters"):
        NetworkSpec(name, (TEN,))
