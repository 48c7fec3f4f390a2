"""ONNX models that fit become networks that answer alike; what does not fit is named."""

from __future__ import annotations

import numpy as np
import pytest

from digitcli.data.drawn.synthetic import draw
from digitcli.errors import GateError, MachineError, ModelError, UsageError
from digitcli.inference.engine import Engine

onnx = pytest.importorskip("onnx", reason="needs onnx: pip install 'digitcli[export]'")

from conversion.incoming.onnx_models import FITTING, mnist_12, nchw, torch_like  # noqa: E402

from digitcli.conversion.incoming import compare, importing, runtimes  # noqa: E402


@pytest.mark.parametrize("name", FITTING)
def test_a_chain_becomes_a_network_with_the_same_answers(name, take, tmp_path):
    path = FITTING[name]().save(tmp_path / "model.onnx")

    done = take(path)

    assert done.check.equal_labels == done.check.pictures == 60
    assert done.check.largest_difference <= done.check.tolerance
    answers = Engine(done.weights).predict(draw(60, seed=4)[0]).probabilities
    assert answers.std(axis=0).max() > 1e-3  # else any network would do


@pytest.mark.parametrize("name", ["mnist-12", "PyTorch with batch norm", "LeNet-5 with padding "
                                  "and average pools"])  # fmt: skip
def test_an_imported_network_can_be_quantised(name, take, tmp_path):
    from digitcli.inference.quantize import quantize

    weights = take(FITTING[name]().save(tmp_path / "model.onnx")).weights
    images = draw(200, seed=2)[0]

    small = quantize(weights, images).weights

    first, second = (Engine(one).predict(images).classes for one in (weights, small))
    assert (np.asarray(first) == np.asarray(second)).mean() >= 0.95


def test_nothing_is_added_where_weights_fit_as_they_are(take, tmp_path):
    done = take(mnist_12().save(tmp_path / "mnist-12.onnx"), "0-255")

    spec = done.weights.spec
    assert spec.name == "mnist-12"
    assert [layer.kind for layer in spec.layers] == [
        *("conv", "max_pool", "conv", "max_pool", "dense")
    ]
    assert (spec.layers[3].size, spec.layers[3].stride) == ((3, 3), (3, 3))
    assert spec.scale == 1.0
    assert spec.parameters == 8 * 25 + 8 + 16 * 8 * 25 + 16 + 2560 + 10


def test_without_onnxruntime_onnx_itself_runs_the_model(take, tmp_path, monkeypatch):
    monkeypatch.setattr(runtimes, "find_spec", lambda name: None)

    done = take(nchw().add("Flatten").gemm(784).save(tmp_path / "model.onnx"))

    assert done.check.runtime.startswith("onnx reference ")


def test_without_onnx_the_error_says_how_to_install_it(take, tmp_path, monkeypatch):
    import sys

    path = nchw().add("Flatten").gemm(784).save(tmp_path / "model.onnx")
    monkeypatch.delitem(sys.modules, "digitcli.conversion.incoming.onnx_model", raising=False)
    monkeypatch.setitem(sys.modules, "onnx", None)

    with pytest.raises(MachineError, match="need the package onnx") as caught:
        take(path)

    assert caught.value.hint == 'pip install "digitcli[export]"'


@pytest.mark.parametrize(
    ("shares", "chosen"),
    [
        ((0.57, 0.51, 0.99), 2),
        ((0.10, 0.98, 0.12), 1),
        ((0.94, 0.90, 0.96), 0),
        ((0.975, 0.90, 0.993), 2),
        ((1.0, 1.0, 1.0), 0),
    ],
)
def test_pixels_that_nobody_told_are_the_usual_ones_unless_others_halve_the_errors(
    shares, chosen, take, tmp_path, monkeypatch
):
    path = nchw().add("Flatten").gemm(784).save(tmp_path / "model.onnx")
    given = iter([*shares, 0.5])
    monkeypatch.setattr(importing, "_right", lambda weights, pictures: next(given))

    done = take(path)

    assert [right for _, right in done.tried] == [*shares]
    assert done.pixels == done.tried[chosen][0]


def test_pixels_that_are_told_are_taken(take, tmp_path):
    path = nchw().conv(4, 1, pads=[1] * 4).add("Flatten").gemm(4 * 784).save(tmp_path / "m.onnx")

    done = take(path, "0-1", 0.1307, 0.3081)

    assert done.pixels.to_json() == {"range": "0-1", "mean": 0.1307, "std": 0.3081}
    assert done.tried == ()
    assert done.check.passed


def test_a_graph_that_scales_gets_raw_pixels(take, tmp_path):
    graph = nchw()
    graph.add("Div", graph.constant(255.0)).add("Flatten").gemm(784)

    assert take(graph.save(tmp_path / "m.onnx")).pixels.range == "0-255"


def test_bytes_are_never_0_to_1(take, tmp_path):
    with pytest.raises(UsageError, match="the model takes uint8, so its pixels are 0 to 255"):
        take(FITTING["bytes in"]().save(tmp_path / "m.onnx"), "0-1")


def test_the_weights_say_where_they_come_from(take, tmp_path):
    import hashlib

    path = mnist_12().save(tmp_path / "mnist-12.onnx")

    record = take(path).weights.trained["imported"]

    assert record["file"] == "mnist-12.onnx"
    assert record["format"] == "onnx"
    assert record["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert record["check"]["equal_labels"] == record["check"]["pictures"] == 60
    assert record["check"]["data"] == "synthetic"


def test_an_original_that_answers_differently_is_refused(take, tmp_path, monkeypatch):
    real = compare._run

    def moved(*arguments):
        return real(*arguments) + np.eye(10)[3] / 2

    monkeypatch.setattr(compare, "_run", moved)

    with pytest.raises(GateError, match="answers differently: .* digits equal"):
        take(torch_like().save(tmp_path / "m.onnx"))


def branch():
    graph = nchw().conv(4, 1, pads=[1] * 4).add("Relu")
    before = graph.value
    return graph.conv(4, 4, pads=[1] * 4).add("Add", before).add("Flatten").gemm(4 * 784)


UNFIT = {
    "LeakyRelu2 (LeakyRelu): has no counterpart": lambda: (
        nchw().conv(4, 1).add("Relu").add("LeakyRelu")
    ),
    "Sigmoid1 (Sigmoid): has no counterpart": lambda: nchw().conv(4, 1).add("Sigmoid"),
    "Clip1 (Clip): limits values to 0.0 ... 6.0": lambda: (g := nchw().conv(4, 1)).add(
        "Clip", g.constant(0.0), g.constant(6.0)
    ),
    "Add3 (Add): joins or leaves a branch": branch,
    "AveragePool1 (AveragePool): averages windows that reach over the picture's edge": lambda: (
        nchw().conv(4, 1).add("AveragePool", kernel_shape=[3, 3], pads=[1] * 4)
    ),
    "MaxPool0 (MaxPool): a window of 3 x 3 pixels with stride 2 x 2": lambda: nchw().add(
        "MaxPool", kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4
    ),
    "Conv0 (Conv): a window of 3 x 3 pixels": lambda: nchw().conv(4, 1, pads=[2] * 4),
    "Conv1 (Conv): needs a picture with its channels first": lambda: (
        nchw().add("Transpose", perm=[0, 1, 3, 2]).conv(4, 1)
    ),
    "Sub0 (Sub): differs from pixel to pixel": lambda: (
        (g := nchw()).add("Sub", g.constant(np.arange(784).reshape(1, 28, 28))).conv(4, 1)
    ),
    "Transpose0 (Transpose): moves the axis of the batch": lambda: nchw().add(
        "Transpose", perm=[1, 0, 2, 3]
    ),
    "dense1: the last layer must give 10 values": lambda: nchw().add("Flatten").gemm(784, 12),
}


@pytest.mark.parametrize("message", UNFIT)
def test_what_does_not_fit_is_named_by_node_and_operation(message, take, tmp_path):
    path = UNFIT[message]().save(tmp_path / "model.onnx")

    with pytest.raises(ModelError) as caught:
        take(path)

    assert str(caught.value).startswith(f"{path}: {message}"), caught.value


def test_an_operation_of_another_domain_is_named(take, tmp_path):
    path = nchw().add("Twist", domain="own").add("Flatten").gemm(784).save(tmp_path / "m.onnx")

    with pytest.raises(ModelError, match=r"Twist0 \(own\.Twist\): "):
        take(path)


def test_data_in_files_beside_the_model_is_read(take, tmp_path):
    path = mnist_12().save(
        tmp_path / "m.onnx", save_as_external_data=True, location="m.data", size_threshold=0
    )

    done = take(path)

    assert (tmp_path / "m.data").stat().st_size > 20_000
    assert done.check.passed
    assert done.size == sum(one.stat().st_size for one in tmp_path.iterdir())
