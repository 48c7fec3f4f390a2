"""Instructions a picture, ours beside LiteRT's XNNPACK kernels, as Valgrind counts them.

`python benchmarks/bench_instructions.py --networks small,tiny` (needs valgrind with its headers, a
C compiler, TensorFlow and LiteRT). One thread. Counted is what one call from Python takes, start
and warm-up left out: the mean of some calls. Valgrind knows AVX2 and no AVX-512, so both sides run
what they choose on such a CPU. A count is no time: instructions of AVX2 take from a third of a
cycle to many. Networks that have no bundled weights get random ones: counts do not depend on them.
The last line is the same table as JSON.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from digitcli.bench.race.interpreter import python_command
from digitcli.bench.race.peer_files import PeerFiles
from digitcli.bench.runtimes import file_of
from digitcli.inference.engine import Engine, load
from digitcli.inference.quantize import quantize
from digitcli.model.bundled import bundled_names, find_weights
from digitcli.model.presets import load_preset
from digitcli.model.weights import Weights, load_weights, save_weights

NETWORKS = "deck,notebook,small,reader,tiny,best"
PRECISIONS = ("fp32", "int8")
CALLS = 2  # counted, after as many that are not
VALGRIND = ["valgrind", "--tool=callgrind", "--instr-atstart=no"]
REQUESTS = """
#include <valgrind/callgrind.h>
void begin(void) { CALLGRIND_START_INSTRUMENTATION; CALLGRIND_ZERO_STATS; }
void end(const char* label) { CALLGRIND_DUMP_STATS_AT(label); CALLGRIND_STOP_INSTRUMENTATION; }
"""


def main() -> None:
    """Count and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", default=NETWORKS)
    parser.add_argument("--batch", default="1,64")
    parser.add_argument("--inside", type=Path, help="the folder of one network: what is counted")
    asked = parser.parse_args()
    batches = [int(text) for text in asked.batch.split(",")]
    if asked.inside is not None:
        count(asked.inside, batches)
        return
    rows = []
    for name in asked.networks.split(","):
        with tempfile.TemporaryDirectory() as folder:
            prepare(name, Path(folder))
            rows += rows_of(name, counted(Path(folder), asked.batch), batches)
    print("network   precision batch        ours   XNNPACK  ratio   (thousands a picture)")
    for row in rows:
        ours, peer = row["ours"] / 1e3, row["xnnpack"] / 1e3
        print(
            f"{row['network']:9} {row['precision']:9} {row['batch']:5} {ours:11.1f} {peer:9.1f} "
            f"{peer / ours:6.2f}"
        )
    print(json.dumps(rows))


def prepare(name: str, folder: Path) -> None:
    """Write what is counted into `folder`: weights, pictures, LiteRT's files, the requests."""
    images = strokes()
    np.save(folder / "images.npy", images)
    weights = folder / "weights.npz"
    save_weights(weights, weights_of(name))
    make = python_command("digitcli.cli.bench.worker", "make")
    files = PeerFiles(make, weights, lambda: images)
    for precision in PRECISIONS:
        made = files.file(str(file_of("litert", precision)), folder)
        made.rename(folder / f"{precision}.tflite")
    (folder / "requests.c").write_text(REQUESTS)
    compile_them = ["cc", "-O1", "-shared", "-fPIC", "requests.c", "-o", "requests.so"]
    subprocess.run(compile_them, cwd=folder, check=True)


def strokes() -> Any:
    """uint8 (256, 28, 28): light strokes, each in another place."""
    images = np.zeros((256, 28, 28), np.uint8)
    for number, image in enumerate(images):
        image[3 + number % 7 : 20 + number % 5, 8 + number % 9 : 12 + number % 11] = 220
    return images


def weights_of(name: str) -> Weights:
    """The bundled weights, or random ones."""
    if name in bundled_names():
        return load_weights(find_weights(name))
    spec, rng = load_preset(name).spec, np.random.default_rng(0)
    tensors = {
        key: rng.standard_normal(shape, dtype=np.float32)
        / np.float32(max(np.prod(shape[:-1]), 1) ** 0.5)
        for key, shape in spec.tensors.items()
    }
    return Weights(spec, tensors)


def count(folder: Path, batches: list[int]) -> None:
    """Run every call under Valgrind; each writes its count under its label."""
    requests = ctypes.CDLL(str(folder / "requests.so"))
    for label, call in calls(folder, batches):
        for _ in range(CALLS):
            call()
        requests.begin()
        for _ in range(CALLS):
            call()
        requests.end(label.encode())


def calls(folder: Path, batches: list[int]) -> Iterator[tuple[str, Callable[[], object]]]:
    """(label, call) of both runtimes in each precision and batch size."""
    from digitcli.bench.runtimes.litert import LiteRt

    images = np.load(folder / "images.npy")
    engine = load(folder / "weights.npz")
    for precision in PRECISIONS:
        if precision == "int8":
            engine = Engine(quantize(engine.weights, images).weights)
        file = folder / f"{precision}.tflite"
        peer = LiteRt(file, engine.spec.scale, precision, threads=1)
        for batch in batches:
            pictures = images[:batch]
            yield f"ours {precision} {batch}", partial(engine.core.run_to_bytes, pictures, 1)
            yield f"xnnpack {precision} {batch}", peer.prepare(pictures)


def counted(folder: Path, batches: str) -> dict[str, int]:
    """The counts by label, of one Python under Valgrind."""
    out = folder / "count.out"
    inside = [sys.executable, __file__, "--inside", str(folder), "--batch", batches]
    command = [*VALGRIND, f"--callgrind-out-file={out}", *inside]
    subprocess.run(command, check=True, capture_output=True)
    found = {}
    for file in folder.glob("count.out.*"):
        text = file.read_text(errors="replace")
        label = re.search(r"^desc: Trigger: Client Request: (.*)$", text, re.MULTILINE)
        total = re.search(r"^(?:summary|totals): (\d+)$", text, re.MULTILINE)
        if label and total:
            found[label[1]] = int(total[1])
    return found


def rows_of(name: str, found: dict[str, int], batches: list[int]) -> list[dict[str, Any]]:
    """One row for each precision and batch size: instructions a picture."""
    return [
        {
            "network": name,
            "precision": precision,
            "batch": batch,
            **{
                who: found[f"{who} {precision} {batch}"] / (CALLS * batch)
                for who in ("ours", "xnnpack")
            },
        }
        for precision in PRECISIONS
        for batch in batches
    ]


if __name__ == "__main__":
    main()
