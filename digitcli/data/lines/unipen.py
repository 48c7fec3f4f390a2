"""Digits as tracks of a pen: PenDigits, in UNIPEN text.

I. Guyon et al., "UNIPEN project of on-line data exchange and recognizer benchmarks", ICPR 1994.
E. Alpaydin, F. Alimoglu, "Pen-Based Recognition of Handwritten Digits", UCI 81, 1996, CC BY 4.0,
doi 10.24432/C5MG6K.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ...errors import DataError
from ...files.opening import open_regular

Points = npt.NDArray[np.float64]

_COMMENT = re.compile(r"\s*(\d)\s+(\d+)\s+(\d+)\s*$")


@dataclass(frozen=True)
class Track:
    """One digit: who wrote it, and its strokes, each float64 (n, 2): x to the right, y downwards.

    The digit is 1 high; a track without height is 1 wide.
    """

    digit: int
    writer: int
    strokes: tuple[Points, ...]


def read_tracks(path: Path) -> list[Track]:
    """All digits of a UNIPEN file, gzip-compressed. Raises DataError when it is none."""
    try:
        with open_regular(path) as file:
            text = gzip.decompress(file.read()).decode("ascii", errors="replace")
    except (OSError, EOFError) as error:
        raise DataError(f"{path}: the file cannot be read ({error})") from error
    tracks = list(_tracks(text, path))
    if not tracks:
        raise DataError(f"{path}: expected digits in UNIPEN text, found none")
    return tracks


def _tracks(text: str, path: Path) -> Iterator[Track]:
    for part in text.split(".SEGMENT DIGIT")[1:]:
        comment = _COMMENT.match(part.partition(".COMMENT")[2].partition("\n")[0])
        if comment is None:
            raise DataError(f"{path}: a digit without `.COMMENT label writer number`")
        strokes = [_points(stroke) for stroke in part.split(".PEN_DOWN")[1:]]
        strokes = [stroke for stroke in strokes if len(stroke)]
        if strokes:
            yield Track(int(comment[1]), int(comment[2]), _normal(strokes))


def _points(stroke: str) -> Points:
    """The coordinates up to the next keyword."""
    words = stroke.partition(".")[0].split()
    return np.array([float(word) for word in words[: len(words) // 2 * 2]]).reshape(-1, 2)


def _normal(strokes: list[Points]) -> tuple[Points, ...]:
    """Turned upright (UNIPEN's y grows upwards) and scaled to height 1."""
    every = np.concatenate(strokes)
    low, high = every.min(axis=0), every.max(axis=0)
    size = (high - low)[1] or (high - low)[0] or 1.0
    return tuple(
        np.stack([stroke[:, 0] - low[0], high[1] - stroke[:, 1]], axis=1) / size
        for stroke in strokes
    )
