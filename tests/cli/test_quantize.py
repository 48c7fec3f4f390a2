"""`digitcli quantize`, and int8 files in the other commands."""

from __future__ import annotations

import json

import numpy as np
import pytest

from digitcli.model.spec import NetworkSpec
from digitcli.model.weights import Weights, load_weights, save_weights


@pytest.fixture
def quantize(run_cli, tmp_path):
    """Quantise bundled or other weights on the drawn data set into w8.npz."""

    def run(*options, weights="small"):
        return run_cli("quantize", weights, "--out", "w8.npz", "--data", "synthetic", *options)

    return run


def test_an_int8_file_is_written_and_everything_reads_it(quantize, run_cli, tmp_path):
    done = quantize("--json", "--max-drop", "5")

    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["schema"] == "digitcli.quantize/1"
    assert document["written"] is True
    assert document["layers"][0]["name"] == "conv1"
    assert load_weights(tmp_path / "w8.npz").precision == "int8"
    found = run_cli("eval", "-w", "w8.npz", "--data", "synthetic", "--json")
    assert json.loads(found.stdout)["accuracy"] == document["test"]["accuracy"]["after"]


def test_a_loss_above_the_gate_writes_nothing_and_exits_8(quantize, tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    layers = [{"type": "dense", "units": 10}]
    spec = NetworkSpec.from_json({"name": "fragile", "layers": layers})
    weight = np.float32(rng.standard_normal((784, 10)) * 1e-3)
    weight[0] = 1000.0  # a corner that no digit touches: all other weights round to zero
    tensors = {"dense1.weight": weight, "dense1.bias": np.float32(rng.standard_normal(10) * 1e-2)}
    tensors["dense1.weight"][0, 0] = -1000.0
    save_weights(tmp_path / "fragile.npz", Weights(spec, tensors))

    done = quantize("--max-drop", "0", "--json", weights="fragile.npz")

    document = json.loads(done.stdout)
    assert document["validation"]["drop"] > 0
    assert (done.returncode, document["written"]) == (8, False)
    assert "w8.npz was not written" in done.stderr
    assert not (tmp_path / "w8.npz").exists()


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--images", "20"], 2, "expected at least 100 to calibrate on, got 20"),
        (["--images", "1000000"], 2, "images: 1000000 to calibrate on"),
        (["--max-drop", "-1"], 2, "--max-drop must be from 0 to 100"),
        (["--max-drop", "nan"], 2, "--max-drop must be from 0 to 100"),
    ],
)
def test_options_that_make_no_sense_are_refused(quantize, tmp_path, options, code, message):
    done = quantize(*options)

    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr
    assert not (tmp_path / "w8.npz").exists()


def test_an_int8_file_is_not_quantised_again(quantize, run_cli, tmp_path):
    assert quantize("--max-drop", "5").returncode == 0

    again = run_cli("quantize", "w8.npz", "--out", "w88.npz", "--data", "synthetic")

    assert again.returncode == 4
    assert "expected float32 weights, found int8" in again.stderr
    assert not (tmp_path / "w88.npz").exists()
