"""The names of a network's classes: in the spec, in presets and in weight files."""

from __future__ import annotations

import json
import zipfile

import numpy as np
import pytest
from class_weights import CLOTHES, class_weights, names

from digitcli.errors import ModelError
from digitcli.model.card import read_card
from digitcli.model.layers import Conv, Dense, GlobalAveragePool
from digitcli.model.presets import load_preset, preset_names
from digitcli.model.spec import NetworkSpec
from digitcli.model.weights import Weights, load_weights, save_weights
from digitcli.signs import DIGITS


def header(path) -> dict:
    with zipfile.ZipFile(path) as archive, archive.open("header.npy") as file:
        return json.loads(np.lib.format.read_array(file).tobytes())


@pytest.mark.parametrize("name", preset_names())
def test_no_preset_says_which_digits_there_are(name):
    spec = load_preset(name).spec

    assert spec.names_digits
    assert "classes" not in spec.to_json()
    assert spec.task != "digit" or spec.with_classes(DIGITS) == spec


@pytest.mark.parametrize("count", [2, 26, 100])
@pytest.mark.parametrize("preset", ["tiny", "deck", "notebook"])
def test_a_preset_for_digits_becomes_one_for_other_classes(preset, count):
    spec = load_preset(preset).spec

    other = spec.with_classes(names(count))

    assert other.steps[-1].output_shape == (count,)
    assert other.layers[:-1] == spec.layers[:-1]
    assert NetworkSpec.from_json(json.loads(json.dumps(other.to_json()))) == other


def test_a_network_that_ends_with_an_average_gets_more_maps():
    spec = NetworkSpec("maps", (Conv(4), Conv(10, activation="linear"), GlobalAveragePool()))

    assert spec.with_classes(names(7)).steps[-1].output_shape == (7,)


@pytest.mark.parametrize(
    ("classes", "reason"),
    [
        (("one",), "1 classes, expected 2 to 100"),
        (names(101), "101 classes"),
        (("a", "a"), "two classes are called 'a'"),
        (("a", ""), "class 1 must have a name"),
        (("a", " b"), "class 1 must have a name"),
        (("a\x1b[31m", "b"), "printable"),
        (("a", "b" * 41), "1 to 40"),
    ],
)
def test_impossible_names_are_refused(classes, reason):
    with pytest.raises(ModelError, match=reason):
        NetworkSpec("bad", (Dense(len(classes)),), classes=classes)


@pytest.mark.parametrize("value", ["0123456789", 10, [0, 1], {"a": 1}])
def test_classes_in_a_file_are_a_list_of_names(value):
    with pytest.raises(ModelError, match="classes must be a list of names"):
        NetworkSpec.from_json(
            {"name": "x", "classes": value, "layers": [{"type": "dense", "units": 10}]}
        )


def test_as_many_values_as_classes_are_demanded_by_name():
    with pytest.raises(ModelError, match="must give 3 values, one for each class; it gives 10"):
        NetworkSpec("bad", (Dense(10, "linear"),), classes=CLOTHES)


def test_the_names_are_in_the_header_of_the_weights(tmp_path):
    save_weights(tmp_path / "w.npz", class_weights())

    assert header(tmp_path / "w.npz")["spec"]["classes"] == list(CLOTHES)
    assert load_weights(tmp_path / "w.npz").spec.classes == CLOTHES
    assert read_card(str(tmp_path / "w.npz"))["classes"] == list(CLOTHES)


def test_weights_for_digits_say_nothing_that_older_versions_do_not_know(tmp_path):
    spec = NetworkSpec("plain", (Dense(10, "linear"),))
    tensors = {name: np.zeros(shape, np.float32) for name, shape in spec.tensors.items()}

    save_weights(tmp_path / "w.npz", Weights(spec, tensors))

    assert set(header(tmp_path / "w.npz")["spec"]) == {"name", "input", "scale", "layers"}


def test_a_network_for_lines_has_no_classes_of_its_own():
    document = load_preset("line").spec.to_json() | {"classes": ["a", "b"]}

    with pytest.raises(ModelError, match="classes are for networks that name one picture"):
        NetworkSpec.from_json(document)
