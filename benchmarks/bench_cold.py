"""How long does one answer take from the shell, as a whole process, beside TensorFlow?

`digitcli predict seven.png` finds the digit in a photo and reads it. The shortest TensorFlow script
that answers with the same network is spared the finding: it gets the 28 x 28 picture that our
normalisation makes, and loads the same weights as a SavedModel, without Keras. A crop of one digit
is that picture too, with the default weights. Goals: at most 70 ms and 30 MiB for a crop, 1/25 of
TensorFlow's time for the photo. Bare interpreters show where the floor is.

Whole processes, turn by turn, the page cache warm; peak memory as the kernel counts it. Prints a
table; the last line of stdout is the same data as one JSON document.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from digitcli.bench.stopwatch import Timing, interleave

# This process stays small: a child's peak memory is never below that of the parent it came from.
from digitcli.machine import conditions as machine

REPOSITORY = Path(__file__).resolve().parents[1]
SAMPLE = REPOSITORY / "samples" / "seven.png"
ANSWER = "7"
CROP, OURS, THEIRS = "digitcli predict, a crop", "digitcli predict", "TensorFlow script"

CUT = """
import sys
from PIL import Image
from digitcli.vision.files.decode import decode
from digitcli.vision.normalize import normalize
sample, folder = sys.argv[1:]
Image.fromarray(normalize(decode(sample)).picture).save(f"{folder}/digit.png")
"""

EXPORT = """
import sys
from digitcli.model.weights import find_weights, load_weights
from digitcli.training.network import load_twin
weights, folder = sys.argv[1:]
load_twin(load_weights(find_weights(weights))).export(f"{folder}/model", verbose=False)
"""

TENSORFLOW = """
import sys
import tensorflow as tf
model = tf.saved_model.load(sys.argv[1])
picture = tf.io.decode_png(tf.io.read_file(sys.argv[2]), channels=1)
print(int(tf.argmax(model.serve(picture[None, ..., 0])[0])))
"""


def main() -> None:
    """Measure, print the table, end with the JSON document."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", default="small", help="bundled weights, or a weight file")
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    os.environ["PYTHONSAFEPATH"] = "1"  # `python -c` takes the installed package, not this folder's
    with tempfile.TemporaryDirectory() as folder:
        processes = contestants(options.weights, Path(folder))
        rows = compare(processes, options.rounds)
    print_table(rows)
    times = {row["process"]: row["median_ms"] for row in rows}
    ratio = round(times[THEIRS] / times[OURS], 1) if THEIRS in times else None
    print(f"\n{THEIRS} / {OURS}: {ratio or 'TensorFlow is not installed'}")
    document = {"schema": "digitcli.bench.cold/1", "weights": options.weights, "ratio": ratio}
    conditions = machine.capture(checkout=REPOSITORY).to_json()
    print(json.dumps(document | {"results": rows, "conditions": conditions}))


def contestants(weights: str, folder: Path) -> dict[str, list[str]]:
    """The command of each process; the TensorFlow script has been given what it needs."""
    python = sys.executable
    script = shutil.which("digitcli", path=str(Path(python).parent))
    ours = [script] if script else [python, "-m", "digitcli"]
    subprocess.run([python, "-c", CUT, str(SAMPLE), str(folder)], check=True, capture_output=True)
    found = {
        "python": [python, "-c", "pass"],
        "python, import numpy": [python, "-c", "import numpy"],
        "python, import typer": [python, "-c", "import typer"],
        "the same and Pillow's PNG": [python, "-c", "import typer, PIL.PngImagePlugin"],
        CROP: [*ours, "predict", f"{folder}/digit.png"],
        OURS: [*ours, "predict", str(SAMPLE), "--no-picture", "--top", "1", "--weights", weights],
    }
    if importlib.util.find_spec("tensorflow"):
        command = [python, "-c", EXPORT, weights, str(folder)]
        subprocess.run(command, check=True, capture_output=True)
        found[THEIRS] = [python, "-c", TENSORFLOW, f"{folder}/model", f"{folder}/digit.png"]
    return found


def compare(processes: dict[str, list[str]], rounds: int) -> list[dict[str, object]]:
    """Time and peak memory of each process, after it has given the right answer."""
    for name in (CROP, OURS, THEIRS):
        if name in processes:
            done = subprocess.run(processes[name], capture_output=True, text=True, check=True)
            words = done.stdout.split()
            answer = words[0] if name == THEIRS else words[1]  # ours begins with the file's name
            assert answer == ANSWER, f"{name}: answered {done.stdout!r}"
    peaks: dict[str, int] = dict.fromkeys(processes, 0)
    laps = {name: partial(lap, peaks, name, command) for name, command in processes.items()}
    timings = interleave(laps, seconds=0, rounds=rounds, warmup=1)
    return [row(name, timing, peaks[name]) for name, timing in timings.items()]


def lap(peaks: dict[str, int], name: str, command: Sequence[str], repeats: int) -> list[float]:
    """Run a process `repeats` times: the seconds of each; the largest peak (KiB) is noted."""
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        seconds.append(time.perf_counter() - start)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0, f"{name}: exit code {process.returncode}"
        peaks[name] = max(peaks[name], usage.ru_maxrss)
    return seconds


def row(name: str, timing: Timing, peak: int) -> dict[str, object]:
    """One line of the table; the spread is the interquartile range over the median."""
    return {
        "process": name,
        "median_ms": round(1e3 * timing.median, 1),
        "fastest_ms": round(1e3 * min(timing.seconds), 1),
        "spread": round(timing.spread, 3),
        "peak_mib": round(peak / 1024, 1),
    }


def print_table(rows: list[dict[str, object]]) -> None:
    """Print all processes."""
    print(f"{'process':<26} {'median':>10} {'fastest':>10} {'spread':>7} {'peak':>10}")
    for entry in rows:
        print(
            f"{entry['process']:<26} {entry['median_ms']:>7} ms {entry['fastest_ms']:>7} ms "
            f"{entry['spread']:>7} {entry['peak_mib']:>6} MiB"
        )


if __name__ == "__main__":
    main()
