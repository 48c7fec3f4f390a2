"""A line or finder network beside ONNX Runtime, OpenVINO and LiteRT on its exported files.

`digitcli export -w line --out line.onnx` and `--to tflite --out line.tflite` first; then
`python benchmarks/bench_lines.py line --height 40 --width 160 --files FOLDER`. One thread, random
pixels, runtimes in turns; medians, and their ratios to ours.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from digitcli.inference.engine import make_core
from digitcli.model.weights import find_weights, load_weights


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=["line", "finder"])
    parser.add_argument("--height", type=int, required=True)
    parser.add_argument("--width", type=int, required=True)
    parser.add_argument("--files", type=Path, default=Path())
    parser.add_argument("--turns", type=int, default=20)
    asked = parser.parse_args()
    for kind in ("onnx", "tflite"):
        file = asked.files / f"{asked.name}.{kind}"
        if not file.exists():
            parser.error(f"{file}: no such file; `digitcli export -w {asked.name} --to {kind}`")
    shape = (1, asked.height, asked.width)
    images = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    calls = {name: ours(name, images) for name in (asked.name, f"{asked.name}8")}
    calls["onnxruntime"] = onnxruntime(asked.files / f"{asked.name}.onnx", images)
    calls["openvino"] = openvino(asked.files / f"{asked.name}.onnx", images)
    calls["litert"] = litert(asked.files / f"{asked.name}.tflite", images)
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(asked.turns + 1):
        for name, call in calls.items():
            call()
            start = time.perf_counter()
            call()
            times[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(found[1:]) for name, found in times.items()}
    for name, median in medians.items():
        print(f"{name:12} {median * 1e6:10,.0f} us  {median / medians[asked.name]:.2f}")


def ours(name: str, images: Any) -> Callable[[], object]:
    """The bundled network `name`."""
    core = make_core(load_weights(find_weights(name)), (*images.shape[1:], 1), "", ())
    return lambda: core.run_to_bytes(images, 1)


def onnxruntime(file: Path, images: Any) -> Callable[[], object]:
    """A session on one thread."""
    import onnxruntime as runtime

    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = runtime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda: session.run(None, {name: images})


def openvino(file: Path, images: Any) -> Callable[[], object]:
    """A request on one thread, in float32."""
    import openvino as runtime

    core = runtime.Core()
    model = core.read_model(file)
    model.reshape({0: list(images.shape)})
    hints = {"INFERENCE_NUM_THREADS": 1, "INFERENCE_PRECISION_HINT": "f32"}
    request = core.compile_model(model, "CPU", hints).create_infer_request()
    return lambda: request.infer({0: images}, share_inputs=True)


def litert(file: Path, images: Any) -> Callable[[], object]:
    """An interpreter on one thread."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(file), num_threads=1)
    index = interpreter.get_input_details()[0]["index"]
    interpreter.resize_tensor_input(index, images.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(index, images)
    call: Callable[[], object] = interpreter.invoke
    return call


if __name__ == "__main__":
    main()
