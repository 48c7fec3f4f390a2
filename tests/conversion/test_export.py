from __future__ import annotations

import errno
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from conversion.conftest import NETWORKS, weights_of

from digitcli.conversion import check as checks
from digitcli.conversion import formats
from digitcli.conversion.convert import export, refuse_quantised
from digitcli.errors import GateError, MachineError, ModelError, UsageError
from digitcli.model.weights import Weights

pytest.importorskip("onnx", reason="needs onnx: pip install 'digitcli[export]'")

FORMS = [
    pytest.param("onnx"),
    pytest.param("tflite", marks=pytest.mark.train),
    pytest.param("savedmodel", marks=pytest.mark.train),
]


def classifier(weights: Weights):
    """What makes the Keras model of `weights`; skips without TensorFlow."""
    pytest.importorskip("tensorflow", reason="needs TensorFlow (the train extra)")
    from digitcli.training.network import load_classifier

    return lambda: load_classifier(weights)


def test_every_format_has_a_runtime_that_checks_it():
    assert sorted(checks.RUNNERS) == sorted(formats.FORMS)


@pytest.mark.parametrize("form", FORMS)
def test_a_file_is_checked_and_then_there(form, images, tmp_path):
    weights = weights_of("deck")
    make = None if form == "onnx" else classifier(weights)

    done = export(weights, form, tmp_path / "new" / "deck", [images], make)

    assert done.path.exists()
    assert done.size > 4 * weights.spec.parameters
    assert (done.check.pictures, done.check.equal_labels) == (40, 40)
    assert done.check.largest_difference <= checks.TOLERANCE
    assert [path.name for path in done.path.parent.iterdir()] == ["deck"]


@pytest.mark.parametrize("form", FORMS[:2])
def test_a_file_may_have_a_name_that_is_no_text(form, images, tmp_path):
    weights = weights_of("dense only")
    make = None if form == "onnx" else classifier(weights)

    done = export(weights, form, tmp_path / f"a\udce9\x1b.{form}", [images], make)

    assert done.check.passed
    assert done.path.is_file()


def test_tensorflow_is_not_asked_for_a_folder_whose_name_is_no_text(images, tmp_path):
    with pytest.raises(UsageError, match="TensorFlow cannot write to a path that is not UTF-8"):
        export(weights_of("dense only"), "savedmodel", tmp_path / "a\udce9", [images])

    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("form", FORMS)
def test_the_temperature_is_exported(form, images, tmp_path):
    weights = replace(weights_of("dense only"), temperature=2.5)
    make = None if form == "onnx" else classifier(weights)

    assert export(weights, form, tmp_path / "out", [images], make).check.passed


@pytest.mark.train
@pytest.mark.parametrize(
    "form",
    # A SavedModel is the Keras model as it is; a test above makes one in any run.
    ["tflite", pytest.param("savedmodel", marks=pytest.mark.slow)],
)
@pytest.mark.parametrize("name", [name for name in NETWORKS if name not in ("deck", "notebook")])
def test_every_kind_of_layer_survives_the_conversion(name, form, images, tmp_path):
    weights = weights_of(name)

    done = export(weights, form, tmp_path / "out", [images], classifier(weights))

    assert done.check.passed


def test_without_onnxruntime_onnx_itself_does_the_check(images, tmp_path, monkeypatch):
    monkeypatch.setattr(checks, "find_spec", lambda name: None)

    done = export(weights_of("small"), "onnx", tmp_path / "small.onnx", [images[:5]])

    assert done.check.runtime.startswith("onnx reference ")
    assert done.check.passed


@pytest.fixture
def wrong_runtime(monkeypatch):
    """A runtime that moves one probability by a little too much."""

    def opened(path):
        def run(pictures):
            answers = np.full((len(pictures), 10), 0.1, np.float32)
            answers[:, 3] += 0.01
            return answers

        return "wrong 1.0", run

    monkeypatch.setitem(checks.RUNNERS, "onnx", opened)


def test_a_file_that_answers_differently_is_never_written(images, tmp_path, wrong_runtime):
    target = tmp_path / "small.onnx"
    target.write_bytes(b"what was there before")

    with pytest.raises(GateError, match=r"the onnx file answers differently: .*by wrong 1\.0"):
        export(weights_of("small"), "onnx", target, [images])

    assert target.read_bytes() == b"what was there before"
    assert [path.name for path in tmp_path.iterdir()] == ["small.onnx"]


def test_answers_that_are_not_numbers_do_not_pass(images, tmp_path, monkeypatch):
    nothing = ("nan 1.0", lambda pictures: np.full((len(pictures), 10), np.nan, np.float32))
    monkeypatch.setitem(checks.RUNNERS, "onnx", lambda path: nothing)

    with pytest.raises(GateError, match="difference of two probabilities inf"):
        export(weights_of("small"), "onnx", tmp_path / "small.onnx", [images])

    assert list(tmp_path.iterdir()) == []


def test_a_layer_that_the_format_lacks_leaves_no_file(images, tmp_path, monkeypatch):
    def refuse(weights):
        raise ModelError("conv2: ONNX export cannot express a layer of type 'twist'")

    monkeypatch.setattr("digitcli.conversion.onnx.onnx_model", refuse)

    with pytest.raises(ModelError, match="conv2"):
        export(weights_of("small"), "onnx", tmp_path / "small.onnx", [images])

    assert list(tmp_path.iterdir()) == []


@pytest.mark.train
def test_the_converter_is_quoted_when_it_cannot_express_a_layer():
    pytest.importorskip("tensorflow", reason="needs TensorFlow (the train extra)")
    from digitcli.conversion.tflite import _converted

    def convert():
        raise ValueError("\nsome context\n'tf.Twist' op is neither a custom op nor a flex op\n")

    with pytest.raises(ModelError, match=r"cannot express this network: 'tf\.Twist' op") as caught:
        _converted(SimpleNamespace(convert=convert))

    assert "--to onnx" in caught.value.hint


def test_int8_weights_are_refused_with_the_way_out():
    quantised = SimpleNamespace(precision="int8", spec=SimpleNamespace(name="small"))

    with pytest.raises(ModelError, match="small: int8 weights are for digitcli's own") as caught:
        refuse_quantised(quantised)

    assert "export the float32 file" in caught.value.hint


@pytest.mark.train
def test_a_folder_is_never_replaced(images, tmp_path):
    target = tmp_path / "model"
    target.mkdir()
    (target / "mine").write_text("keep")
    weights = weights_of("small")

    with pytest.raises(MachineError, match="there is something already"):
        export(weights, "savedmodel", target, [images], classifier(weights))

    assert [path.name for path in target.iterdir()] == ["mine"]


def test_a_missing_package_is_named_with_the_command_that_installs_it(
    images, tmp_path, monkeypatch
):
    monkeypatch.delitem(sys.modules, "digitcli.conversion.onnx", raising=False)
    monkeypatch.setitem(sys.modules, "onnx", None)

    with pytest.raises(MachineError, match="need the package onnx") as caught:
        export(weights_of("small"), "onnx", tmp_path / "small.onnx", [images])

    assert caught.value.hint == 'pip install "digitcli[export]"'
    assert list(tmp_path.iterdir()) == []


@pytest.mark.train
@pytest.mark.parametrize("form", ["savedmodel", "tflite", "keras"])
def test_a_disk_that_is_full_while_tensorflow_writes_is_exit_6(form, images, tmp_path, monkeypatch):
    """It has errors of its own, with what the system said in words."""
    weights = weights_of("dense only")
    make = classifier(weights)
    import keras
    import tensorflow as tf

    def refuse(*_: object, **__: object) -> None:
        if form == "keras":
            raise OSError(errno.ENOSPC, "No space left on device")
        raise tf.errors.ResourceExhaustedError(None, None, "a/b; No space left on device")

    archive = SimpleNamespace(track=lambda *_: None, add_endpoint=dict, write_out=refuse)
    monkeypatch.setattr(keras.export, "ExportArchive", lambda: archive)
    monkeypatch.setattr(keras.Model, "save", refuse)
    with pytest.raises(MachineError, match=r"cannot be written \(no space left on device\)"):
        export(weights, form, tmp_path / "out", [images], make)

    assert not list(tmp_path.iterdir())


@pytest.mark.train
def test_the_interpreter_that_checks_a_tflite_file_prints_nothing(images, tmp_path, capfd):
    weights = weights_of("dense only")

    export(weights, "tflite", tmp_path / "out.tflite", [images], classifier(weights))

    assert "delegate" not in capfd.readouterr().err
