"""The hands that drawn lines are written in: real digits and pens of many people, and our own.

Each source is divided: some of its writers, or some of its pictures where nobody knows who wrote
them, write only the lines that a run validates on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...data.drawn.fonts import installed
from ...data.lines.bitmaps import read_optdigits, read_semeion
from ...data.lines.hands import Fonts, Glyphs, Ink, Writers, gallery, tracks_of
from ...data.lines.line import Mix
from ...data.lines.unipen import read_tracks
from ...data.splits import validation_split
from ...data.store import data_dir, load_split
from ...errors import DataError, UsageError
from ...vision.files.decode import decode_pixels
from ...vision.labelled.division import is_own, to_learn
from ...vision.labelled.kinds import KINDS_IN_WORDS, read_labelled
from ...vision.labelled.pictures import sha256
from ...vision.line_picture import line_picture
from ...vision.sheet.folder import labels_of, lists_pictures
from ...vision.sheet.labels import check_digits, check_files
from ..recipes import Recipe

HELD_OUT = 0.1  # of the pictures of a source without writers
HELD_WRITERS = 0.2  # of the writers of a folder
_MNIST_HELD = 5_000  # pictures
_LEAST = 40  # ink below this is paper's noise
_ROWS = 64  # pixels: height at which the scans of a folder are kept

FILES = {
    "pendigits": ("pendigits-train.unipen.gz", "pendigits-test.unipen.gz"),
    "optdigits": ("optdigits-orig.tra.gz",),
    "semeion": ("semeion.data.gz",),
}
SOURCES = ("mnist", *FILES, "strokes", "fonts")

Pair = tuple[Writers, Writers]  # who write what is learnt, and what is validated on


@dataclass(frozen=True)
class Hands:
    """Who write the lines of a run, `learn` and `check`; `hashes` are of the files they come from.

    `missing` are the sources that this machine does not have.
    """

    learn: Mix
    check: Mix
    hashes: dict[str, str]
    missing: tuple[str, ...]


def open_hands(recipe: Recipe) -> Hands:
    """The sources of a recipe's mixture, each as often as its share says.

    Raises UsageError for an unknown source, and when none is on this machine; DataError for files
    that cannot be read.
    """
    learn, check, hashes, missing = [], [], {}, []
    for name, share in recipe.mixture.items():
        if lacks(name):
            missing.append(name)
            continue
        pair, hashes[name] = _open(name, recipe)
        learn.append((pair[0], share))
        check.append((pair[1], share))
    if not learn:
        raise UsageError(
            "no source of digits to write lines with is on this machine",
            hint="--set mixture.strokes=1 writes with digitcli's own strokes",
        )
    return Hands(learn, check, hashes, tuple(missing))


def lacks(name: str) -> bool:
    """Whether the source is not on this machine. Raises UsageError when there is none such."""
    if name in FILES:
        return not all(path.is_file() for path in _paths(name))
    if name == "mnist":
        return not (data_dir() / "mnist").is_dir()
    if name == "fonts":
        return not installed()
    if name == "strokes" or is_own(name):
        return False
    raise UsageError(
        f"no hands are known by the name {name!r} (choose from: {', '.join(SOURCES)}, or a path)",
        hint=KINDS_IN_WORDS,
    )


def remedy(name: str) -> str:
    """What to do to have a source that is missing."""
    if name in FILES:
        return f"put {' and '.join(path.name for path in _paths(name))} into {_folder()}"
    return "digitcli fetch mnist" if name == "mnist" else 'pip install "digitcli[fonts]"'


def _folder() -> Path:
    return data_dir() / "hands"


def _paths(name: str) -> list[Path]:
    return [_folder() / file for file in FILES[name]]


def _open(name: str, recipe: Recipe) -> tuple[Pair, str]:
    if name in _READERS:
        pair = _READERS[name](recipe)
        contents = [path.read_bytes() for path in _paths(name)] if name in FILES else [b""]
        return pair, hashlib.sha256(name.encode() + b"".join(contents)).hexdigest()
    return _of_folder(Path(name), recipe) if lists_pictures(Path(name)) else _of_own(name, recipe)


def _mnist(recipe: Recipe) -> Pair:
    split = load_split("mnist", "train")
    count = min(_MNIST_HELD, len(split.labels) // 2)
    return _divided(list(split.images), split.labels, count, recipe)


def _pendigits(recipe: Recipe) -> Pair:
    """The publishers' own division: the writers of the second file wrote none of the first."""
    first, second = (tracks_of(read_tracks(path)) for path in _paths("pendigits"))
    return first, second


def _optdigits(recipe: Recipe) -> Pair:
    return _bitmaps(*read_optdigits(_paths("optdigits")[0]), recipe)


def _semeion(recipe: Recipe) -> Pair:
    return _bitmaps(*read_semeion(_paths("semeion")[0]), recipe)


def _bitmaps(
    pictures: npt.NDArray[np.uint8], labels: npt.NDArray[np.uint8], recipe: Recipe
) -> Pair:
    return _divided(list(pictures), labels, round(HELD_OUT * len(labels)), recipe)


def _strokes(recipe: Recipe) -> Pair:
    return Glyphs(), Glyphs()


def _fonts(recipe: Recipe) -> Pair:
    return Fonts(), Fonts()


_READERS: dict[str, Callable[[Recipe], Pair]] = {
    "mnist": _mnist,
    "pendigits": _pendigits,
    "optdigits": _optdigits,
    "semeion": _semeion,
    "strokes": _strokes,
    "fonts": _fonts,
}


def _divided(
    pictures: Sequence[Ink], labels: npt.NDArray[np.uint8], count: int, recipe: Recipe
) -> Pair:
    learn, check = validation_split(labels, count, recipe.validation_seed)
    return _part(pictures, labels, learn), _part(pictures, labels, check)


def _part(
    pictures: Sequence[Ink],
    labels: npt.NDArray[np.uint8],
    chosen: npt.NDArray[Any],
    writers: npt.NDArray[np.int64] | None = None,
) -> Writers:
    who = None if writers is None else writers[chosen]
    return gallery([pictures[place] for place in chosen], labels[chosen], who)


def _of_folder(path: Path, recipe: Recipe) -> tuple[Pair, str]:
    """Pictures of single digits; some writers, or some pictures without them, are held out."""
    listed, rows = labels_of(path)
    check_digits(listed, rows)
    check_files(listed, rows)
    pictures = [_ink(listed.parent / row.file) for row in rows]
    labels = np.array([int(row.text) for row in rows], np.uint8)
    if len(np.unique(labels)) < 10:
        raise DataError(f"{path}: lines need pictures of all ten digits")
    digest = hashlib.sha256(labels.tobytes() + b"".join(ink.tobytes() for ink in pictures))
    names = sorted({row.writer for row in rows})
    if names == [""]:
        count = round(HELD_OUT * len(labels))
        return _divided(pictures, labels, count, recipe), digest.hexdigest()
    who = np.array([1 + names.index(row.writer) for row in rows])
    held = _held_writers(names, recipe)
    away = np.isin(who, [1 + names.index(name) for name in held])
    learn, check = np.flatnonzero(~away), np.flatnonzero(away)
    return (_part(pictures, labels, learn, who), _part(pictures, labels, check, who)), (
        digest.hexdigest()
    )


def _of_own(name: str, recipe: Recipe) -> tuple[Pair, str]:
    """Pictures of single digits in any other form; one in ten is held out."""
    found = to_learn(read_labelled(name))
    if len(np.unique(found.labels)) < 10:
        raise DataError(f"{name}: lines need pictures of all ten digits")
    count = round(HELD_OUT * len(found.labels))
    pair = _divided(list(found.images), found.labels, count, recipe)
    return pair, sha256(found.images, found.labels)


def _held_writers(names: Sequence[str], recipe: Recipe) -> list[str]:
    """The recipe's `without_writers`, or some chosen by the seed of the validation."""
    if asked := [name for name in names if name in recipe.without_writers]:
        return asked
    order = np.random.default_rng(recipe.validation_seed).permutation(len(names))
    return [names[place] for place in order[: max(1, round(HELD_WRITERS * len(names)))]]


def _ink(path: Path) -> Ink:
    """The strokes of one digit, 255 is ink, cleared of the paper's noise."""
    ink = np.array(line_picture(decode_pixels(path), height=_ROWS).pixels)
    ink[ink < _LEAST] = 0
    return ink
