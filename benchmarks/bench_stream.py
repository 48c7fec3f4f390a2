"""How many small files does `digitcli predict` read per second, and does its memory stay flat?

Whole processes read 10,000 PNG files (28 x 28 to 64 x 64, digits the project draws itself) from a
folder, a list and a ZIP archive, with one thread and with one for each core. The speed "once
started" is that of the later files: the difference between a run over a few hundred files and one
over all, so start-up and imports do not count. Memory is the peak of each process; what the later
files add to it is told apart the same way. All ways must give the same answers.

The goal: 3,000 files per second on 2 cores. On a busy machine the CPU time of a file says more than
the wall clock. Prints a table; the last line of stdout is the same data as one JSON document.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import NamedTuple

sys.path.append(str(Path(__file__).parent))  # PYTHONSAFEPATH leaves it out

import numpy as np
from common import DIGITCLI, finish, parser_of
from PIL import Image

from digitcli.bench.cold.coldstart import Launch, Launcher
from digitcli.data.drawn import synthetic

FEW = 400  # files of the short run
GOAL = 3_000  # files per second


class Run(NamedTuple):
    """One process: seconds, CPU seconds, peak MiB, and the hash of what it answered."""

    seconds: float
    cpu: float
    peak: float
    answers: str


def main() -> None:
    """Draw the files, run, print, end with the JSON document."""
    parser = parser_of(__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        draw(folder, options.files)
        ways = {"folder": "{}", "list": "@{}.txt", "zip": "{}.zip"}
        rows = []
        with Launcher() as launch:
            for way, ending in ways.items():
                argument = ending.format(f"{folder}/{{}}")
                for threads in (1, 0) if way == "folder" else (0,):
                    rows.append(measure(launch, way, argument, threads, options))
                    print_row(rows[-1])
    if len({row["answers"] for row in rows}) != 1:
        sys.exit("the ways do not agree on the answers")
    finish({"schema": "digitcli.bench.stream/1", "goal": GOAL, "rows": rows})


def draw(folder: Path, count: int) -> None:
    """`all` and `few`: a folder, a list and an archive of PNG files each."""
    images, _ = synthetic.draw(min(count, 2_000), seed=3)
    sides = np.random.default_rng(3).integers(28, 65, count)
    for name, number in (("all", count), ("few", min(FEW, count))):
        (folder / name).mkdir()
        for n in range(number):
            picture = Image.fromarray(255 - images[n % len(images)])
            picture.resize((int(sides[n]),) * 2).save(folder / name / f"{n}.png")
        files = [folder / name / f"{n}.png" for n in range(number)]
        (folder / f"{name}.txt").write_text("\n".join(map(str, files)) + "\n")
        with zipfile.ZipFile(folder / f"{name}.zip", "w") as archive:
            for file in files:
                archive.write(file, file.name)


def measure(
    launch: Launch, way: str, argument: str, threads: int, options: argparse.Namespace
) -> dict[str, object]:
    """One way to name the files: the best of some rounds, short and long runs in turn."""
    short, long = [], []
    for _ in range(options.rounds):
        short.append(run(launch, argument.format("few"), threads, options.weights))
        long.append(run(launch, argument.format("all"), threads, options.weights))
    more = options.files - min(FEW, options.files)
    wall = min(one.seconds for one in long) - min(one.seconds for one in short)
    cpu = min(one.cpu for one in long) - min(one.cpu for one in short)
    peak = max(one.peak for one in long)
    return {
        "way": way,
        "threads": threads,
        "files": options.files,
        "files_per_second": round(more / wall),
        "cpu_us_per_file": round(1e6 * cpu / more, 1),
        "peak_mib": round(peak, 1),
        "mib_of_later_files": round(peak - max(one.peak for one in short), 1),
        "answers": long[0].answers,
    }


def run(launch: Launch, argument: str, threads: int, weights: str) -> Run:
    """One process over the files that `argument` names."""
    command = [DIGITCLI, "predict", argument, "--jsonl"]
    done = launch([*command, "--threads", str(threads), "--weights", weights])
    if done["code"]:
        sys.exit(f"{argument}: exit code {done['code']} ({done['last_words']})")
    texts = [json.loads(line)["text"] or "-" for line in done["stdout"].splitlines()]
    answers = hashlib.sha256("".join(texts).encode()).hexdigest()[:16]
    return Run(done["seconds"], done["cpu_seconds"], done["peak_bytes"] / 2**20, answers)


def print_row(row: dict[str, object]) -> None:
    """One line of the table."""
    threads = row["threads"] or "all"
    print(
        f"{row['way']:8} {threads:>3} threads {row['files_per_second']:>7,} files/s"
        f"  {row['cpu_us_per_file']:>6} us of CPU each  peak {row['peak_mib']} MiB, of which the "
        f"later files {row['mib_of_later_files']}",
        flush=True,
    )


if __name__ == "__main__":
    main()
