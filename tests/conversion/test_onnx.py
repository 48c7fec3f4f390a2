from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from conversion.conftest import NETWORKS, weights_of

from digitcli.conversion.check import TOLERANCE
from digitcli.inference.engine import Engine
from digitcli.model.weights import Weights

onnx = pytest.importorskip("onnx", reason="needs onnx: pip install 'digitcli[export]'")

from digitcli.conversion.onnx import onnx_model  # noqa: E402 - it refuses to load without onnx


@pytest.fixture(scope="module")
def run():
    """Run an ONNX model with ONNX Runtime."""
    runtime = pytest.importorskip(
        "onnxruntime", reason="needs onnxruntime: pip install 'digitcli[bench]'"
    )

    def run(content: bytes, pictures: np.ndarray) -> np.ndarray:
        session = runtime.InferenceSession(content, providers=["CPUExecutionProvider"])
        return session.run(["probabilities"], {"images": pictures})[0]

    return run


@pytest.mark.parametrize("name", NETWORKS)
def test_the_graph_answers_as_our_engine_does(name, images, run):
    weights = weights_of(name)

    answers = run(onnx_model(weights), images)

    expected = Engine(weights).predict(images).probabilities
    np.testing.assert_allclose(answers, expected, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("count", [0, 1, 40])
def test_the_graph_takes_any_batch_size(count, images, run):
    content = onnx_model(weights_of("average last"))

    assert run(content, images[:count]).shape == (count, 10)


@pytest.mark.parametrize("name", ["small", "pool first"])
def test_scaled_pictures_give_the_same_answers(name, images, run):
    weights = weights_of(name)
    scaled = images[:, np.newaxis] * np.float32(weights.spec.scale)

    answers = run(onnx_model(weights, "scaled"), scaled)

    np.testing.assert_allclose(answers, run(onnx_model(weights), images), rtol=0, atol=1e-6)


def test_the_scale_of_the_network_is_in_the_graph(images, run):
    weights = weights_of("dense only")
    spec = type(weights.spec)("own", weights.spec.layers, scale=0.01)
    other = Weights(spec, weights.tensors)

    answers = run(onnx_model(other), images)

    expected = Engine(other).predict(images).probabilities
    np.testing.assert_allclose(answers, expected, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("name", ["small", "average last"])
@pytest.mark.parametrize("temperature", [0.4, 3.0])
def test_the_temperature_is_in_the_graph(name, temperature, images, run):
    weights = replace(weights_of(name), temperature=temperature)

    answers = run(onnx_model(weights), images)

    expected = Engine(weights).predict(images).probabilities
    np.testing.assert_allclose(answers, expected, rtol=0, atol=TOLERANCE)
    plain = run(onnx_model(weights_of(name)), images)
    assert np.abs(plain - answers).max() > 100 * TOLERANCE


def test_onnx_itself_evaluates_the_graph_to_the_same(images):
    from onnx.reference import ReferenceEvaluator

    weights = weights_of("pool first")
    model = onnx.load_from_string(onnx_model(weights))

    (answers,) = ReferenceEvaluator(model).run(None, {"images": images[:3]})

    expected = Engine(weights).predict(images[:3]).probabilities
    np.testing.assert_allclose(answers, expected, rtol=0, atol=TOLERANCE)


def test_labels_and_preprocessing_are_in_the_metadata():
    model = onnx.load_from_string(onnx_model(weights_of("small")))

    notes = {prop.key: prop.value for prop in model.metadata_props}
    assert json.loads(notes["labels"]) == [str(digit) for digit in range(10)]
    assert notes["network"] == "small"
    assert "uint8 (n, 28, 28)" in notes["preprocessing"]
    assert model.producer_name == "digitcli"
    (source,) = model.graph.input
    assert source.type.tensor_type.elem_type == onnx.TensorProto.UINT8


def test_equal_weights_give_equal_bytes():
    assert onnx_model(weights_of("small")) == onnx_model(weights_of("small"))
