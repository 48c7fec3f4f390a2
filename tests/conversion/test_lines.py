"""Networks that read lines, exported for pictures of any width."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from digitcli.conversion import check as checks
from digitcli.conversion.convert import export
from digitcli.errors import GateError
from digitcli.inference.line_engine import WIDTH_STEP, LineEngine
from digitcli.inference.map_engine import MapEngine
from digitcli.model.spec import NetworkSpec
from digitcli.model.weights import Weights, bundled_names, save_weights
from digitcli.model.zoo import DEFAULTS
from digitcli.signs import SIGNS
from digitcli.vision.columns.decode import decode

onnx = pytest.importorskip("onnx", reason="needs onnx: pip install 'digitcli[export]'")

from digitcli.conversion.onnx import onnx_model  # noqa: E402 - it refuses to load without onnx

CONV = {"type": "conv", "filters": 8}
LAYERS = [
    CONV | {"kernel": [5, 3]},
    {"type": "max_pool"},
    CONV | {"stride": [1, 2], "kernel": [3, 4]},
    {"type": "max_pool", "size": [2, 1], "stride": [2, 1]},
    CONV | {"kernel": [4, 3], "padding": "valid"},
    {"type": "conv", "filters": 16, "kernel": [1, 3], "activation": "linear"},
]
WIDTHS = (32, 64, 160, 800)

FORMS = [
    pytest.param("onnx"),
    pytest.param("tflite", marks=pytest.mark.train),
    pytest.param("savedmodel", marks=pytest.mark.train),
]


@pytest.fixture
def weights():
    """A small network with large weights, which is sure of most of its columns."""
    document = {"name": "short", "task": "line", "input": [16, 0, 1], "layers": LAYERS}
    spec, rng = NetworkSpec.from_json(document), np.random.default_rng(6)
    tensors = {
        name: np.float32(rng.standard_normal(shape) * np.sqrt(3 / np.prod(shape[:-1])))
        for name, shape in spec.tensors.items()
    }
    return Weights(spec, tensors, temperature=0.7)


@pytest.fixture
def batches():
    rng = np.random.default_rng(8)
    return [rng.integers(0, 256, (3, 16, width), dtype=np.uint8) for width in WIDTHS]


def classifier(weights: Weights):
    """What makes the Keras model of `weights`; skips without TensorFlow."""
    pytest.importorskip("tensorflow", reason="needs TensorFlow (the train extra)")
    from digitcli.training.network import load_classifier

    return lambda: load_classifier(weights)


@pytest.fixture
def run():
    """Run an ONNX model with ONNX Runtime."""
    runtime = pytest.importorskip(
        "onnxruntime", reason="needs onnxruntime: pip install 'digitcli[bench]'"
    )

    def run(content: bytes, pictures: np.ndarray) -> np.ndarray:
        session = runtime.InferenceSession(content, providers=["CPUExecutionProvider"])
        return session.run(["probabilities"], {"images": pictures})[0]

    return run


@pytest.mark.parametrize("form", FORMS)
def test_a_file_reads_lines_of_several_widths_as_our_engine_does(form, weights, batches, tmp_path):
    make = None if form == "onnx" else classifier(weights)

    done = export(weights, form, tmp_path / "short", batches, make)

    assert (done.check.pictures, done.check.equal_labels) == (12, 12)
    assert 0 < done.check.largest_difference <= checks.TOLERANCE


def test_texts_are_not_all_empty(weights, batches):
    """Else the test above would compare nothing."""
    columns = np.ascontiguousarray(LineEngine(weights).columns(batches[2])[0])

    assert len(decode(columns.data).written) > 3


@pytest.mark.train
@pytest.mark.parametrize("width", [33, 47, 50, 63])
def test_between_whole_widths_padding_is_that_of_keras(width, weights, run):
    images = np.random.default_rng(2).integers(0, 256, (2, 16, width), dtype=np.uint8)

    answers = run(onnx_model(weights), images)

    expected = classifier(weights)()([images], training=False)
    assert answers.shape == (2, -(-(width // 2) // 2) - 2, 16)
    np.testing.assert_allclose(answers, expected, rtol=0, atol=1e-5)


def test_the_temperature_divides_the_logits_of_every_column(weights, batches, run):
    plain, even = (run(onnx_model(replace(weights, temperature=t)), batches[1]) for t in (1.0, 2.0))

    squared = even**2
    np.testing.assert_allclose(squared / squared.sum(-1, keepdims=True), plain, atol=1e-5)


@pytest.mark.parametrize("count", [0, 1, 5])
def test_the_graph_takes_any_batch_size(count, weights, run):
    images = np.zeros((count, 16, 96), np.uint8)

    assert run(onnx_model(weights), images).shape == (count, 22, 16)


def test_the_file_says_what_its_columns_are(weights):
    model = onnx.load_from_string(onnx_model(weights))

    notes = {prop.key: prop.value for prop in model.metadata_props}
    assert json.loads(notes["labels"]) == [*SIGNS, ""]
    assert notes["decoding"].startswith("CTC")
    assert f"a multiple of {WIDTH_STEP} columns" in notes["picture"]
    assert "uint8 (n, 16, width)" in notes["preprocessing"]
    (source,) = model.graph.input
    names = [size.dim_param or size.dim_value for size in source.type.tensor_type.shape.dim]
    assert names == ["n", 16, "width"]


@pytest.mark.parametrize("fault", ["another text", "fewer columns", "no numbers"])
def test_a_file_that_reads_otherwise_is_never_written(
    fault, weights, batches, tmp_path, monkeypatch
):
    engine = LineEngine(weights)

    def answer(images):
        right = engine.columns(images)
        if fault == "fewer columns":
            return right[:, 1:]
        return np.full_like(right, np.nan) if fault == "no numbers" else right[:, ::-1]

    monkeypatch.setitem(checks.RUNNERS, "onnx", lambda path: ("wrong 1.0", answer))

    with pytest.raises(GateError, match=r"the onnx file answers differently: \d of 12"):
        export(weights, "onnx", tmp_path / "short.onnx", batches)

    assert list(tmp_path.iterdir()) == []


def test_the_command_compares_drawn_lines(tmp_path, run_here, monkeypatch):
    monkeypatch.setattr("digitcli.conversion.convert.PICTURES", 32)
    layers = [
        CONV | {"kernel": [5, 5], "stride": 4},
        CONV | {"kernel": [10, 3], "padding": "valid"},
        {"type": "conv", "filters": 16, "kernel": 1, "activation": "linear"},
    ]
    document = {"name": "short", "task": "line", "input": [40, 0, 1], "layers": layers}
    spec, rng = NetworkSpec.from_json(document), np.random.default_rng(6)
    tensors = {n: np.float32(rng.normal(0, 0.1, s)) for n, s in spec.tensors.items()}
    save_weights(tmp_path / "short.npz", Weights(spec, tensors))

    done = run_here("export", "--weights", "short.npz", "--out", "short.onnx")

    assert done.returncode == 0, done.stderr
    assert "the same text on 32 of 32 drawn lines" in done.stdout


@pytest.mark.xfail(
    DEFAULTS["line"] not in bundled_names(),
    reason="no bundled weights read lines yet",
    raises=AssertionError,
    strict=True,
)
def test_the_bundled_network_for_lines_is_exported(tmp_path, run_cli):
    done = run_cli("export", "--weights", DEFAULTS["line"], "--out", "line.onnx")

    assert done.returncode == 0, done.stderr
    assert "the same text on 256 of 256 drawn lines" in done.stdout


@pytest.fixture
def finder():
    """A small network for maps with random weights."""
    layers = [
        CONV | {"kernel": 5, "stride": 2},
        {"type": "max_pool"},
        CONV | {"kernel": [1, 9]},
        {"type": "conv", "filters": 2, "kernel": 1, "activation": "linear"},
    ]
    document = {"name": "maps", "task": "map", "input": [0, 0, 1], "layers": layers}
    spec, rng = NetworkSpec.from_json(document), np.random.default_rng(6)
    tensors = {
        name: np.float32(rng.standard_normal(shape) * np.sqrt(3 / np.prod(shape[:-1])))
        for name, shape in spec.tensors.items()
    }
    return Weights(spec, tensors)


@pytest.mark.parametrize("form", FORMS)
def test_a_file_finds_lines_in_pictures_of_any_size(form, finder, tmp_path):
    rng, make = np.random.default_rng(3), None if form == "onnx" else classifier(finder)
    sizes = (64, 64), (64, 192), (256, 128)
    batches = [rng.integers(0, 256, (2, *size), dtype=np.uint8) for size in sizes]

    done = export(finder, form, tmp_path / "maps", batches, make)

    assert (done.check.pictures, done.check.equal_labels) == (6, 6)
    assert 0 < done.check.largest_difference <= checks.TOLERANCE


def test_a_file_that_finds_other_places_is_never_written(finder, tmp_path, monkeypatch):
    def wrong(images):
        inside = np.stack([np.asarray(MapEngine(finder).map(one)) for one in images])
        return np.stack([inside, 1 - inside], axis=-1)

    monkeypatch.setitem(checks.RUNNERS, "onnx", lambda path: ("wrong 1.0", wrong))

    with pytest.raises(GateError, match="0 of 2 labels equal"):
        export(finder, "onnx", tmp_path / "maps.onnx", [np.zeros((2, 64, 64), np.uint8)])

    assert list(tmp_path.iterdir()) == []


def test_the_command_compares_drawn_pages(finder, tmp_path, run_here, monkeypatch):
    monkeypatch.setattr("digitcli.conversion.convert.PICTURES", 32)
    save_weights(tmp_path / "maps.npz", finder)

    done = run_here("export", "--weights", "maps.npz", "--out", "maps.onnx")

    assert done.returncode == 0, done.stderr
    assert "the same places of lines on 32 of 32 drawn pages" in done.stdout
