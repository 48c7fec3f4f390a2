"""The four corner marks of a filled-in sheet, found in a photograph of it.

A corner mark is a closed ring around one to four squares. It is found in any orientation and
perspective, as connected ink whose boxes contain each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from ... import _core
from ...errors import DataError
from ..files.pixels import plain
from .form import CORNERS

if TYPE_CHECKING:
    import numpy.typing as npt

    from ..normalize import Box

    Grey: TypeAlias = npt.NDArray[np.uint8]
    Floats: TypeAlias = npt.NDArray[np.float64]

_LONGEST = 1600  # pixels: a photograph is averaged down to this first
_DARK = 0.72  # of the mean around it: ink
_NOISE = 20  # grey levels: a smaller difference is noise
_WINDOW = 16  # of the shorter side of the picture: how far the mean reaches to each side
_FILL = 0.2, 0.62  # a ring's share of its box; straight it is 24 of 49
_SQUARE = 4 / 96, 36 / 96  # a small and a large square's share of the ring
_LEAST = 14  # pixels of a ring's box
_SMALLEST = 0.15  # of the area of the largest corner mark: less is none

_HINT = (
    "photograph the whole page of `digitcli adapt --sheet sheet.pdf`, flat and sharp, with all "
    "four black corner marks"
)


@dataclass(frozen=True)
class _CornerMark:
    corner: int
    area: int
    centre: tuple[float, float]


def find_corners(grey: Grey, name: str) -> Floats:
    """Where the marks' centres are in a picture uint8 (h, w): float64 (4, 2), x and y.

    In the order of `form.CORNERS`, wherever they lie. Raises DataError, naming the corners that
    were found, unless there is each of them once.
    """
    factor = max(1, -(-max(grey.shape) // _LONGEST))
    small = _averaged(grey, factor)
    marks = _marks(small)
    found = sorted({mark.corner for mark in marks})
    if len(found) < len(CORNERS):
        raise DataError(f"{name}: {_which(found)}", _HINT)
    if len(marks) > len(CORNERS):
        raise DataError(
            f"{name}: {len(marks)} corner marks found, expected the 4 of one sheet",
            "photograph one sheet at a time",
        )
    centres = [mark.centre for mark in sorted(marks, key=lambda mark: mark.corner)]
    corners: Floats = (np.array(centres) + 0.5) * factor - 0.5
    if not _convex(corners):
        raise DataError(f"{name}: the four corner marks are not those of one flat page", _HINT)
    return corners


def _which(found: list[int]) -> str:
    names = [corner.name for corner in CORNERS]
    if not found:
        return "none of the sheet's four corner marks found"
    there = ", ".join(names[i] for i in found)
    missing = ", ".join(name for i, name in enumerate(names) if i not in found)
    return f"of the sheet's corner marks found {there}; missing {missing}"


def _averaged(grey: Grey, factor: int) -> Floats:
    """Means of squares of `factor` pixels a side."""
    height, width = (side // factor * factor for side in grey.shape)
    squares = grey[:height, :width].reshape(height // factor, factor, width // factor, factor)
    means: Floats = squares.mean(axis=(1, 3))
    return means


def _ink(grey: Floats) -> Grey:
    """1 where a pixel is darker than those around it, else 0.

    D. Bradley, G. Roth, "Adaptive Thresholding using the Integral Image", 2007: shadows stay paper.
    """
    reach = max(4, min(grey.shape) // _WINDOW)
    height, width = grey.shape
    sums = np.zeros((height + 1, width + 1))
    sums[1:, 1:] = grey.cumsum(axis=0).cumsum(axis=1)
    top, bottom = (np.clip(np.arange(height) + end, 0, height) for end in (-reach, reach + 1))
    left, right = (np.clip(np.arange(width) + end, 0, width) for end in (-reach, reach + 1))
    rows = sums[bottom] - sums[top]
    means = (rows[:, right] - rows[:, left]) / np.outer(bottom - top, right - left)
    ink: Grey = ((grey < _DARK * means) & (grey < means - _NOISE)).astype(np.uint8)
    return ink


def _marks(grey: Floats) -> list[_CornerMark]:
    """All corner marks of any corner."""
    memory, components = _core.components(plain(_ink(grey)))
    labels = np.frombuffer(memory, np.int32).reshape(grey.shape)
    boxes = np.array([(*box, area) for box, area in components] or np.zeros((0, 5)), float)
    marks = []
    for number, (box, area) in enumerate(components):
        if _may_be_ring(box, area) and (corner := _corner_inside(boxes, number)) is not None:
            marks.append(_CornerMark(corner, area, _centre(labels, box, number + 1)))
    largest = max((mark.area for mark in marks), default=0)
    return [mark for mark in marks if mark.area > _SMALLEST * largest]


def _may_be_ring(box: Box, area: int) -> bool:
    _, _, width, height = box
    low, high = _FILL
    square = min(width, height) >= _LEAST and max(width, height) <= 2 * min(width, height)
    return square and low * width * height < area < high * width * height


def _corner_inside(boxes: Floats, ring: int) -> int | None:
    """The number of the corner, from the squares inside a ring; None if they are no squares."""
    x, y, width, height, area = boxes[ring]
    left, top = boxes[:, 0] - x, boxes[:, 1] - y
    inside = (left > 0) & (top > 0)
    inside &= (left + boxes[:, 2] < width) & (top + boxes[:, 3] < height)
    inside &= boxes[:, 4] > 0.3 * _SQUARE[0] * area  # less is dust
    shares = boxes[inside, 4] / area
    if not 1 <= len(shares) <= len(CORNERS):
        return None
    expected = _SQUARE[1] if len(shares) == 1 else _SQUARE[0]
    alike = (shares > 0.4 * expected) & (shares < 2 * expected)
    return len(shares) - 1 if alike.all() else None


def _centre(labels: npt.NDArray[np.int32], box: Box, number: int) -> tuple[float, float]:
    x, y, width, height = box
    rows, columns = np.nonzero(labels[y : y + height, x : x + width] == number)
    return x + float(columns.mean()), y + float(rows.mean())


def _convex(corners: Floats) -> bool:
    """Whether going round the corners always turns the same way."""
    sides = np.roll(corners, -1, axis=0) - corners
    following = np.roll(sides, -1, axis=0)
    turns = sides[:, 0] * following[:, 1] - sides[:, 1] * following[:, 0]
    return bool((turns > 0).all() or (turns < 0).all())
