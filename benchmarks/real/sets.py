"""The sets of real pictures, as a folder has them, and MNIST beside them as files."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

import numpy as np
from common import TEST_DATA

from digitcli.data.splits import validation_split
from digitcli.data.store import load_split

MNIST = folder if (folder := TEST_DATA / "mnist").is_dir() else None  # None: what `fetch` brought


class Labelled(NamedTuple):
    """A picture, a file or the bytes of one, and what it says: digits, a line feed between lines.

    A cell of a photo may say "blank" or "candidates". `boxes` are (x, y, width, height).
    """

    source: Path | bytes
    text: str
    writer: str = ""
    boxes: tuple[tuple[int, ...], ...] = ()


def rows_of(folder: Path) -> list[dict[str, str]]:
    """The lines of labels.csv."""
    with (folder / "labels.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def labelled(folder: Path) -> list[Labelled]:
    """The pictures of a set, in the order of its labels.csv."""
    return [
        Labelled(
            folder / row["file"],
            row["label"] if "label" in row else grid_text(row["grid"]),
            row.get("writer", ""),
            tuple(
                tuple(int(value) for value in box.split(","))
                for box in row.get("boxes_xywh", "").split(";")
                if box
            ),
        )
        for row in rows_of(folder)
    ]


def numbers(folder: Path) -> list[Labelled]:
    """The pictures that show a number."""
    return [one for one in labelled(folder) if one.text]


def single_digits(folder: Path, writers: tuple[str, ...] = ()) -> list[Labelled]:
    """The pictures of one digit each; of these writers alone, where any are named."""
    return [
        one
        for one in labelled(folder)
        if one.text.isdigit() and (not writers or one.writer in writers)
    ]


def grid_text(grid: str) -> str:
    """The digits of a grid, a line for each row; 0 is an empty cell, 10 several small digits."""
    rows = ("".join(cell for cell in row.split() if len(cell) == 1) for row in grid.split("|"))
    return "\n".join(row.replace("0", "") for row in rows if row.strip("0"))


def mnist_validation(every: int) -> list[Labelled]:
    """The validation split of MNIST's training pictures, as files of their own."""
    split = load_split("mnist", "train", MNIST)
    held_out = validation_split(split.labels, 5_000, seed=0)[1][::every]
    return [Labelled(as_pgm(split.images[i]), str(split.labels[i])) for i in held_out]


def mnist_test() -> list[Labelled]:
    """All of MNIST's test pictures, as files of their own."""
    split = load_split("mnist", "test", MNIST)
    pairs = zip(split.images, split.labels, strict=True)
    return [Labelled(as_pgm(image), str(label)) for image, label in pairs]


def as_pgm(grey: np.ndarray) -> bytes:
    """Pixels uint8 (h, w) as a picture file."""
    return b"P5 %d %d 255\n" % grey.shape[::-1] + np.ascontiguousarray(grey).tobytes()
