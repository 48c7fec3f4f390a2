"""From the photograph of a filled-in sheet to labelled digits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from ...errors import DataError
from ..files.decode import decode
from ..normalize import normalize
from .corners import find_corners
from .form import BAR, CORNERS, GAP, WHITE, Cell, cells

if TYPE_CHECKING:
    import numpy.typing as npt

    Grey: TypeAlias = npt.NDArray[np.uint8]
    Floats: TypeAlias = npt.NDArray[np.float64]

_LEAST = 2.5  # pixels of the photograph for each millimetre
_FINEST = 12.0  # pixels of a cell's picture for each millimetre, at most
_AROUND = GAP / 2 - 0.1  # millimetres around a cell's box that belong to its picture
_PAPER = 80  # percentile of a cell's pixels that is paper
_LINE = 0.2  # of printed black: less, near the lines of a cell, is paper or the line
_FAINT = 0.12  # of printed black: less, inside a cell, is paper or noise
_INK = 0.22  # of printed black: more, inside a cell, is writing
_NEAR = 1.2  # millimetres from the edge of a cell: its line may be here if the page is not flat
_INK_SIDE, _INK_AREA = 2.0, 0.4  # millimetres: less is a speck


@dataclass(frozen=True, eq=False)
class Written:
    """One filled cell.

    `picture` is uint8 (h, w), dark on white, without lines and shadows; `digit` is what `normalize`
    makes of it, uint8 (28, 28).
    """

    cell: Cell
    picture: Grey
    digit: Grey


def read_sheet(path: Path) -> list[Written]:
    """Every cell of a photographed sheet that has ink in it, row after row.

    The sheet may lie in any direction, in perspective and in shadow. Raises DataError when the
    picture cannot be read, does not show all four corner marks, is too small, or nothing is
    written on it.
    """
    grey, name = decode(path), str(path)
    view = _View(grey, find_corners(grey, name))
    if view.scale < _LEAST:
        raise DataError(
            f"{name}: the sheet has {view.scale:.1f} pixels for each millimetre, expected at "
            f"least {_LEAST:g}",
            "photograph it from nearer, or with more pixels",
        )
    found = []
    for cell in cells():
        picture = view.cell(cell)
        if picture is not None and (digit := normalize(picture)) is not None:
            found.append(Written(cell, picture, digit.picture))
    if not found:
        raise DataError(f"{name}: no cell of the sheet has ink in it", "fill in the cells first")
    return found


@dataclass(frozen=True, eq=False)
class _View:
    """A photograph and where it shows the sheet's `corners`, float64 (4, 2)."""

    grey: Grey
    corners: Floats

    @cached_property
    def scale(self) -> float:
        """Pixels for each millimetre, along the side that is shown smallest."""
        printed = np.array([corner.centre for corner in CORNERS])
        shown, real = (
            np.linalg.norm(np.roll(points, -1, axis=0) - points, axis=1)
            for points in (self.corners, printed)
        )
        return float((shown / real).min())

    @cached_property
    def black(self) -> float:
        """How bright printed black is, as a share of the paper beside it."""
        ring, white = (
            np.array([self.at(*_around(corner.centre, reach)).mean() for corner in CORNERS])
            for reach in (BAR, WHITE)
        )
        return float(np.median(ring / np.maximum(white, 1)))

    @cached_property
    def _homography(self) -> Floats:
        """3 x 3, from millimetres of the sheet to pixels of the picture."""
        rows, values = [], []
        for corner, (u, v) in zip(CORNERS, self.corners, strict=True):
            x, y = corner.centre
            rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
            values += [u, v]
        solved = np.linalg.solve(np.array(rows), np.array(values))
        return np.append(solved, 1.0).reshape(3, 3)

    def at(self, x: Floats, y: Floats) -> Floats:
        """Brightness at places of the sheet, in millimetres; outside the picture its edge's."""
        u, v, w = self._homography @ np.stack([x.ravel(), y.ravel(), np.ones(x.size)])
        height, width = self.grey.shape
        u, v = np.clip(u / w, 0, width - 1.001), np.clip(v / w, 0, height - 1.001)
        left, top = u.astype(np.int64), v.astype(np.int64)
        right, below = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
        u, v = u - left, v - top
        upper = self.grey[top, left] * (1 - u) + self.grey[top, right] * u
        lower = self.grey[below, left] * (1 - u) + self.grey[below, right] * u
        brightness: Floats = (upper * (1 - v) + lower * v).reshape(x.shape)
        return brightness

    def cell(self, cell: Cell) -> Grey | None:
        """What is written in a cell; None where it is empty."""
        x, y, width, height = cell.box
        fine = min(self.scale, _FINEST)
        along, down = (
            np.arange(start - _AROUND, start + length + _AROUND, 1 / fine)
            for start, length in ((x, width), (y, height))
        )
        inside = np.outer(_within(down, y, height), _within(along, x, width))
        seen = self.at(*np.meshgrid(along, down))
        paper = max(float(np.percentile(seen, _PAPER)), 1.0)
        ink = (1 - seen / paper) / max(1 - self.black, 0.05)  # 1 is printed black
        if not _has_ink((ink > _INK) & inside, fine):
            return None
        least = np.where(inside, _FAINT, _LINE)
        picture: Grey = (255 * (1 - np.clip((ink - least) / (1 - least), 0, 1))).astype(np.uint8)
        return picture


def _within(places: Floats, start: float, length: float) -> npt.NDArray[np.bool_]:
    """Which places are inside a cell, and not near its lines."""
    inside: npt.NDArray[np.bool_] = places > start + _NEAR
    return inside & (places < start + length - _NEAR)


def _around(centre: tuple[float, float], reach: float) -> tuple[Floats, Floats]:
    """The middles of the four sides of a square about a centre."""
    x, y = centre
    return x + reach * np.array([-1.0, 1, 0, 0]), y + reach * np.array([0.0, 0, -1, 1])


def _has_ink(mask: npt.NDArray[np.bool_], scale: float) -> bool:
    """Whether there is more than a speck; `scale` is pixels for each millimetre."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return False
    side = max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1
    return bool(side >= _INK_SIDE * scale and mask.sum() >= _INK_AREA * scale * scale)
