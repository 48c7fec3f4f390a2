"""Somebody's labelled pictures of numbers, each cut to a line as `predict` cuts it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ...data.splits import Indices
from ...errors import DataError, UsageError
from ...vision.files.decode import decode_pixels
from ...vision.line_picture import LinePicture, line_picture
from ...vision.sheet.folder import labels_of
from ...vision.sheet.labels import Label, check_files, check_numbers
from ..lines.batches import Drawn, fits
from .hand import Division, other_writers

TALL = 64  # pixels: height at which lines are kept to be changed
HELD_OUT = 0.1  # of the lines that could be learnt

Ink = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Numbers:
    """Lines and their texts: digits and separators, "" where a picture shows no number.

    `lines` are as the network is shown them, without margin; `tall` are the same, TALL pixels high.
    0 is paper. `writers` (n,) are "" where the list names none; `files` are the names in the list.
    """

    path: Path
    lines: tuple[Drawn, ...]
    tall: tuple[Ink, ...]
    writers: npt.NDArray[np.str_]
    files: tuple[str, ...]

    @property
    def sha256(self) -> str:
        """The sha256 of texts and lines, in hexadecimal."""
        digest = hashlib.sha256()
        for line in self.lines:
            digest.update(
                f"{line.text} {line.picture.shape[1]}\n".encode() + line.picture.tobytes()
            )
        return digest.hexdigest()

    def part(self, chosen: Sequence[int] | Indices) -> Numbers:
        """Some of the lines."""
        places = [int(place) for place in chosen]
        return Numbers(
            self.path,
            tuple(self.lines[place] for place in places),
            tuple(self.tall[place] for place in places),
            self.writers[places],
            tuple(self.files[place] for place in places),
        )


def read_numbers(sources: Sequence[Path]) -> Numbers:
    """Read every picture that the lists of `sources` (folders, or lists) name, as one line each.

    Raises DataError naming the line of the list or the file: no list, a label that is no number or
    has several lines, files that are missing or no pictures.
    """
    parts = [_read(*labels_of(path)) for path in sources]
    return Numbers(
        parts[0].path,
        tuple(line for part in parts for line in part.lines),
        tuple(tall for part in parts for tall in part.tall),
        np.concatenate([part.writers for part in parts]),
        tuple(file for part in parts for file in part.files),
    )


def _read(listed: Path, labels: list[Label]) -> Numbers:
    check_numbers(listed, labels)
    _check_one_line(listed, labels)
    check_files(listed, labels)
    pairs = [_line(listed.parent / label.file, label.text) for label in labels]
    lines, tall = zip(*pairs, strict=True)
    writers = np.array([label.writer for label in labels])
    return Numbers(listed.parent, lines, tall, writers, tuple(label.file for label in labels))


def _check_one_line(path: Path, labels: list[Label]) -> None:
    for label in labels:
        if "\n" in label.text:
            raise DataError(
                f"{path}: line {label.line}: label {label.text!r} has two lines",
                "cut the picture: what is learnt shows one line",
            )


def _line(path: Path, label: str) -> tuple[Drawn, Ink]:
    grey = decode_pixels(path)
    text = label.replace(" ", "")
    return Drawn(_pixels(line_picture(grey)), text), _pixels(line_picture(grey, height=TALL))


def _pixels(line: LinePicture) -> Ink:
    return np.asarray(line.pixels)


def divide_numbers(numbers: Numbers, writers: Collection[str] = (), seed: int = 0) -> Division:
    """Choose what to learn from: one line in ten is held out, none of fewer than ten.

    With `writers` only theirs are learnt; those of others are measured. Lines that are too long to
    be learnt are held out. The same lines and seed give the same division. Raises UsageError for a
    writer who wrote none of the lines, DataError where no line is left to learn.
    """
    own = written_by(numbers, writers) if writers else np.ones(len(numbers.lines), bool)
    mine = np.flatnonzero(own)
    fit = np.array([fits(numbers.lines[place]) for place in mine], bool)
    able = mine[fit]
    order = np.argsort(np.random.PCG64(seed).random_raw(len(able)), kind="stable")
    count = int(HELD_OUT * len(able))
    learn, held = np.sort(able[order[count:]]), np.sort(np.append(able[order[:count]], mine[~fit]))
    if not len(learn):
        raise DataError(f"{numbers.path}: no line is short enough to be learnt")
    return Division(learn, held, other_writers(numbers.writers, own))


def written_by(numbers: Numbers, writers: Collection[str]) -> npt.NDArray[np.bool_]:
    """Which lines these writers wrote. Raises UsageError for one who wrote none."""
    there = sorted(set(numbers.writers.tolist()) - {""})
    if unknown := sorted(set(writers) - set(there)):
        raise UsageError(
            f"{numbers.path}: no writer {unknown[0]!r}",
            hint=f"its writers are {', '.join(there)}" if there else "it names no writers",
        )
    return np.isin(numbers.writers, list(writers))
