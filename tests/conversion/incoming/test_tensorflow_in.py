"""Keras, SavedModel and TFLite models become networks that answer alike."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from digitcli.data.drawn.synthetic import draw
from digitcli.errors import ModelError

pytest.importorskip("tensorflow", reason="needs TensorFlow (the train extra)")
pytestmark = [
    pytest.mark.train,
    # Keras and TensorFlow, when they save and convert.
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Statistics for quantized inputs:UserWarning"),
]

import keras  # noqa: E402
import tensorflow as tf  # noqa: E402
from conversion.incoming.keras_models import deck, functional, notebook, small, stir, write  # noqa: E402

import digitcli.training.compute.backend  # noqa: E402, F401 - starts TensorFlow quietly

FORMS = ["keras", "h5", "savedmodel", "tflite"]


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

    assert done.check.equal_labels == done.check.pictures == 60
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


def test_weights_without_a_model_say_what_to_save(models, take, tmp_path):
    models["deck"].save_weights(str(tmp_path / "only.weights.h5"))

    with pytest.raises(ModelError, match="without the model they belong to") as caught:
        take(tmp_path / "only.weights.h5")

    assert "model.save(" in caught.value.hint


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


def test_a_quantised_tflite_model_is_refused(take, tmp_path):
    model = small(keras)
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
