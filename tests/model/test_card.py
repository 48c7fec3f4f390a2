"""The card of a weight file: recorded facts, and None for the others."""

from __future__ import annotations

import hashlib
import subprocess
import sys

import numpy as np
import pytest

from digitcli.errors import ModelError
from digitcli.model.card import provenance, read_card
from digitcli.model.spec import NetworkSpec
from digitcli.model.weights import Weights, save_weights

LAYERS = [{"type": "conv", "filters": 3}, {"type": "max_pool"}, {"type": "dense", "units": 10}]
SPEC = NetworkSpec.from_json({"name": "mine", "layers": LAYERS})
TRAINED = {
    "recipe": {"optimizer": "adamw", "seed": 5},
    "epochs": 12,
    "steps": 5148,
    "data": {"name": "mnist", "sha256": "ab" * 32},
    "validation_accuracy": 0.9944,
    "test": {"data": "mnist", "n": 10_000, "accuracy": 0.9962, "interval": [0.99, 0.997]},
    "calibration": {"n": 5000, "temperature": 0.5, "ece_before": 0.05, "ece_after": 0.003},
    "versions": {"digitcli": "0.1.0"},
    "device": "CPU",
    "licence": "MIT",
}


@pytest.fixture
def path(tmp_path):
    tensors = {name: np.ones(shape, np.float32) for name, shape in SPEC.tensors.items()}
    save_weights(tmp_path / "w.npz", Weights(SPEC, tensors, TRAINED, temperature=0.5))
    return tmp_path / "w.npz"


def test_a_card_tells_network_file_and_provenance(path):
    card = read_card(str(path))

    assert card["schema"] == "digitcli.card/1"
    assert card["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert card["bytes"] == path.stat().st_size
    assert (card["network"], card["precision"], card["temperature"]) == ("mine", "float32", 0.5)
    assert card["parameters"] == 3 * 9 + 3 + 14 * 14 * 3 * 10 + 10
    assert card["flops"] == sum(layer["flops"] for layer in card["layers"])
    assert [layer["layer"] for layer in card["layers"]] == ["conv1", "pool1", "dense1"]
    assert card["layers"][0]["output"] == [28, 28, 3]
    for name in ("recipe", "epochs", "data", "calibration", "versions", "licence"):
        assert card[name] == TRAINED[name]
    assert card["seed"] == 5
    assert card["test"] == {**TRAINED["test"], "loss": None}


def test_the_seed_of_the_record_comes_before_that_of_the_recipe():
    assert provenance(TRAINED | {"seed": [1, 2, 3]})["seed"] == [1, 2, 3]


@pytest.mark.parametrize("value", [None, 3, "text", [1], True, {}])
def test_a_record_of_any_form_makes_a_card(value):
    card = provenance(dict.fromkeys(TRAINED, value) | {"seed": value})

    assert card.keys() == provenance({}).keys()


def test_nothing_recorded_is_none_throughout():
    assert set(provenance({}).values()) == {None}


def test_a_name_that_is_no_file_is_refused():
    with pytest.raises(ModelError, match="no such weight file"):
        read_card("smal")


def test_a_card_needs_no_numpy(path):
    code = f"""
import sys
from digitcli.model.card import read_card
read_card({str(path)!r}), read_card("small")
print("numpy" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=path.parent
    )

    assert done.stdout.strip() == "False"
