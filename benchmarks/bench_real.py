"""How well does `digitcli predict` read pictures that are not MNIST?

One row for each set of real pictures (scans, cells and pages of phone photos, cheques, envelopes),
MNIST's validation split beside them. Scores: exact strings, digits by edit distance, milliseconds
for each picture. Cheques are read whole, and once more with the boxes given; rules and weights of
the scoring were chosen on the even ones, so those of odd number stand apart. Prints a table; the
last line of stdout is the same data as one JSON document.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from digitcli.data.splits import validation_split
from digitcli.data.store import load_split
from digitcli.inference import engine
from digitcli.vision.decode import decode_pixels
from digitcli.vision.page import prepare
from digitcli.vision.reader import Reader
from digitcli.vision.seen import Mode

REPOSITORY = Path(__file__).resolve().parents[1]
TEST_DATA = Path(os.environ.get("DIGITCLI_TEST_DATA", REPOSITORY.parent / "shared" / "data"))


@dataclass(frozen=True)
class Score:
    """What came out for one set."""

    name: str
    goal: float  # percent of `digits`, or of `exact` for cheques
    pictures: int
    exact: float
    digits: float
    milliseconds: float


def main() -> None:
    """Read every set, print, end with the JSON document."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=TEST_DATA / "real", help="the real pictures")
    parser.add_argument("--weights", default="small")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only each N-th picture")
    arguments = parser.parse_args()
    network = engine.load(arguments.weights)
    scores = []
    print(f"{'set':<24}{'pictures':>9}{'exact':>8}{'digits':>8}{'goal':>7}{'ms':>8}")
    for score in every_score(arguments.data, network, arguments.every):
        scores.append(score)
        print(
            f"{score.name:<24}{score.pictures:>9}{score.exact:>8.1%}{score.digits:>8.1%}"
            f"{score.goal:>7.1%}{score.milliseconds:>8.1f}",
            flush=True,
        )
    print(json.dumps({"weights": arguments.weights, "scores": [asdict(s) for s in scores]}))


def every_score(folder: Path, network: engine.Engine, every: int) -> Iterator[Score]:
    """The sets, one after the other."""
    for name, goal in (("scans", 0.96), ("photo-cells", 0.96), ("usps", 0.965)):
        rows = [row for row in labels(folder / name) if row[1].isdigit()][::every]
        yield read(f"{name}, one", goal, folder / name, rows, network, "one")
        yield read(f"{name}, auto", goal, folder / name, rows, network, "auto")
    cheques = labels(folder / "cheques")
    for name, half in (("even", cheques[::2]), ("odd", cheques[1::2])):
        yield read(f"cheques, {name}", 0.7, folder / "cheques", half[::every], network, "many")
    yield boxed("cheques, odd, boxes", folder / "cheques", cheques[1::2][::every], network)
    pages = [[row[0], grid_text(row[1])] for row in labels(folder / "photo-pages")]
    yield read("photo-pages", 0.9, folder / "photo-pages", pages, network, "many")
    yield mnist(network, every)


def labels(folder: Path) -> list[list[str]]:
    """The rows of labels.csv without its head."""
    with (folder / "labels.csv").open(newline="") as file:
        return list(csv.reader(file))[1:]


def grid_text(grid: str) -> str:
    """The digits of a grid, a line for each row; 0 is an empty cell, 10 several small digits."""
    rows = ("".join(cell for cell in row.split() if len(cell) == 1) for row in grid.split("|"))
    return "\n".join(row.replace("0", "") for row in rows if row.strip("0"))


def read(
    name: str, goal: float, folder: Path, rows: list[list[str]], network: engine.Engine, mode: Mode
) -> Score:
    """Read whole pictures."""
    start = time.perf_counter()
    found = list(Reader(network, mode=mode).read_many(folder / row[0] for row in rows))
    return scored(name, goal, [row[1] for row in rows], [one.text for one in found], start)


def boxed(name: str, folder: Path, rows: list[list[str]], network: engine.Engine) -> Score:
    """Read what each box of a prepared picture holds as one digit."""
    wanted, pictures = "", []
    start = time.perf_counter()
    for file, digits, boxes, *_ in rows:
        page = prepare(decode_pixels(folder / file))
        height, width = page.ink.shape or ()
        for box in boxes.split(";"):
            x, y, wide, tall = (int(value) for value in box.split(","))
            x, y = max(x, 0), max(y, 0)
            found = page.normalize((x, y, min(wide, width - x), min(tall, height - y)))
            pictures.append(np.zeros((28, 28), np.uint8) if found is None else found.picture)
        wanted += digits
    read = network.predict(np.stack(pictures)).classes
    return scored(name, 0.94, list(wanted), [str(digit) for digit in read], start)


def as_pgm(grey: np.ndarray) -> bytes:
    """Pixels (h, w) as a picture file."""
    return b"P5 %d %d 255\n" % grey.shape[::-1] + grey.tobytes()


def mnist(network: engine.Engine, every: int) -> Score:
    """The validation split of MNIST's training pictures, as files of their own."""
    split = load_split("mnist", "train")
    held_out = validation_split(split.labels, 5_000, seed=0)[1][::every]
    files = [as_pgm(np.ascontiguousarray(split.images[i])) for i in held_out]
    start = time.perf_counter()
    found = list(Reader(network, mode="auto").read_many(files))
    wanted = [str(split.labels[i]) for i in held_out]
    return scored("MNIST validation, auto", 0.996, wanted, [one.text for one in found], start)


def scored(name: str, goal: float, wanted: list[str], found: list[str], start: float) -> Score:
    """Compare, and stop the clock."""
    milliseconds = (time.perf_counter() - start) / len(wanted) * 1e3
    exact = sum(a == b for a, b in zip(wanted, found, strict=True)) / len(wanted)
    plain = [(a.replace("\n", ""), b.replace("\n", "")) for a, b in zip(wanted, found, strict=True)]
    wrong = sum(min(edits(a, b), len(a)) for a, b in plain)
    digits = 1 - wrong / sum(len(a) for a, _ in plain)
    return Score(name, goal, len(wanted), exact, digits, milliseconds)


def edits(a: str, b: str) -> int:
    """Insertions, deletions and replacements from one string to the other (Levenshtein)."""
    before = list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        row = [i]
        for j, right in enumerate(b, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (left != right)))
        before = row
    return before[-1]


if __name__ == "__main__":
    main()
