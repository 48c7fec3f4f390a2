"""Lines of digits in a picture, found by a network at several scales.

Segmentation as text detectors do it: M. Liao et al., "Real-time Scene Text Detection with
Differentiable Binarization", AAAI 2020; J. Long et al., "TextSnake", ECCV 2018. The network marks
the middle of each line, so that lines close to each other stay apart; C++ (cpp/vision/find) makes
rectangles of its maps.
"""

from __future__ import annotations

import math
from typing import Any

from ... import _core
from ...inference.map_engine import MapEngine
from ...model.frozen import dataclass
from ...model.spec import MAP_STEP
from ..files.pixels import Pixels, pixels_of, plain, size_of

Corner = tuple[float, float]

FINEST = 1_200_000  # pixels of the finest scale at which a larger picture is looked at
_COARSEST = 20  # pixels of the shorter side at the coarsest scale, at least
_SCALES = 5  # at most
_TINY = 14  # pixels: a picture with lower lines, or none, is looked at enlarged
_SURE = 0.6  # score of every line where a sure one is found
_FAINT = 0.25  # probability of a place from which on it counts where no line is found
_SMALL = 200_000  # pixels of a picture that may be enlarged


@dataclass(frozen=True)
class FoundLine:
    """A line of digits in pixels of the picture, with some room around it.

    `corners` are the upper left, upper right, lower right and lower left, (x, y), seen along the
    line. `row` and `column` count from 0, top to bottom and left to right, across the whole
    picture. `score` is the mean probability that its places are in a line: 0.6 to 1, from 0.35 on
    of one that is faint, which is looked for where there is no other.
    """

    corners: tuple[Corner, Corner, Corner, Corner]
    row: int
    column: int
    score: float

    @property
    def is_faint(self) -> bool:
        """Whether it counts only where there is no other."""
        return self.score < _SURE


def find_lines(grey: Pixels, engine: MapEngine, threads: int = 1) -> tuple[FoundLine, ...]:
    """The lines of digits in a grey picture uint8 (h, w) of any size, in the order of reading.

    Raises TypeError or ValueError for anything but at least one uint8 pixel in rows and columns.
    """
    picture = plain(grey)
    size = size_of(picture)
    maps, source = [], picture
    for scale in scales(*size):
        source = _at(scale, source)
        maps.append(_map(source, size, engine, threads))
    found = _core.lines_of(maps)
    if size[0] * size[1] <= _SMALL and _lowest(found) < _TINY:
        enlarged = _at((2 * size[0], 2 * size[1]), picture)
        maps.insert(0, _map(enlarged, size, engine, threads))
        found = _core.lines_of(maps) or _core.lines_of(maps, _FAINT)
    return tuple(FoundLine(*line) for line in found)


def scales(height: int, width: int) -> list[tuple[int, int]]:
    """(height, width) of each scale at which a picture is looked at, finest first.

    Each is half of the one before; the finest has FINEST pixels at most.
    """
    finest = min(1.0, (FINEST / (height * width)) ** 0.5)
    sizes = [
        (max(1, round(height * finest / 2**step)), max(1, round(width * finest / 2**step)))
        for step in range(_SCALES)
    ]
    return [size for size in sizes if size == sizes[0] or min(size) >= _COARSEST]


def _at(size: tuple[int, int], picture: Pixels) -> Pixels:
    return picture if size == size_of(picture) else pixels_of(_core.scaled(picture, *size), *size)


def _map(
    picture: Pixels, size: tuple[int, int], engine: MapEngine, threads: int
) -> tuple[object, float, float]:
    """The map of a picture, and how many pixels of the whole picture each place covers."""
    height, width = size_of(picture)
    down, across = MAP_STEP * size[0] / height, MAP_STEP * size[1] / width
    return engine.map(picture, threads), down, across


def _lowest(found: list[tuple[Any, int, int, float]]) -> float:
    """Pixels of the lowest line; 0 without any."""
    heights = (math.dist(corners[0], corners[3]) for corners, *_ in found)
    return min(heights, default=0.0)
