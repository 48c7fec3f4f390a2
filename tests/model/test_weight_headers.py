"""Which members, values and headers of a weight file are refused."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from model.weight_files import npy, replaced, rewrite, with_header

from digitcli.errors import ModelError
from digitcli.model.weights import Weights, load_weights, save_weights

BIAS = np.zeros(16, np.float32)
NAN = np.full(16, np.nan, np.float32)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: m[:-1], "dense1.bias missing"),
        (lambda m: [*m, ("extra.npy", npy(BIAS))], "'extra' not in the spec"),
        (lambda m: [*m, ("evil.txt", b"hello")], "member 'evil.txt' is not an .npy array"),
        (lambda m: m[1:], "no member named header.npy"),
        (replaced("conv1.bias.npy", npy(BIAS[:15])), "conv1.bias: expected array"),
        (replaced("conv1.bias.npy", npy(BIAS.astype("f8"))), "conv1.bias: expected array"),
        (replaced("conv1.bias.npy", npy(BIAS.astype(">f4"))), "conv1.bias: expected array"),
        (replaced("conv1.bias.npy", npy(BIAS)[:-4]), "expected 64 bytes of data, found 60"),
        (replaced("conv1.bias.npy", npy(BIAS) + b"x"), "expected 64 bytes of data, found 65"),
        (replaced("conv1.bias.npy", b""), "conv1.bias: not an .npy array"),
        (replaced("conv1.bias.npy", b"\x93NUMPY\1\1"), "conv1.bias: not an .npy array"),
        (replaced("conv1.bias.npy", b"\x93NUMPY\4\0"), "conv1.bias: not an .npy array"),
        (
            replaced("conv1.bias.npy", npy(BIAS).replace(b" \n", b"\x1f\n")),
            "conv1.bias: .npy header",
        ),
        (replaced("conv1.bias.npy", npy(BIAS)), "conv1.bias: sha256 differs"),
        (replaced("header.npy", npy(np.zeros(9, np.uint8))), "header: not JSON"),
        (replaced("header.npy", npy(np.zeros((3, 3), np.uint8))), "header: expected array"),
    ],
)
def test_anything_but_the_members_of_the_spec_is_refused_by_name(path, change, message):
    rewrite(path, change)

    with pytest.raises(ModelError) as caught:
        load_weights(path)

    assert str(caught.value).startswith(f"{path}: ")
    assert message in str(caught.value)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_that_is_there_twice_is_refused(path):
    rewrite(path, lambda members: [*members, members[-1]])

    with pytest.raises(ModelError, match=r"'dense1.bias.npy' is there twice"):
        load_weights(path)


def test_an_archive_behind_other_bytes_is_refused(path):
    path.write_bytes(b"?" + path.read_bytes())

    with pytest.raises(ModelError, match="it does not begin as an archive does"):
        load_weights(path)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda d: d | {"format": "digitcli-weights/9"}, "expected format 'digitcli-weights/1'"),
        (lambda d: [d], "expected format 'digitcli-weights/1'"),
        (
            lambda d: d | {"precision": "int4"},
            "'float32' or 'int8', found 'int4'",
        ),
        (lambda d: d | {"more": 1}, "'more' not in the spec"),
        (lambda d: {k: v for k, v in d.items() if k != "trained"}, "trained missing"),
        (lambda d: d | {"trained": 3}, "`trained` must be an object"),
        (lambda d: d | {"tensors": {}}, "does not list the tensors of the spec"),
        (lambda d: d | {"spec": {}}, "network: no layers"),
        (lambda d: d | {"spec": 3}, "network: expected a table"),
        (lambda d: d | {"spec": d["spec"] | {"input": 5}}, "input must be [28, 28, 1]"),
        (lambda d: d | {"spec": d["spec"] | {"scale": "1"}}, "scale must be above 0"),
        (lambda d: d | {"spec": d["spec"] | {"layers": [{"type": []}]}}, "unknown type []"),
    ],
)
def test_a_header_of_another_form_is_refused(path, edit, message):
    with_header(path, edit)

    with pytest.raises(ModelError) as caught:
        load_weights(path)

    assert message in str(caught.value)


@pytest.mark.parametrize(
    "value", [0, -1.5, 1e-9, 0.049, 21, 1e308, 10**400, True, None, "1", [1.0], {}]
)
def test_a_temperature_that_no_calibration_finds_is_refused_by_name(path, value):
    with_header(path, lambda d: d | {"temperature": value})

    with pytest.raises(ModelError, match=r"temperature: expected a number from 0\.05 to 20, found"):
        load_weights(path)


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_temperature_that_is_no_json_number_is_refused(path, text):
    with np.load(path) as archive:
        header = archive["header"].tobytes()
    changed = header[:-1] + f', "temperature": {text}}}'.encode()
    rewrite(path, replaced("header.npy", npy(np.frombuffer(changed, np.uint8))))

    with pytest.raises(ModelError, match="is not a finite number"):
        load_weights(path)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 0.0, -1.0])
def test_weights_in_memory_refuse_the_same_temperatures(weights, value):
    with pytest.raises(ModelError, match="temperature: expected a number"):
        replace(weights, temperature=value)


def test_a_temperature_comes_back_to_the_last_bit(weights, tmp_path):
    for value in (0.05, 0.1 + 0.2, 1.5000000000000002, 20.0):
        save_weights(tmp_path / "t.npz", replace(weights, temperature=value))

        assert load_weights(tmp_path / "t.npz").temperature == value


def test_a_file_without_calibration_has_no_temperature_in_its_header(path):
    with np.load(path) as archive:
        document = json.loads(archive["header"].tobytes())

    assert "temperature" not in document
    assert load_weights(path).temperature == 1.0


def test_values_that_are_not_finite_are_refused(weights):
    with pytest.raises(ModelError, match=r"conv1.bias: 16 of 16 values are not finite"):
        Weights(weights.spec, {**weights.tensors, "conv1.bias": NAN})


def test_nan_in_a_file_is_refused_even_with_the_right_digest(path):
    import hashlib

    rewrite(path, replaced("conv1.bias.npy", npy(NAN)))
    digest = hashlib.sha256(NAN.tobytes()).hexdigest()
    with_header(path, lambda d: d | {"tensors": d["tensors"] | {"conv1.bias": digest}})

    with pytest.raises(ModelError, match=r"conv1.bias: 16 of 16 values are not finite"):
        load_weights(path)


def test_weights_for_another_normalisation_are_refused(path):
    with_header(path, lambda d: d | {"normalization": 2})

    with pytest.raises(ModelError, match="normalization: expected version 1, which this digitcli"):
        load_weights(path)


def test_weights_without_a_version_are_of_the_first_normalisation(path):
    assert load_weights(path).normalization == 1
