"""Weights whose numbers overflow give no answers: exit 4 everywhere, and nothing is written."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from pictures import digit_picture, save_template_weights, templates

from digitcli.cli.app import main
from digitcli.data.idx import write_idx
from digitcli.errors import ModelError
from digitcli.evaluation.ensemble import mean_probabilities
from digitcli.inference.engine import Engine
from digitcli.inference.prediction import Prediction
from digitcli.inference.quantize import quantize
from digitcli.model.precision import INT8
from digitcli.model.weights import Weights, load_weights, save_weights

SAID = "its answers are not finite; the weights overflow"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A seven, weights that work, and two with finite numbers whose sums are not finite."""
    save_template_weights(tmp_path / "good.npz")
    good = load_weights(tmp_path / "good.npz")
    arrays = {name: np.array(array) for name, array in good.arrays.items()}
    weight = arrays["dense1.weight"]
    save(tmp_path / "over.npz", good, weight * np.float32(1e37))
    weight[:, 3] = -1e38  # one logit alone is infinite, and no probability
    save(tmp_path / "minus.npz", good, weight)
    digit_picture(7).save(tmp_path / "seven.png")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def save(path, good: Weights, weight: np.ndarray) -> None:
    save_weights(path, replace(good, tensors={**good.arrays, "dense1.weight": weight}))


@pytest.mark.parametrize("form", [[], ["--csv"], ["--json"], ["--jsonl"]])
def test_predict_refuses_weights_that_overflow(capsys, form):
    assert main(["predict", "seven.png", "-w", "over.npz", *form]) == 4

    out, err = capsys.readouterr()
    assert f"error: templates: {SAID}\n" in err
    assert "nan" not in out
    assert "digits" not in out
    if "--json" in form:
        assert json.loads(out)["schema"] == "digitcli.error/1"


@pytest.mark.parametrize("weights", ["over.npz", "minus.npz"])
@pytest.mark.parametrize("form", [[], ["--json"], ["--out", "page.html"]])
def test_show_refuses_weights_that_overflow(capsys, folder, weights, form):
    assert main(["show", weights, "seven.png", *form]) == 4

    out, err = capsys.readouterr()
    assert SAID in err
    assert not out or json.loads(out)["exit_code"] == 4
    assert not list(folder.glob("page.*"))


def test_a_logit_of_minus_infinity_is_a_probability_of_zero(capsys):
    assert main(["predict", "seven.png", "-w", "minus.npz", "--json"]) == 0

    (result,) = json.loads(capsys.readouterr().out)["results"]
    assert result["text"] == "7"
    assert result["digits"][0]["probabilities"][3] == 0


@pytest.fixture
def data(folder, monkeypatch):
    """A data folder in which MNIST is thirty templates."""
    from digitcli.data.store import Split

    images, labels = np.tile(templates(), (100, 1, 1)), np.tile(np.arange(10, dtype=np.uint8), 100)
    split = Split("mnist", "test", images, labels, "0" * 64)
    for where in ("data.store", "vision.labelled.division.store"):
        monkeypatch.setattr(f"digitcli.{where}.load_split", lambda *_, **__: split)
    write_idx(folder / "images", images)


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize(
    "weights",
    [["-w", "over.npz"], ["-w", "over.npz", "-w", "good.npz"], ["-w", "over.npz", "--tta"]],
)
def test_eval_refuses_weights_that_overflow(capsys, weights):
    assert main(["eval", "--data", "mnist", *weights, "--json"]) == 4

    out, err = capsys.readouterr()
    assert SAID in err
    assert json.loads(out)["exit_code"] == 4


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize("view", [["--layers"], ["--cold"], ["--batch", "1"]])
def test_bench_refuses_weights_that_overflow(capsys, view):
    assert main(["bench", "-w", "over.npz", "--against", "none", "--json", *view]) == 4

    out, err = capsys.readouterr()
    assert SAID in err
    assert json.loads(out)["exit_code"] == 4


def test_export_refuses_weights_that_overflow(capsys, folder):
    pytest.importorskip("onnx", reason="needs the export extra")

    assert main(["export", "-w", "over.npz", "--to", "onnx", "--out", "over.onnx"]) == 4

    assert SAID in capsys.readouterr().err
    assert not (folder / "over.onnx").exists()


def test_quantize_refuses_weights_that_overflow():
    spec_of = {"name": "wide", "layers": [{"type": "dense", "units": 4, "activation": "relu"}]}
    spec_of["layers"].append({"type": "dense", "units": 10})
    from digitcli.model.spec import NetworkSpec

    spec = NetworkSpec.from_json(spec_of)
    tensors = {name: np.full(shape, 1e38, np.float32) for name, shape in spec.tensors.items()}

    with pytest.raises(ModelError, match=f"wide: {SAID}"):
        quantize(Weights(spec, tensors), np.tile(templates(), (10, 1, 1)))


def test_int8_scales_that_overflow_are_refused(folder):
    good = load_weights(folder / "good.npz")
    tensors = {
        "dense1.weight": np.full((784, 10), 127, np.int8),
        "dense1.bias": np.zeros(10, np.int32),
        "dense1.scale": np.full(10, 3e38, np.float32),
    }
    engine = Engine(Weights(good.spec, tensors, precision=INT8))

    with pytest.raises(ModelError, match=f"templates: {SAID}"):
        engine.predict(np.full((1, 28, 28), 255, np.uint8))


def test_an_ensemble_with_weights_that_overflow_is_refused(folder):
    engines = [Engine(load_weights(folder / name)) for name in ("good.npz", "over.npz")]

    with pytest.raises(ModelError, match=SAID):
        mean_probabilities(engines, templates())


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_prediction_that_is_not_finite_is_refused(value):
    values = np.full((3, 10), 0.1, np.float32)
    values[2, 9] = value

    with pytest.raises(ModelError, match=f"peer: {SAID}"):
        Prediction(values, "peer")
    assert len(Prediction(values[:2])) == 2
