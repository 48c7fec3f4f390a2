"""One spec, two engines: Keras on TensorFlow and C++ give the same answers."""

from __future__ import annotations

import numpy as np
import pytest
import reference

from digitcli.errors import ModelError
from digitcli.inference.engine import Engine, available_isas
from digitcli.inference.line_engine import LineEngine
from digitcli.inference.map_engine import MapEngine
from digitcli.model.presets import load_preset
from digitcli.model.spec import NetworkSpec
from digitcli.model.weights import Weights, bundled_names, find_weights, load_weights
from digitcli.model.zoo import DEFAULTS
from digitcli.vision.columns.decode import decode
from digitcli.vision.line_batches import drawn_lines

pytestmark = pytest.mark.train
pytest.importorskip("tensorflow", reason="needs TensorFlow (the train extra)")

CONV = {"type": "conv", "filters": 6}
POOL = {"type": "max_pool"}
OUT = {"type": "dense", "units": 10}
OWN = {
    "strided": [CONV | {"kernel": 4, "stride": 3}, OUT],
    "valid": [CONV | {"padding": "valid", "activation": "linear"}, OUT],
    "dense only": [OUT | {"units": 20, "activation": "relu"}, OUT],
    "pool first": [
        POOL | {"size": 3, "stride": 2, "padding": "same"},
        CONV | {"kernel": 2},
        OUT,
    ],
    "average last": [
        CONV | {"kernel": 5, "stride": 2},
        CONV | {"filters": 10},
        {"type": "global_average_pool"},
    ],
    "odd pools": [
        CONV,
        POOL | {"size": 3, "stride": 1},
        CONV | {"filters": 17},
        POOL | {"size": 2, "stride": 3, "padding": "same"},
        OUT,
    ],
}


def spec_of(name):
    if name in OWN:
        return NetworkSpec.from_json({"name": "own", "layers": OWN[name]})
    return load_preset(name).spec


@pytest.mark.parametrize("name", ["small", "deck", "notebook", *OWN])
def test_cpp_equals_tensorflow_on_every_isa(name, splits):
    from digitcli.training.network import predictor

    spec, rng = spec_of(name), np.random.default_rng(3)
    tensors = {
        tensor: np.float32(rng.standard_normal(shape) * np.sqrt(2 / np.prod(shape[:-1])))
        for tensor, shape in spec.tensors.items()
    }
    weights, images = Weights(spec, tensors), splits[1].images

    expected = predictor(weights)(images)

    for isa in available_isas():
        actual = Engine(weights, isa=isa).predict(images).probabilities
        np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-5)
        np.testing.assert_array_equal(actual.argmax(axis=1), expected.argmax(axis=1))


@pytest.mark.parametrize("temperature", [0.4, 2.5])
def test_the_twin_applies_the_temperature_as_the_engine_does(temperature, splits):
    from digitcli.training.network import load_classifier, predictor

    spec, rng = spec_of("dense only"), np.random.default_rng(5)
    tensors = {name: np.float32(rng.normal(0, 0.3, s)) for name, s in spec.tensors.items()}
    weights, images = Weights(spec, tensors, temperature=temperature), splits[1].images[:50]

    expected = Engine(weights).predict(images).probabilities

    for answers in (predictor(weights)(images), load_classifier(weights)([images]).numpy()):
        np.testing.assert_allclose(answers, expected, rtol=0, atol=1e-5)


def test_the_twin_has_the_tensors_of_the_spec_by_name_and_shape():
    from digitcli.training.network import keras_twin

    for name in ("small", "deck", "notebook"):
        spec = load_preset(name).spec
        model = keras_twin(spec, deployed=True)
        found = {
            f"{layer.name}.{part}": tuple(variable.shape)
            for layer in model.layers
            for part, variable in zip(("weight", "bias"), layer.weights, strict=False)
        }
        assert found == spec.tensors


def test_folding_batch_norm_keeps_the_answers(splits):
    from digitcli.training.compute.backend import ops
    from digitcli.training.network import export_weights, keras_twin, predictor

    spec, rng = load_preset("small").spec, np.random.default_rng(4)
    model = keras_twin(spec)
    for variable in model.variables:  # batch norm that does something
        if "norm" in variable.path:
            variable.assign(rng.uniform(0.5, 1.5, variable.shape))
    images = splits[1].images[:64]

    folded = predictor(export_weights(model, spec, {}))(images)

    np.testing.assert_allclose(folded, ops.softmax(model(images, training=False)), atol=1e-5)


def test_folding_weight_standardization_keeps_the_answers(splits):
    from digitcli.training.compute.backend import ops
    from digitcli.training.network import export_weights, keras_twin, predictor

    layers = [CONV | {"weight_standardization": True, "padding": "valid", "stride": 2}, OUT]
    spec = NetworkSpec.from_json({"name": "own", "layers": layers})
    model, rng = keras_twin(spec), np.random.default_rng(4)
    for variable in model.variables:
        variable.assign(rng.uniform(-0.2, 0.3, variable.shape))
    images = splits[1].images[:64]

    weights = export_weights(model, spec, {})

    kernel = weights.arrays["conv1.weight"]
    np.testing.assert_allclose(kernel.mean(axis=(0, 1, 2)), 0, atol=1e-6)
    expected = ops.softmax(model(images, training=False))
    np.testing.assert_allclose(predictor(weights)(images), expected, atol=1e-5)


LINE = [
    CONV | {"kernel": [5, 3], "batch_norm": True},
    POOL,
    CONV | {"filters": 17, "weight_standardization": True, "kernel": [3, 5]},
    POOL | {"size": [2, 1], "stride": [2, 1]},
    CONV | {"filters": 20, "kernel": [4, 3], "padding": "valid"},
    CONV | {"filters": 16, "kernel": [1, 3], "activation": "linear"},
]


@pytest.mark.parametrize("isa", available_isas())
@pytest.mark.parametrize("width", [32, 96, 224, 800])
def test_cpp_equals_tensorflow_on_lines_of_any_width(isa, width):
    from digitcli.training.network import export_weights, keras_twin

    document = {"name": "lines", "task": "line", "input": [16, 0, 1], "layers": LINE}
    spec, rng = NetworkSpec.from_json(document), np.random.default_rng(4)
    twin = keras_twin(spec)
    for layer in twin.layers:  # statistics that folding must not forget
        layer.set_weights([some(rng, weight.shape) for weight in layer.get_weights()])
    images = rng.integers(0, 256, (3, 16, width), dtype=np.uint8)

    columns = LineEngine(export_weights(twin, spec, {}), isa=isa).columns(images)

    logits = np.float64(twin(images, training=False))
    assert columns.shape == logits.shape == (3, width // 2 - 2, 16)
    np.testing.assert_allclose(columns, reference.softmax(logits), atol=1e-5)


@pytest.fixture(scope="module")
def hands():
    """Our own strokes, and print where it is installed: hands that every machine has."""
    from digitcli.data.drawn.fonts import installed
    from digitcli.data.lines.hands import Fonts, Glyphs

    return [(Glyphs(), 3.0), *([(Fonts(), 1.0)] if installed() else [])]


@pytest.mark.xfail(
    DEFAULTS["line"] not in bundled_names(),
    reason="no bundled weights read lines yet",
    raises=ModelError,
    strict=True,
)
@pytest.mark.parametrize("count", [200, pytest.param(2_000, marks=pytest.mark.slow)])
def test_cpp_and_tensorflow_read_the_same_on_drawn_lines(count, hands):
    from digitcli.training.network import predictor

    weights = load_weights(find_weights(DEFAULTS["line"]))
    engine, answer = LineEngine(weights), predictor(weights)

    for group in drawn_lines(hands, count, engine.height, engine.whole_width, 13):
        ours, theirs = engine.columns(group.pictures), answer(group.pictures)
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-5)
        assert texts(ours) == texts(theirs)


def texts(lines):
    """What is written on lines, from their columns float32 (n, columns, classes)."""
    return [decode(np.ascontiguousarray(columns).data).written for columns in lines]


MAP = [
    CONV | {"filters": 12, "kernel": 5, "stride": 2, "batch_norm": True},
    CONV | {"filters": 20, "kernel": 3, "batch_norm": True},
    POOL,
    CONV | {"filters": 24, "kernel": [1, 9]},
    CONV | {"filters": 2, "kernel": 1, "activation": "linear"},
]


@pytest.mark.parametrize("isa", available_isas())
@pytest.mark.parametrize("size", [(64, 64), (128, 192)])
def test_cpp_equals_tensorflow_on_maps_of_any_size(isa, size):
    from digitcli.training.network import export_weights, keras_twin, predictor

    document = {"name": "maps", "task": "map", "input": [0, 0, 1], "layers": MAP}
    spec, rng = NetworkSpec.from_json(document), np.random.default_rng(5)
    twin = keras_twin(spec)
    for layer in twin.layers:
        layer.set_weights([some(rng, weight.shape) for weight in layer.get_weights()])
    picture, weights = rng.integers(0, 256, size, dtype=np.uint8), export_weights(twin, spec, {})

    answer = np.asarray(MapEngine(weights, isa=isa).map(picture))

    logits = np.float64(twin(picture[None], training=False))
    assert logits.shape == (1, size[0] // 4, size[1] // 4, 2)
    np.testing.assert_allclose(answer, reference.softmax(logits)[0, ..., 1], atol=1e-5)
    np.testing.assert_allclose(predictor(weights)(picture[None])[0, ..., 1], answer, atol=1e-5)


def some(rng, shape):
    """A kernel that keeps the size of signals, or positive numbers for each channel."""
    if len(shape) == 1:
        return rng.uniform(0.5, 1.5, shape)
    return rng.standard_normal(shape) * np.sqrt(2 / np.prod(shape[:-1]))
