"""safetensors files hold what the weight file holds."""

from __future__ import annotations

import json

import numpy as np
import pytest
from conversion.conftest import weights_of

from digitcli.conversion.convert import export
from digitcli.errors import ModelError
from digitcli.model.weights import bundled_names, find_weights, load_weights

safetensors = pytest.importorskip(
    "safetensors", reason="needs safetensors: pip install 'digitcli[export]'"
)

from safetensors.numpy import load, save  # noqa: E402

from digitcli.conversion.safetensors_file import (  # noqa: E402
    safetensors_bytes,
    weights_of_safetensors,
)


@pytest.mark.parametrize("name", bundled_names())
def test_weights_of_every_precision_and_task_come_back_unchanged(name):
    weights = load_weights(find_weights(name))

    again = weights_of_safetensors(safetensors_bytes(weights))

    assert again.spec == weights.spec
    assert (again.precision, again.temperature) == (weights.precision, weights.temperature)
    assert again.trained == weights.trained
    for tensor, values in weights.arrays.items():
        np.testing.assert_array_equal(again.arrays[tensor], values)


def test_other_programs_read_the_tensors():
    weights = weights_of("deck")

    found = load(safetensors_bytes(weights))

    assert set(found) == set(weights.arrays)
    np.testing.assert_array_equal(found["conv1.weight"], weights.arrays["conv1.weight"])


def test_equal_weights_give_equal_bytes():
    assert safetensors_bytes(weights_of("deck")) == safetensors_bytes(weights_of("deck"))


def test_the_file_is_read_back_before_it_is_there(images, tmp_path):
    done = export(weights_of("small"), "safetensors", tmp_path / "s.safetensors", [images])

    assert done.check.passed
    assert done.check.largest_difference == 0


def test_tensors_of_another_program_are_refused_with_the_way_out():
    with pytest.raises(ModelError, match="a safetensors file of another program") as caught:
        weights_of_safetensors(save({"fc.weight": np.zeros((3, 3), np.float32)}))

    assert "torch.onnx.export" in caught.value.hint


def changed(change):
    """A file whose header `change` has worked on."""
    content = safetensors_bytes(weights_of("dense only"))
    tensors = load(content)
    length = int.from_bytes(content[:8], "little")
    header = json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["digitcli"])
    change(header, tensors)
    return save(tensors, {"digitcli": json.dumps(header)})


def flip(header, tensors):
    tensors["dense1.weight"] = tensors["dense1.weight"] + 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (flip, "dense1.weight: sha256 differs"),
        (lambda header, tensors: tensors.pop("dense1.bias"), "dense1.bias missing"),
        (lambda header, tensors: tensors.update(x=np.zeros(1)), "'x' not in the spec"),
        (lambda header, tensors: header.update(format="other"), "expected format"),
        (lambda header, tensors: header.pop("trained"), "expected format"),
        (lambda header, tensors: header.update(trained=3), "`trained` must be an object"),
        (lambda header, tensors: header.update(temperature="hot"), "temperature: expected"),
        (lambda header, tensors: header["spec"].update(layers=[]), "a network has 1 to"),
        (lambda header, tensors: header.update(precision="int3"), "int3"),
    ],
)
def test_what_is_not_exactly_the_network_is_refused(change, message):
    with pytest.raises(ModelError, match=message):
        weights_of_safetensors(changed(change))


def test_a_file_cut_anywhere_is_a_model_error():
    whole = safetensors_bytes(weights_of("dense only"))
    for length in [0, 3, 8, 100, *range(1000, len(whole), 4999)]:
        with pytest.raises(ModelError):
            weights_of_safetensors(whole[:length])
