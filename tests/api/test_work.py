"""`digitcli.fetch`, `quantize` and `export` do what the commands of these names do."""

from __future__ import annotations

import subprocess
import sys

import pytest

import digitcli
from digitcli.errors import UsageError
from digitcli.model.weights import load_weights


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A data folder with the synthetic set."""
    folder = tmp_path_factory.mktemp("data")
    fetched = digitcli.fetch("synthetic", folder=folder)
    assert all(file.usable for file in fetched.files)
    return folder


def test_a_data_set_that_is_there_is_verified(folder):
    assert digitcli.fetch("synthetic", folder=folder, verify=True).folder == folder / "synthetic"
    with pytest.raises(UsageError, match="only looks"):
        digitcli.fetch("synthetic", folder=folder, verify=True, force=True)


def test_weights_are_quantised_and_compared(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("DIGITCLI_DATA", str(folder))

    done = digitcli.quantize(
        "tiny", tmp_path / "tiny8.npz", data="synthetic", images=200, max_drop=100
    )

    assert done.written
    assert load_weights(done.out).precision == "int8"
    assert done.to_dict()["validation"]["n"] > 100
    with pytest.raises(UsageError, match="exists"):
        digitcli.quantize("tiny", done.out, data="synthetic")


@pytest.mark.parametrize("options", [{"max_drop": -1}, {"max_drop": float("nan")}, {"images": 0}])
def test_impossible_options_are_refused_before_anything_is_read(options, tmp_path):
    with pytest.raises(UsageError):
        digitcli.quantize("tiny", tmp_path / "out.npz", **options)


def test_weights_are_exported_and_checked(tmp_path):
    pytest.importorskip("onnxruntime", reason="needs ONNX Runtime (the export extra)")
    pytest.importorskip("onnx", reason="needs onnx (the export extra)")

    done = digitcli.export(tmp_path / "tiny.onnx", weights="tiny")

    document = done.to_dict()
    assert document["schema"] == "digitcli.export/1"
    assert document["check"]["equal_labels"] == document["check"]["pictures"]
    assert callable(digitcli.export)  # no module took its name


EXAMPLE = """
from pathlib import Path

import numpy as np

import digitcli

reading: digitcli.Reading = digitcli.read(Path("a.png"), digits="auto", length=3)
text: str = reading.text
sure: float | None = reading.confidence
for field in reading.fields or ():
    box: tuple[int, int, int, int] = field.box
for one in digitcli.read_many([b"", np.zeros((9, 9), np.uint8)], threads=2):
    plain: dict[str, object] = one.to_dict()
engine: digitcli.Engine = digitcli.load("small")
prediction: digitcli.Prediction = engine.predict(np.zeros((28, 28)), scale=1.0)
print(prediction.classes, engine.predict_proba([[0] * 28] * 28, scale=255))
print(digitcli.fetch("mnist", offline=True).folder)
print(digitcli.quantize("small", "small8.npz").written)
print(digitcli.export("small.onnx", to="onnx").to_dict())
"""


def test_strict_type_checks_pass_on_code_that_uses_the_package(tmp_path):
    pytest.importorskip("mypy", reason="needs mypy (the dev extra)")
    (tmp_path / "example.py").write_text(EXAMPLE)

    command = [sys.executable, "-m", "mypy", "--strict", "example.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout
