"""`digitcli.fetch`, `train`, `evaluate` and others do what the commands of these names do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from pictures import digit_picture, encoded
from PIL import Image

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


def trained(folder, tmp_path, monkeypatch, **options):
    """A run of three steps, and what its observer was told."""
    pytest.importorskip("tensorflow", reason="needs TensorFlow (the train extra)")
    monkeypatch.setenv("DIGITCLI_DATA", str(folder))
    monkeypatch.chdir(tmp_path)
    watched = Watched()
    small = {"data": "synthetic", "steps": 3, "settings": {"validation": 100}}
    done = digitcli.train("tiny", **small, observer=watched, jit="off", **options)
    return done, watched


class Watched:
    """Counts what it is told."""

    def __init__(self):
        self.total, self.epochs = 0, []

    def on_start(self, what, device, total_steps, first_step):
        self.total = total_steps

    def on_note(self, text):
        pass

    def on_progress(self, progress):
        pass

    def on_epoch(self, row, history):
        self.epochs.append(row.epoch)


def test_a_network_is_trained_into_a_folder_and_a_finished_run_is_left_alone(
    folder, tmp_path, monkeypatch
):
    done, watched = trained(folder, tmp_path, monkeypatch, out="mine")

    assert (watched.total, watched.epochs) == (3, [1])
    assert [row.epoch for row in done.history] == [1]
    assert (done.folder / "report.html").is_file()
    assert digitcli.load(str(done.weights)).spec.name == "tiny"
    before = done.weights.stat().st_mtime_ns
    again = digitcli.train(resume="mine")
    assert (again.weights, again.history) == (done.weights, ())
    assert done.weights.stat().st_mtime_ns == before


def test_runs_of_several_seeds_are_trained_and_summarised(folder, tmp_path, monkeypatch):
    done, _ = trained(folder, tmp_path, monkeypatch, seeds=2, ensemble=True)

    assert [run.folder.name for run in done.runs] == ["seed-0", "seed-1"]
    assert done.outcome.to_json()["ensemble_of_all"]["test"]["n"] > 100


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"preset": "tiny", "config": "c.toml"}, "exclude"),
        ({"ensemble": True}, "several runs"),
        ({"seeds": 1}, "at least 2"),
        ({"resume": "mine", "seed": 3}, "--seed cannot be given"),
        ({"resume": "mine", "settings": {"validation": 1}}, "--set cannot be given"),
        ({"settings": {"colour": 1}}, "colour"),
        ({"epochs": 1, "steps": 1}, "either"),
    ],
)
def test_options_of_training_that_contradict_each_other_are_refused(options, words):
    with pytest.raises(UsageError, match=words):
        digitcli.train(**options)


@pytest.mark.parametrize(
    "call",
    [
        lambda: digitcli.read(b"", digits="three"),
        lambda: digitcli.evaluate("small", "synthetic", engine="c++"),
        lambda: digitcli.evaluate("small", "synthetic", split="dev"),
        lambda: digitcli.evaluate("small", "synthetic", digits="x"),
        lambda: digitcli.train(jit="maybe"),
    ],
)
def test_a_value_that_no_option_has_is_refused(call):
    with pytest.raises(UsageError, match="must be one of"):
        call()


@pytest.mark.parametrize("one", ["seven.png", b"bytes", Path("seven.png")])
def test_one_picture_where_several_are_needed_is_refused(one):
    with pytest.raises(TypeError, match="pictures must be a list, got"):
        digitcli.read_many(one)


def test_single_digits_are_evaluated_with_one_network_or_several(folder, monkeypatch):
    monkeypatch.setenv("DIGITCLI_DATA", str(folder))

    one = digitcli.evaluate("tiny", "synthetic")
    both = digitcli.evaluate(["tiny", "small"], "synthetic", split="train", threads=1)

    low, high = one.interval
    assert low <= one.accuracy <= high
    document = both.to_dict()
    assert (document["members"], document["split"]) == (["tiny", "small"], "train")


def test_numbers_of_any_length_are_evaluated_as_they_are_read(tmp_path):
    (tmp_path / "labels.csv").write_text("file,label\nseven.png,7\n12.png,12\n")
    for name, digits in (("seven.png", [7]), ("12.png", [1, 2])):
        row = np.hstack([np.asarray(digit_picture(digit, 60, 40)) for digit in digits])
        (tmp_path / name).write_bytes(encoded(Image.fromarray(np.pad(row, 12, mode="edge"))))

    found = digitcli.evaluate(data=tmp_path)

    assert found.to_dict()["schema"] == "digitcli.eval-strings/1"
    assert (found.result.n, found.accuracy) == (2, 1.0)
    with pytest.raises(UsageError, match="--tta: is for"):
        digitcli.evaluate(data=tmp_path, tta=True)
    with pytest.raises(UsageError, match="no weights"):
        digitcli.evaluate([])


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
print(digitcli.evaluate(["small", "tiny"], "mnist", tta=True).accuracy)
run = digitcli.train("small", epochs=1, settings={"mixture.strokes": 0.1})
folder: Path = run.folder
"""


def test_strict_type_checks_pass_on_code_that_uses_the_package(tmp_path):
    pytest.importorskip("mypy", reason="needs mypy (the dev extra)")
    (tmp_path / "example.py").write_text(EXAMPLE)

    command = [sys.executable, "-m", "mypy", "--strict", "example.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout
