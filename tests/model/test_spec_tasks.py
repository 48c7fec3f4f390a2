"""Networks that read lines, and those that make maps."""

from __future__ import annotations

import json

import pytest

from digitcli.errors import ModelError
from digitcli.model.layers import Conv, Dense, MaxPool
from digitcli.model.spec import NetworkSpec

LINE = (
    Conv(8, 3),
    MaxPool(4, 4),
    Conv(8, (10, 3), padding="valid"),
    Conv(16, 1, activation="linear"),
)


def test_a_network_that_reads_lines_takes_any_width_and_keeps_its_columns():
    spec = NetworkSpec("test", LINE, task="line", input=(40, 0, 1))

    assert spec.steps[-1].output_shape == (1, 62, 16)  # of the nominal width, 256
    assert spec.steps_at(64)[-1].output_shape == (1, 14, 16)
    assert spec.tensors["conv2.weight"] == (10, 3, 8, 8)
    assert NetworkSpec.from_json(json.loads(json.dumps(spec.to_json()))) == spec


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"input": (28, 28, 1)}, r"the input of a line must be \[height, 0, 1\]"),
        ({"input": (300, 0, 1)}, "height up to 256"),
        ({"task": "page"}, "task must be digit, line or map"),
        ({"layers": (*LINE[:3], Dense(16))}, "dense1: a network that reads lines keeps"),
        ({"layers": LINE[:3]}, "conv2: the last layer must give 16 values for each column; it"),
        ({"layers": (*LINE[:2], Conv(16, 1, activation="linear"))}, "it gives 10 x 64 x 16"),
        ({"layers": (*LINE[:3], Conv(16, 1))}, "the last layer feeds softmax"),
        ({"layers": (Conv(8, (3, 3, 3)), *LINE[1:])}, r"kernel must be one number or \[height, w"),
        ({"layers": (Conv(8, (65, 3)), *LINE[1:])}, "kernel must be a whole number from 1 to 64"),
    ],
)
def test_a_network_that_cannot_read_lines_is_refused(changes, words):
    with pytest.raises(ModelError, match=words):
        NetworkSpec(
            **{"name": "test", "layers": LINE, "task": "line", "input": (40, 0, 1)} | changes
        )


MAP = (Conv(8, 5, 2), MaxPool(), Conv(2, 1, activation="linear"))


def test_a_network_for_maps_takes_any_size_and_gives_two_values_for_each_place():
    spec = NetworkSpec("test", MAP, task="map", input=(0, 0, 1))

    assert spec.steps[-1].output_shape == (64, 64, 2)  # of the nominal size, 256 x 256
    assert spec.steps_at(128, 64)[-1].output_shape == (16, 32, 2)
    assert NetworkSpec.from_json(json.loads(json.dumps(spec.to_json()))) == spec


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"input": (28, 0, 1)}, r"the input of a map must be \[0, 0, 1\]"),
        ({"layers": MAP[:2]}, "pool1: the last layer must give 64 x 64 x 2 values"),
        ({"layers": MAP[::2]}, "conv2: the last layer must give .* it gives 128 x 128 x 2"),
        ({"layers": (*MAP[:2], Conv(3, 1, activation="linear"))}, "it gives 64 x 64 x 3"),
        ({"layers": (*MAP, Dense(2))}, "dense1: the last layer must give"),
        ({"layers": (*MAP[:2], Conv(2, 1))}, "the last layer feeds softmax"),
    ],
)
def test_a_network_that_makes_no_map_is_refused(changes, words):
    with pytest.raises(ModelError, match=words):
        NetworkSpec(**{"name": "test", "layers": MAP, "task": "map", "input": (0, 0, 1)} | changes)
