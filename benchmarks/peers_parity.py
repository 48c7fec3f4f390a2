"""Do other runtimes give our answers with the files that `digitcli export` writes?

Exports each network to ONNX and TFLite, runs ONNX Runtime, OpenVINO and LiteRT on the whole test
set, and compares with our engine: labels that are equal, the largest difference of a probability.
A runtime that is not installed is left out, and named. Prints a table; the last line of stdout is
the same data as one JSON document. Exits 1 if a label differs.

    python benchmarks/peers_parity.py small runs/deck runs/notebook
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from digitcli.bench.runtimes import is_installed
from digitcli.conversion.check import Runner, open_onnx, open_tflite
from digitcli.conversion.convert import PICTURES, export
from digitcli.data.store import load_split
from digitcli.inference.engine import Engine
from digitcli.machine import conditions as machine
from digitcli.model.weights import Weights, find_weights, load_weights

BATCH = 1_000


def open_openvino(path: Path) -> tuple[str, Runner]:
    """Run an ONNX file with OpenVINO, in float32 also where the CPU has bf16."""
    import openvino

    hints = {"INFERENCE_PRECISION_HINT": "f32"}
    compiled = openvino.Core().compile_model(str(path), "CPU", hints)
    return f"openvino {openvino.__version__.partition('-')[0]}", lambda images: compiled(images)[0]


# runtime -> the format that it reads, and how
RUNTIMES: dict[str, tuple[str, Callable[[Path], tuple[str, Runner]]]] = {
    "onnxruntime": ("onnx", open_onnx),
    "openvino": ("onnx", open_openvino),
    "litert": ("tflite", open_tflite),
}


def main() -> int:
    """Export, compare, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("weights", nargs="+", help="bundled names, files or run folders")
    parser.add_argument("--data", default="mnist")
    arguments = parser.parse_args()
    images = load_split(arguments.data, "test").images
    present = [name for name in RUNTIMES if can_run(name)]

    rows = [row for name in arguments.weights for row in compare(name, images, present)]
    print(f"{'weights':24} {'runtime':22} {'file':8} {'equal labels':>17} {'largest diff':>13}")
    for row in rows:
        equal = f"{row['equal_labels']} of {row['n']}"
        name, runtime = str(row["weights"])[-24:], row["runtime"]
        print(f"{name:24} {runtime:22} {row['format']:8} {equal:>17} {row['largest']:13.2e}")
    missing = [name for name in RUNTIMES if name not in present]
    if missing:
        print(f"not installed, so left out: {', '.join(missing)}")
    conditions = machine.capture(checkout=Path(__file__).parent)
    document = {"schema": "digitcli.bench.peers_parity/1", "data": arguments.data, "rows": rows}
    print(json.dumps(document | {"missing": missing, "machine": conditions.to_json()}))
    return 0 if rows and all(row["equal_labels"] == row["n"] for row in rows) else 1


def can_run(name: str) -> bool:
    """Whether a runtime is installed, and what makes its file."""
    maker = "onnx" if RUNTIMES[name][0] == "onnx" else "tensorflow"
    return is_installed(name) and find_spec(maker) is not None


def compare(name: str, images: np.ndarray, present: list[str]) -> list[dict[str, object]]:
    """One row for each runtime."""
    weights = load_weights(find_weights(name))
    expected = Engine(weights).predict(images).probabilities
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        for runtime in present:
            form, open_file = RUNTIMES[runtime]
            path = Path(folder) / f"network.{form}"
            if not path.exists():
                export(weights, form, path, images[:PICTURES], lambda: classifier(weights))
            version, run = open_file(path)
            answers = np.concatenate(
                [run(images[start : start + BATCH]) for start in range(0, len(images), BATCH)]
            )
            equal = answers.argmax(axis=1) == expected.argmax(axis=1)
            rows.append(
                {
                    "weights": name,
                    "runtime": version,
                    "format": form,
                    "n": len(images),
                    "equal_labels": int(equal.sum()),
                    "largest": float(np.abs(answers - expected).max()),
                }
            )
    return rows


def classifier(weights: Weights) -> object:
    """The Keras model that TensorFlow converts."""
    from digitcli.training.network import load_classifier

    return load_classifier(weights)


if __name__ == "__main__":
    sys.exit(main())
