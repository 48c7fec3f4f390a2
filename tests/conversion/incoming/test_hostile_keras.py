"""Keras, SavedModel and other files: nothing of them is ever run before it is known."""

from __future__ import annotations

import io
import json
import pickle
import zipfile

import pytest

from digitcli.errors import ModelError

pytest.importorskip("tensorflow", reason="needs TensorFlow (the train extra)")
pytestmark = [
    pytest.mark.train,
    # Keras and TensorFlow, when they save and convert.
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Statistics for quantized inputs:UserWarning"),
]

import h5py  # noqa: E402
import keras  # noqa: E402
import tensorflow as tf  # noqa: E402
from conversion.incoming.keras_models import deck, small, stir, write  # noqa: E402

import digitcli.training.compute.backend  # noqa: E402, F401 - starts TensorFlow quietly


@pytest.fixture(scope="module")
def someones():
    """A model of other people."""
    return stir(deck(keras))


def lambda_model():
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Lambda(lambda x: x / 255, name="scale"),
            keras.layers.Flatten(),
            keras.layers.Dense(10),
        ]
    )


@pytest.mark.parametrize("form", ["keras", "h5"])
def test_a_lambda_is_named_and_never_run(form, take, tmp_path, monkeypatch):
    path = write(lambda_model(), form, tmp_path)
    monkeypatch.setattr(keras.models, "load_model", lambda *given, **options: pytest.fail("loaded"))

    with pytest.raises(ModelError, match=r"scale \(Lambda\): is code of the file") as caught:
        take(path)

    assert "never run" in caught.value.hint


def changed_config(path, change):
    """The .keras file with a description that `change` has worked on."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(members["config.json"])
    change(config)
    members["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    ("module", "kind", "registered"),
    [
        ("os", "system", None),
        ("builtins", "function", "function"),
        ("keras.layers", "TFSMLayer", None),
        ("keras.layers", "Dense", "mine>Dense"),
        ("mine", "Dense", "Dense"),
        ("keras.utils", "get_file", None),
    ],
)
def test_a_class_that_is_not_a_known_layer_is_never_imported(
    module, kind, registered, someones, take, tmp_path, monkeypatch
):
    def change(config):
        layer = config["config"]["layers"][-1]
        layer |= {"module": module, "class_name": kind, "registered_name": registered}

    path = changed_config(write(someones, "keras", tmp_path), change)
    monkeypatch.setattr(keras.models, "load_model", lambda *given, **options: pytest.fail("loaded"))

    with pytest.raises(ModelError, match=rf"\({kind}\): has no counterpart"):
        take(path)


def test_an_activation_of_the_file_is_never_looked_up(someones, take, tmp_path, monkeypatch):
    def change(config):
        activation = {"module": "os", "class_name": "function", "config": "system"}
        config["config"]["layers"][2]["config"]["activation"] = activation

    path = changed_config(write(someones, "keras", tmp_path), change)
    monkeypatch.setattr(keras.models, "load_model", lambda *given, **options: pytest.fail("loaded"))

    with pytest.raises(ModelError, match=r"\(function\): has no counterpart"):
        take(path)


@pytest.mark.parametrize("fault", ["external link", "soft link", "external values"])
def test_values_in_other_files_are_never_read(fault, someones, take, tmp_path):
    path = write(someones, "h5", tmp_path)
    (tmp_path / "secret").write_bytes(bytes(1000))
    with h5py.File(path, "r+") as file:
        if fault == "external link":
            file["more"] = h5py.ExternalLink(str(tmp_path / "secret.h5"), "/x")
        elif fault == "soft link":
            file["more"] = h5py.SoftLink("/model_weights")
        else:
            file.create_dataset("more", (10,), "f4", external=[(str(tmp_path / "secret"), 0, 40)])

    with pytest.raises(ModelError, match=r"deck\.h5: more: "):
        take(path)


def test_a_pickle_is_never_loaded(take, tmp_path):
    class Evil:
        def __reduce__(self):
            return (tmp_path / "ran").touch, ()

    (tmp_path / "m.pt").write_bytes(pickle.dumps(Evil(), protocol=2))
    with zipfile.ZipFile(tmp_path / "m.pth", "w") as archive:
        archive.writestr("model/data.pkl", pickle.dumps(Evil(), protocol=2))
    for name in ("m.pt", "m.pth"):
        with pytest.raises(ModelError, match="a pickle") as caught:
            take(tmp_path / name)
        assert "torch.onnx.export" in caught.value.hint

    assert not (tmp_path / "ran").exists()


def test_broken_archives_are_model_errors(someones, take, tmp_path):
    whole = write(someones, "keras", tmp_path).read_bytes()
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("metadata.json", "{}")
        archive.writestr("config.json", b" " * 10_000_000)
        archive.writestr("model.weights.h5", b"")
        archive.writestr("assets/../../x", b"")
    for content in (whole[:-30], whole[:5000], b"PK\x03\x04", bomb.getvalue()):
        (tmp_path / "m.keras").write_bytes(content)
        with pytest.raises(ModelError, match=r"m\.keras: "):
            take(tmp_path / "m.keras")


@pytest.mark.parametrize("form", ["h5", "tflite"])
def test_broken_files_are_model_errors(form, someones, refusals, tmp_path):
    path = write(stir(small(keras)), form, tmp_path)

    assert refusals(path, path.read_bytes(), 60, "0-1", start=8, head=3000, changes=4) > 30


def test_a_savedmodel_that_reads_files_is_refused_by_node(take, tmp_path):
    class Module(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec((None, 784), tf.float32)])
        def __call__(self, values):
            tf.io.write_file(str(tmp_path / "ran"), "x")
            return tf.matmul(values, tf.ones((784, 10)))

    module = Module()
    tf.saved_model.save(module, str(tmp_path / "m"), signatures=module.__call__)
    with pytest.raises(ModelError, match=r"\(WriteFile\): has no counterpart"):
        take(tmp_path / "m")

    assert not (tmp_path / "ran").exists()


def test_a_savedmodel_that_saves_when_it_is_called_is_refused(take, tmp_path):
    class Module(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec((None, 784), tf.float32)])
        def __call__(self, values):
            target = str(tmp_path / "ran")
            tf.raw_ops.SaveV2(prefix=target, tensor_names=["a"], shape_and_slices=[""],
                              tensors=[tf.zeros(3)])  # fmt: skip
            return tf.matmul(values, tf.ones((784, 10)))

    module = Module()
    tf.saved_model.save(module, str(tmp_path / "m"), signatures=module.__call__)
    with pytest.raises(ModelError, match=r"\(SaveV2\): reads or writes files"):
        take(tmp_path / "m")

    assert not list(tmp_path.glob("ran*"))
