"""Keras, SavedModel and TFLite models; nothing of a file is ever run before it is known."""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from types import SimpleNamespace

import numpy as np
import pytest

from digitcli.data.drawn.synthetic import draw
from digitcli.errors import GateError, ModelError

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
from conversion.incoming.keras_models import deck, functional, notebook, stir, write  # noqa: E402

import digitcli.training.compute.backend  # noqa: E402, F401 - starts TensorFlow quietly
from digitcli.conversion.incoming.importing import Labelled, import_model  # noqa: E402

FORMS = ["keras", "h5", "savedmodel", "tflite"]


@pytest.fixture(scope="module")
def shown():
    """Forty drawn digits."""
    return Labelled(*draw(40, seed=4), "synthetic")


@pytest.fixture
def take(shown):
    """Import a model, compared on drawn digits."""
    return lambda path, *said: import_model(path, shown, lambda: shown, *said)


@pytest.fixture(scope="module")
def models():
    """Models of other people, with values that make a difference."""
    return {make.__name__: stir(make(keras)) for make in (deck, notebook, functional)}


@pytest.mark.parametrize(
    ("name", "form"),
    [
        *(("deck", form) for form in FORMS),
        *(("notebook", form) for form in ("keras", "tflite")),
        *(("functional", form) for form in ("h5", "savedmodel")),
        *(
            pytest.param(name, form, marks=pytest.mark.slow)
            for name, forms in {
                "notebook": ("h5", "savedmodel"),
                "functional": ("keras", "tflite"),
            }.items()
            for form in forms
        ),
    ],
)
def test_a_model_becomes_a_network_with_the_same_answers(name, form, models, take, tmp_path):
    done = take(write(models[name], form, tmp_path), "0-255" if name == "deck" else "0-1")

    assert done.check.equal_labels == done.check.pictures == 40
    assert done.check.largest_difference <= done.check.tolerance
    assert done.weights.trained["imported"]["format"] == form


@pytest.mark.parametrize("form", ["keras", "h5"])
def test_layers_and_weights_are_those_of_the_preset(form, models, take, tmp_path):
    from digitcli.model.presets import load_preset

    found = take(write(models["deck"], form, tmp_path)).weights

    layers = load_preset("deck").spec.layers
    kinds = [(layer.kind, getattr(layer, "activation", "")) for layer in layers]
    assert [(one.kind, getattr(one, "activation", "")) for one in found.spec.layers] == kinds
    assert found.spec.scale == 1 / 255
    kernel = models["deck"].layers[1].kernel.numpy()
    np.testing.assert_array_equal(found.arrays["conv1.weight"], kernel)


def test_what_export_writes_comes_back_as_it_was(take, tmp_path):
    from digitcli.conversion.convert import export
    from digitcli.model.weights import find_weights, load_weights
    from digitcli.training.network import load_classifier

    weights = load_weights(find_weights("tiny"))
    images = draw(20, seed=3)[0]

    done = export(
        weights, "keras", tmp_path / "t.keras", [images], lambda: load_classifier(weights)
    )
    again = take(tmp_path / "t.keras").weights

    assert done.check.passed
    names = [name for name in weights.arrays if not name.startswith("dense")]
    for name in names:
        np.testing.assert_array_equal(again.arrays[name], weights.arrays[name])


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
    module, kind, registered, models, take, tmp_path, monkeypatch
):
    def change(config):
        layer = config["config"]["layers"][-1]
        layer |= {"module": module, "class_name": kind, "registered_name": registered}

    path = changed_config(write(models["deck"], "keras", tmp_path), change)
    monkeypatch.setattr(keras.models, "load_model", lambda *given, **options: pytest.fail("loaded"))

    with pytest.raises(ModelError, match=rf"\({kind}\): has no counterpart"):
        take(path)


def test_an_activation_of_the_file_is_never_looked_up(models, take, tmp_path, monkeypatch):
    def change(config):
        activation = {"module": "os", "class_name": "function", "config": "system"}
        config["config"]["layers"][2]["config"]["activation"] = activation

    path = changed_config(write(models["deck"], "keras", tmp_path), change)
    monkeypatch.setattr(keras.models, "load_model", lambda *given, **options: pytest.fail("loaded"))

    with pytest.raises(ModelError, match=r"\(function\): has no counterpart"):
        take(path)


@pytest.mark.parametrize("fault", ["external link", "soft link", "external values"])
def test_values_in_other_files_are_never_read(fault, models, take, tmp_path):
    path = write(models["deck"], "h5", tmp_path)
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


def test_weights_without_a_model_say_what_to_save(models, take, tmp_path):
    models["deck"].save_weights(str(tmp_path / "only.weights.h5"))

    with pytest.raises(ModelError, match="without the model they belong to") as caught:
        take(tmp_path / "only.weights.h5")

    assert "model.save(" in caught.value.hint


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


def test_broken_archives_are_model_errors(models, take, tmp_path):
    whole = write(models["deck"], "keras", tmp_path).read_bytes()
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
def test_broken_files_are_model_errors(form, models, take, tmp_path):
    path = write(stir(small()), form, tmp_path)
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    refused = 0
    for number in range(60):
        content = bytearray(whole[: rng.integers(8, len(whole))] if number % 2 else whole)
        for at in rng.integers(8, min(len(content), 3000), 4):
            content[at] = rng.integers(0, 256)
        path.write_bytes(content)
        try:
            take(path, "0-1")
        except (ModelError, GateError):
            refused += 1
    assert refused > 30


def small():
    return keras.Sequential(
        [keras.Input((28, 28, 1)), keras.layers.Conv2D(2, 5, 4, activation="relu"),
         keras.layers.Flatten(), keras.layers.Dense(10)], name="small"
    )  # fmt: skip


def branching():
    entry = keras.Input((28, 28, 1))
    value = keras.layers.Flatten()(entry)
    both = keras.layers.Add()([keras.layers.Dense(10)(value), keras.layers.Dense(10)(value)])
    return keras.Model(entry, both)


def ending(*layers):
    return keras.Sequential([keras.Input((28, 28, 1)), *layers, keras.layers.Flatten(),
                             keras.layers.Dense(10)])  # fmt: skip


UNFIT = {
    r"bent \(LeakyReLU\): has no counterpart": lambda: ending(keras.layers.LeakyReLU(name="bent")),
    r"c \(Conv2D\): ends in sigmoid": lambda: ending(
        keras.layers.Conv2D(2, 3, activation="sigmoid", name="c")
    ),
    r"a \(AveragePooling2D\): averages windows that reach over": lambda: ending(
        keras.layers.AveragePooling2D(3, padding="same", name="a")
    ),
    r"r \(ReLU\): has a limit": lambda: ending(keras.layers.ReLU(6, name="r")),
    r"\(Add\): has no counterpart": branching,
}


@pytest.mark.parametrize("message", UNFIT)
def test_what_does_not_fit_is_named_by_layer(message, take, tmp_path):
    with pytest.raises(ModelError, match=message):
        take(write(UNFIT[message](), "keras", tmp_path))


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


def test_a_quantised_tflite_model_is_refused(models, take, tmp_path):
    model = small()
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: (
        [np.random.default_rng(n).random((1, 28, 28, 1), np.float32)] for n in range(5)
    )
    (tmp_path / "m.tflite").write_bytes(converter.convert())

    with pytest.raises(ModelError) as caught:
        take(tmp_path / "m.tflite")

    assert "QUANTIZE" in str(caught.value) or "quantised" in str(caught.value)


def test_a_cast_without_options_gives_floats():
    """As TensorFlow's converter writes that of raw pixels; the result is compared at the end."""
    from digitcli.conversion.incoming.tflite_model import _cast

    assert _cast(SimpleNamespace(title="cast"), None) == []
