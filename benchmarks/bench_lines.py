"""A line or finder network beside ONNX Runtime, OpenVINO and LiteRT, in float32 and in int8.

`python benchmarks/bench_lines.py line --height 40 --width 160`. They get what `digitcli export`
writes, and in int8 what their own quantisers make of it; ranges are of random pixels, which times
do not depend on. One thread, random pixels, runtimes in turns; medians, and their ratios to ours of
the same precision.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from digitcli.bench.runtimes import as_floats
from digitcli.conversion.onnx import onnx_model
from digitcli.inference.engine import make_core
from digitcli.model.weights import Weights, find_weights, load_weights

Call = Callable[[], object]
OURS = "digitcli"
CALIBRATION = 8  # pictures


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=["line", "finder"])
    parser.add_argument("--height", type=int, required=True)
    parser.add_argument("--width", type=int, required=True)
    parser.add_argument("--turns", type=int, default=20)
    asked = parser.parse_args()
    shape = (CALIBRATION, asked.height, asked.width)
    images = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    weights = load_weights(find_weights(asked.name))
    with tempfile.TemporaryDirectory() as folder:
        calls = {
            "float32": float32_calls(weights, images[:1], Path(folder)),
            "int8": int8_calls(weights, images, Path(folder)),
        }
        calls["float32"][OURS] = ours(asked.name, images[:1])
        calls["int8"][OURS] = ours(f"{asked.name}8", images[:1])
        for precision, medians in measured(calls, asked.turns).items():
            for name, median in sorted(medians.items()):
                ratio = median / medians[OURS]
                print(f"{precision:8} {name:12} {median * 1e6:10,.0f} us  {ratio:.2f}")


def measured(calls: dict[str, dict[str, Call]], turns: int) -> dict[str, dict[str, float]]:
    """Median seconds of every call, of each precision."""
    times: dict[tuple[str, str], list[float]] = {}
    for _ in range(turns + 1):
        for precision, group in calls.items():
            for name, call in group.items():
                call()
                start = time.perf_counter()
                call()
                times.setdefault((precision, name), []).append(time.perf_counter() - start)
    medians: dict[str, dict[str, float]] = {precision: {} for precision in calls}
    for (precision, name), found in times.items():
        medians[precision][name] = statistics.median(found[1:])
    return medians


def float32_calls(weights: Weights, images: Any, folder: Path) -> dict[str, Call]:
    """The other runtimes on the exported files."""
    from digitcli.conversion.tflite import tflite_model
    from digitcli.training.network import load_classifier

    onnx, tflite = folder / "float32.onnx", folder / "float32.tflite"
    onnx.write_bytes(onnx_model(weights))
    tflite.write_bytes(tflite_model(load_classifier(weights, scaled=False)))
    return all_calls(onnx, images, tflite, images)


def int8_calls(weights: Weights, images: Any, folder: Path) -> dict[str, Call]:
    """The other runtimes on files that their own quantisers made; pictures are scaled before."""
    from digitcli.bench.runtimes.onnxruntime import quantise
    from digitcli.conversion.tflite import quantised_tflite_model
    from digitcli.training.network import load_classifier

    scaled, onnx, tflite = folder / "scaled.onnx", folder / "int8.onnx", folder / "int8.tflite"
    floats = as_floats(images, weights.spec.scale)
    rows_first = floats.reshape(len(images), 1, *images.shape[1:])
    scaled.write_bytes(onnx_model(weights, "scaled"))
    quantise(scaled, onnx, rows_first)
    classifier = load_classifier(weights, scaled=True)
    rows_last = floats.reshape(*images.shape, 1)
    tflite.write_bytes(quantised_tflite_model(classifier, rows_last))
    return all_calls(onnx, rows_first[:1], tflite, images[:1, ..., np.newaxis])


def all_calls(onnx: Path, pictures: Any, tflite: Path, tflite_pictures: Any) -> dict[str, Call]:
    """Each runtime on its file."""
    return {
        "onnxruntime": onnxruntime(onnx, pictures),
        "openvino": openvino(onnx, pictures),
        "litert": litert(tflite, tflite_pictures),
    }


def ours(name: str, images: Any) -> Call:
    """The bundled network `name`."""
    core = make_core(load_weights(find_weights(name)), (*images.shape[1:], 1), "", ())
    return lambda: core.run_to_bytes(images, 1)


def onnxruntime(file: Path, images: Any) -> Call:
    """A session on one thread."""
    import onnxruntime as runtime

    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = runtime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda: session.run(None, {name: images})


def openvino(file: Path, images: Any) -> Call:
    """A request on one thread."""
    import openvino as runtime

    core = runtime.Core()
    model = core.read_model(file)
    model.reshape({0: list(images.shape)})
    hints = {"INFERENCE_NUM_THREADS": 1, "INFERENCE_PRECISION_HINT": "f32"}
    request = core.compile_model(model, "CPU", hints).create_infer_request()
    return lambda: request.infer({0: images}, share_inputs=True)


def litert(file: Path, images: Any) -> Call:
    """An interpreter on one thread."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(file), num_threads=1)
    index = interpreter.get_input_details()[0]["index"]
    interpreter.resize_tensor_input(index, images.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(index, images)
    call: Call = interpreter.invoke
    return call


if __name__ == "__main__":
    main()
