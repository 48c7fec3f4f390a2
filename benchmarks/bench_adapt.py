"""How much does `digitcli adapt` help on somebody else's pictures?

For several choices of three writers of the real scans: adapt to at most 60 pictures of each digit
of theirs, and count the errors on the other writers, before and after; pictures of the same three
that were not learnt, and MNIST's validation pictures, stand beside them. Each is a process of its
own, as a user would start it. Weights that have learnt from the scans know the other writers
already: give those of a run with `--set without_writers=...` through --weights, and the same
writers through --strangers. Prints a table; the last line of stdout is the same data as one JSON
document.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
from itertools import combinations
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parent))  # PYTHONSAFEPATH leaves it out

from common import DIGITCLI, TEST_DATA

GOAL = 2 / 3  # of the errors on other writers may be left


def main() -> None:
    """Adapt to each choice of writers, print, end with the JSON document."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=TEST_DATA / "real" / "scans")
    parser.add_argument("--weights", default="small")  # has not learnt the scans
    parser.add_argument("--per-digit", type=int, default=60)
    parser.add_argument("--choices", type=int, default=5, help="of three writers, at most 20")
    parser.add_argument("--strangers", default="", metavar="A,B", help="never learn from these")
    arguments = parser.parse_args()
    found = []
    heads = [f"{head:>17}" for head in ("other writers", "the same", "validation")]
    print(f"{'errors before and after learning from':<42}{''.join(heads)}{'left':>7}{'s':>5}")
    for writers in choices(arguments.data, arguments.choices, arguments.strangers.split(",")):
        one = adapted(arguments, writers)
        found.append(one)
        errors = "".join(
            f"{percent(one[name], 'before'):>8.2f} {percent(one[name], 'after'):>6.2f} %"
            for name in ("others", "held_out", "validation")
        )
        print(
            f"{','.join(writers):<42}{errors}{left([one]):>7.0%}{one['seconds']:>5.0f}", flush=True
        )
    print(f"of the errors on other writers {left(found):.0%} are left; goal: {GOAL:.0%}")
    print(json.dumps({"schema": "digitcli.bench-adapt/1", "left": left(found), "runs": found}))


def choices(data: Path, count: int, strangers: list[str]) -> list[tuple[str, ...]]:
    """Choices of three writers, spread evenly over all that there are."""
    with (data / "labels.csv").open(encoding="utf-8", newline="") as file:
        writers = sorted({row["writer"] for row in csv.DictReader(file)} - set(strangers))
    every = list(combinations(writers, min(3, len(writers))))
    count = min(count, len(every))
    return [every[number * len(every) // count] for number in range(count)]


def adapted(arguments: argparse.Namespace, writers: tuple[str, ...]) -> dict[str, Any]:
    """The document of one `digitcli adapt`."""
    with tempfile.TemporaryDirectory() as folder:
        options = ["--writers", ",".join(writers), "--per-digit", str(arguments.per_digit)]
        options += ["--from", str(arguments.data), "--weights", arguments.weights]
        command = [DIGITCLI, "adapt", *options, "--json"]
        command += ["--out", str(Path(folder) / "my.npz")]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def percent(found: dict[str, Any], when: str) -> float:
    """Errors."""
    return 100 * (1 - float(found["accuracy"][when]))


def left(found: list[dict[str, Any]]) -> float:
    """The share of the errors on other writers that is left, over several runs."""
    before, after = (
        sum(one["others"]["n"] * percent(one["others"], when) for one in found)
        for when in ("before", "after")
    )
    return after / before if before else 1.0


if __name__ == "__main__":
    main()
