"""`digitcli quantize`, and int8 files in the other commands."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import digitcli
from digitcli.data.store import load_split
from digitcli.errors import UsageError
from digitcli.model.spec import NetworkSpec
from digitcli.model.weights import Weights, load_weights, save_weights


@pytest.fixture(scope="module")
def data(drawn_data):
    """Variables that name a data folder with the synthetic set."""
    return {"DIGITCLI_DATA": str(drawn_data)}


@pytest.fixture
def quantize(run_cli, data):
    """Quantise bundled or other weights on the drawn data set into w8.npz."""

    def run(*options, weights="small"):
        where = ("--out", "w8.npz", "--data", "synthetic")
        return run_cli("quantize", weights, *where, *options, env=data)

    return run


def test_an_int8_file_is_written_and_everything_reads_it(quantize, run_cli, tmp_path, data):
    done = quantize("--json", "--max-drop", "5")

    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["schema"] == "digitcli.quantize/1"
    assert document["written"] is True
    assert document["layers"][0]["name"] == "conv1"
    assert load_weights(tmp_path / "w8.npz").precision == "int8"
    found = run_cli("eval", "-w", "w8.npz", "--data", "synthetic", "--json", env=data)
    assert json.loads(found.stdout)["accuracy"] == document["test"]["accuracy"]["after"]


@pytest.fixture
def fragile(tmp_path, data):
    """A file of weights that read digits (nearest mean), but not after rounding to 8 bits."""
    train = load_split("synthetic", "train", Path(data["DIGITCLI_DATA"]) / "synthetic")
    x = train.images.reshape(-1, 784) / 255
    means = np.stack([x[train.labels == digit].mean(axis=0) for digit in range(10)])
    weight = np.float32(2 * means.T)
    weight[0] = 1e5  # a corner that no digit touches: beside it all other weights round to zero
    spec = NetworkSpec.from_json({"name": "fragile", "layers": [{"type": "dense", "units": 10}]})
    tensors = {"dense1.weight": weight, "dense1.bias": np.float32(-(means**2).sum(axis=1))}
    save_weights(tmp_path / "fragile.npz", Weights(spec, tensors))
    return "fragile.npz"


def test_a_loss_above_the_gate_writes_nothing_and_exits_8(quantize, fragile, tmp_path):
    done = quantize("--json", weights=fragile)

    document = json.loads(done.stdout)
    assert document["validation"]["drop"] > 10
    assert (done.returncode, document["written"]) == (8, False)
    assert "more than 0.1; w8.npz was not written" in done.stderr
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


def test_an_int8_file_is_not_quantised_again(quantize, run_cli, tmp_path, data):
    assert quantize("--max-drop", "5").returncode == 0

    again = run_cli("quantize", "w8.npz", "--out", "w88.npz", "--data", "synthetic", env=data)

    assert again.returncode == 4
    assert "expected float32 weights, found int8" in again.stderr
    assert not (tmp_path / "w88.npz").exists()


def test_the_float32_file_is_never_overwritten(quantize, run_cli, tmp_path, data):
    source = Path(digitcli.__file__).parent / "model" / "zoo" / "small.npz"
    mine = tmp_path / "mine.npz"
    mine.write_bytes(source.read_bytes())

    done = run_cli("quantize", "mine.npz", "--out", "./mine.npz", "--data", "synthetic", env=data)

    assert done.returncode == 2
    assert "--out" in done.stderr
    assert mine.read_bytes() == source.read_bytes()


def test_bench_measures_an_int8_file_alone_and_says_why(quantize, run_cli, data):
    assert quantize("--max-drop", "5").returncode == 0
    options = ("--batch", "1", "--threads", "1", "--seconds", "0", "--rounds", "1", "--json")

    done = run_cli("bench", "--weights", "w8.npz", "--data", "synthetic", *options, env=data)

    document = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert [(row["engine"], row["precision"]) for row in document["rows"]] == [("digitcli", "int8")]
    assert any("cannot read int8" in note for note in document["notes"])


def test_an_int8_engine_names_a_pass_that_it_lacks(quantize, tmp_path):
    assert quantize("--max-drop", "5").returncode == 0

    with pytest.raises(UsageError, match="int8 engines have no pass .fold. to leave out"):
        digitcli.load(str(tmp_path / "w8.npz"), without=("fold",))


@pytest.fixture
def line(tmp_path):
    """A file of random weights that read lines."""
    layers = [
        {"type": "conv", "filters": 4, "kernel": 5, "stride": 4},
        {"type": "conv", "filters": 8, "kernel": [10, 3], "padding": "valid"},
        {"type": "conv", "filters": 16, "kernel": 1, "activation": "linear"},
    ]
    document = {"name": "short", "task": "line", "input": [40, 0, 1], "layers": layers}
    spec, rng = NetworkSpec.from_json(document), np.random.default_rng(4)
    tensors = {name: np.float32(rng.normal(0, 0.3, s)) for name, s in spec.tensors.items()}
    recipe = {"epochs": 1, "mixture": {"strokes": 1.0, "mnist": 1.0}}
    save_weights(tmp_path / "line.npz", Weights(spec, tensors, {"recipe": recipe}))


def test_weights_that_read_lines_are_compared_on_drawn_ones(line, monkeypatch, tmp_path, capsys):
    from digitcli.cli import app
    from digitcli.training.lines import quantized

    monkeypatch.setattr(quantized, "COMPARED", 20)
    monkeypatch.setenv("DIGITCLI_DATA", str(tmp_path / "none"))
    command = ["quantize", str(tmp_path / "line.npz"), "--images", "100", "--max-drop", "100"]

    codes = [
        app.main([*command, "--out", str(tmp_path / f"{number}.npz"), *options])
        for number, options in enumerate([["--json"], []])
    ]

    captured = capsys.readouterr()
    assert codes == [0, 0]
    document, end = json.JSONDecoder().raw_decode(captured.out)
    assert (document["data"], document["validation"]["n"], document["test"]) == ("lines", 20, None)
    assert f"the same number on {document['validation']['agree']} of 20" in captured.out[end:]
    assert "nothing in the hands of mnist, which is not here: digitcli fetch" in captured.err
    assert load_weights(tmp_path / "0.npz").precision == "int8"


def test_a_data_set_of_digits_does_not_calibrate_lines(line, run_cli, tmp_path):
    done = run_cli("quantize", "line.npz", "--out", "w8.npz", "--data", "mnist")

    assert done.returncode == 2
    assert "--data mnist: short is calibrated on lines, which are drawn for it" in done.stderr
    assert not (tmp_path / "w8.npz").exists()
