"""The processes that `digitcli bench` starts: for each runtime, and for each file that one reads.

They stand in this row because they put together what training and export own: the Keras twin, and
what is exported from it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ...bench.race.worker import Order, Task
    from ...bench.runtimes import Pictures, Runtime


def main() -> None:
    """Run a worker until stdin ends."""
    from ...bench.race.worker import serve

    serve(
        {
            "digitcli": _digitcli,
            "tensorflow": _tensorflow,
            "onnxruntime": _onnxruntime,
            "openvino": _openvino,
            "pytorch": _pytorch,
            "litert": _litert,
            "mnn": _mnn,
            "opencv": _opencv,
            "executorch": _executorch,
        }
    )


def make() -> None:
    """Make one file. `bench/runtimes` says which runtime reads which file."""
    from ...bench.race.worker import make as run

    run(
        {
            "int8.npz": _int8_npz,
            "float32.onnx": _float32_onnx,
            "int8.onnx": _int8_onnx,
            "float32.tflite": _float32_tflite,
            "int8.tflite": _int8_tflite,
            "float32.mnn": _float32_mnn,
            "int8.pt2": _int8_pt2,
            "uint8.onnx": _uint8_onnx,
            "uint8.tflite": _uint8_tflite,
            "uint8.savedmodel": _uint8_savedmodel,
            "uint8.torchscript": _uint8_torchscript,
            "uint8.mnn": _uint8_mnn,
            "uint8.pte": _uint8_pte,
        }
    )


def _digitcli(task: Task) -> Runtime:
    from ...bench.runtimes.digitcli import DigitCli
    from ...inference.engine import load

    return DigitCli(load(str(task.file), isa=task.variant), task.precision, task.threads)


def _tensorflow(task: Task) -> Runtime:
    from ...bench.runtimes.tensorflow import TensorFlow
    from ...model.weights import load_weights
    from ...training.network import load_classifier

    weights = load_weights(task.weights)
    build = partial(load_classifier, weights, scaled=True)
    return TensorFlow(build, weights.spec.scale, str(task.variant), task.precision, task.threads)


def _onnxruntime(task: Task) -> Runtime:
    from ...bench.runtimes.onnxruntime import OnnxRuntime

    return OnnxRuntime(task.file, _scale(task), task.precision, task.threads)


def _openvino(task: Task) -> Runtime:
    from ...bench.runtimes.openvino import OpenVino

    return OpenVino(task.file, _scale(task), task.precision, task.threads)


def _pytorch(task: Task) -> Runtime:
    from ...bench.runtimes.pytorch import PyTorch
    from ...model.weights import load_weights

    return PyTorch(load_weights(task.weights), str(task.variant), task.precision, task.threads)


def _litert(task: Task) -> Runtime:
    from ...bench.runtimes.litert import LiteRt

    return LiteRt(task.file, _scale(task), task.precision, task.threads)


def _mnn(task: Task) -> Runtime:
    from ...bench.runtimes.mnn import Mnn

    return Mnn(task.file, _scale(task), str(task.variant), task.threads)


def _opencv(task: Task) -> Runtime:
    from ...bench.runtimes.opencv import OpenCv

    return OpenCv(task.file, _scale(task), str(task.variant), task.threads)


def _executorch(task: Task) -> Runtime:
    from ...bench.runtimes.executorch import ExecuTorch, float_network, int8_network
    from ...model.weights import load_weights

    weights = load_weights(task.weights)
    is_int8 = task.precision == "int8"
    network = int8_network(task.file) if is_int8 else float_network(weights)
    return ExecuTorch(network, weights.spec.scale, task.precision, task.threads)


def _scale(task: Task) -> float:
    from ...model.weights import load_weights

    return load_weights(task.weights).spec.scale


def _int8_npz(order: Order) -> None:
    import numpy as np

    from ...inference.quantize import quantize
    from ...model.weights import load_weights, save_weights

    images = np.load(order.calibration, allow_pickle=False)
    save_weights(order.target, quantize(load_weights(order.weights), images).weights)


def _float32_onnx(order: Order) -> None:
    from ...conversion.onnx import onnx_model
    from ...model.weights import load_weights

    order.target.write_bytes(onnx_model(load_weights(order.weights), "scaled"))


def _int8_onnx(order: Order) -> None:
    from ...bench.runtimes.onnxruntime import quantise

    model = order.target.with_name("to-quantise.onnx")
    _float32_onnx(replace(order, target=model))
    pictures = _calibration(order)
    quantise(model, order.target, pictures.reshape(-1, 1, *pictures.shape[1:3]))


def _float32_mnn(order: Order) -> None:
    from ...bench.runtimes.mnn import convert

    model = order.target.with_name("to-convert.onnx")
    _float32_onnx(replace(order, target=model))
    convert(model, order.target)


def _int8_pt2(order: Order) -> None:
    from ...bench.runtimes.executorch import quantise
    from ...model.weights import load_weights

    quantise(load_weights(order.weights), _calibration(order), order.target)


def _float32_tflite(order: Order) -> None:
    model = _classifier(order)
    from ...conversion.tflite import tflite_model

    order.target.write_bytes(tflite_model(model, scaled=True))


def _int8_tflite(order: Order) -> None:
    model = _classifier(order)
    from ...conversion.tflite import quantised_tflite_model

    order.target.write_bytes(quantised_tflite_model(model, _calibration(order)))


def _uint8_onnx(order: Order) -> None:
    from ...conversion.onnx import onnx_model
    from ...model.weights import load_weights

    order.target.write_bytes(onnx_model(load_weights(order.weights)))


def _uint8_tflite(order: Order) -> None:
    model = _classifier(order, scaled=False)
    from ...conversion.tflite import tflite_model

    order.target.write_bytes(tflite_model(model))


def _uint8_savedmodel(order: Order) -> None:
    model = _classifier(order, scaled=False)
    from ...conversion.savedmodel import write_savedmodel

    write_savedmodel(model, order.target)


def _uint8_torchscript(order: Order) -> None:
    from ...bench.runtimes.pytorch import PyTorch
    from ...model.weights import load_weights

    PyTorch(load_weights(order.weights), "jit", "fp32", threads=1).save(order.target)


def _uint8_mnn(order: Order) -> None:
    from ...bench.runtimes.mnn import convert

    model = order.target.with_name("raw-to-convert.onnx")
    _uint8_onnx(replace(order, target=model))
    convert(model, order.target)


def _uint8_pte(order: Order) -> None:
    from ...bench.runtimes.executorch import save
    from ...model.weights import load_weights

    save(load_weights(order.weights), order.target)


def _classifier(order: Order, scaled: bool = True) -> Any:
    from ...model.weights import load_weights
    from ...training.network import load_classifier

    return load_classifier(load_weights(order.weights), scaled=scaled)


def _calibration(order: Order) -> Pictures:
    import numpy as np

    from ...bench.runtimes import as_floats
    from ...model.weights import load_weights

    images = np.load(order.calibration, allow_pickle=False)
    return as_floats(images, load_weights(order.weights).spec.scale)
