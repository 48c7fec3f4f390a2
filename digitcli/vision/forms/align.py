"""Where the empty form lies in a scan of a filled-in copy: shifted, scaled, turned by some degrees.

First the best of some turns and scales, with the shift by cross-correlation; then the inverse
compositional algorithm of S. Baker and I. Matthews, "Lucas-Kanade 20 Years On", 2004, from coarse
to fine. It weighs pixels by the gradient of the empty form, so what was written on white paper does
not disturb it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from ... import _core
from ..files.pixels import Pixels, pixels_of, plain, size_of

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats: TypeAlias = npt.NDArray[np.float64]

_COARSE, _LEVELS = 96, (128, 256, 512)  # pixels of the longer side
_TURNS = np.radians(np.arange(-5, 5.5, 1.0))
_SCALES = (0.9, 0.95, 1.0, 1.05, 1.1)
_TRIED = 3  # of the coarse places
_STEPS = 12  # at most, at each level
_STILL = 2e-5  # of the page: a smaller step is the last
_WINDOW = 12  # of the longer side: how far paper is looked for around a pixel
_DARK = 24.0  # grey levels darker than the paper around: less is noise
_AROUND = 3  # pixels of paper around the print that must be paper in a scan
_LEAST_PRINT = 0.02  # of the print's mean ink: an emptier picture is blank


@dataclass(frozen=True)
class Alignment:
    """`matrix` float64 (2, 3) takes (x, y, 1) of the empty form to the scan, both in pixels.

    `score` says how well the print agrees: 1 is perfectly, below 0.5 it is another page.
    """

    matrix: Floats
    score: float


class EmptyForm:
    """An empty form, uint8 (h, w), that scans are laid over."""

    def __init__(self, page: Pixels) -> None:
        self.size = size_of(page)
        self._page = plain(page)

    @cached_property
    def _levels(self) -> dict[int, _Level]:
        return {side: _Level(_ink(self._page, side)) for side in (_COARSE, *_LEVELS)}

    def find_in(self, scan: Pixels) -> Alignment:
        """Where it lies in a scan uint8 (h, w) of any size."""
        picture = plain(scan)
        inks = {side: _ink(picture, side) for side in self._levels}
        starts = self._levels[_COARSE].places(inks[_COARSE])
        first = _LEVELS[0]
        tried = [self._levels[first].improved(start, inks[first]) for start in starts]
        best = max(tried, key=lambda matrix: self._levels[first].score(matrix, inks[first]))
        for side in _LEVELS[1:]:
            best = self._levels[side].improved(best, inks[side])
        score = self._levels[_LEVELS[-1]].score(best, inks[_LEVELS[-1]])
        return Alignment(_in_pixels(best, self.size, size_of(picture)), score)


class _Level:
    """The ink of the empty form at one size.

    Places are in units of the longer side, from the middle: (x, y) of a pixel's middle. Matrices
    (2, 3) take those of the form to those of a scan.
    """

    def __init__(self, ink: Floats) -> None:
        self.ink = ink
        self.x, self.y = _grid(ink.shape)
        down, across = np.gradient(ink)
        side = max(ink.shape)
        parts = (across, down)
        slopes = [side * part * at for part in parts for at in (self.x, self.y, 1.0)]
        self._slopes = np.stack([slope.ravel() for slope in slopes])
        hessian = self._slopes @ self._slopes.T
        self._solve = np.linalg.pinv(hessian)
        self._print = ink > 0.25 * ink.max() if ink.max() else np.zeros(ink.shape, bool)
        self._around = _blurred(self._print.astype(np.float64), _AROUND) > 0

    def places(self, scan: Floats) -> list[Floats]:
        """The best coarse places, best first."""
        found: list[tuple[float, int, Floats]] = []
        size = [2 * max(a, b) for a, b in zip(self.ink.shape, scan.shape, strict=True)]
        spectrum = np.fft.rfft2(scan - scan.mean(), size)
        side = max(self.ink.shape)
        for turn in _TURNS:
            for scale in _SCALES:
                matrix = _similar(float(turn), scale)
                shown = _at(self.ink, *_inverse_places(matrix, scan.shape, self.ink.shape))
                shown -= shown.mean()
                norm = float(np.sqrt((shown**2).sum())) or 1.0
                overlap = np.fft.irfft2(spectrum * np.fft.rfft2(shown, size).conj(), size) / norm
                down, across = np.unravel_index(int(overlap.argmax()), overlap.shape)
                shift = [
                    ((int(at) + half) % (2 * half) - half) / side
                    for at, half in ((across, size[1] // 2), (down, size[0] // 2))
                ]
                matrix[:, 2] = shift
                found.append((-float(overlap.max()), len(found), matrix))
        return [matrix for *_, matrix in sorted(found, key=lambda one: one[:2])[:_TRIED]]

    def improved(self, matrix: Floats, scan: Floats) -> Floats:
        """The place near `matrix` at which the print agrees best."""
        best, least = matrix, np.inf
        for _ in range(_STEPS):
            seen, inside = self._seen(matrix, scan)
            error = np.where(inside, seen - self.ink, 0.0)
            size = float((error[self._print] ** 2).sum())
            if size < least:
                best, least = matrix, size
            step = self._solve @ (self._slopes @ error.ravel())
            matrix = _composed(matrix, step.reshape(2, 3))
            if np.abs(step).max() < _STILL or np.abs(matrix - np.eye(2, 3)).max() > 0.5:
                break
        seen, inside = self._seen(matrix, scan)
        size = float((np.where(inside, seen - self.ink, 0.0)[self._print] ** 2).sum())
        return matrix if size < least else best

    def score(self, matrix: Floats, scan: Floats) -> float:
        """The correlation of the print and the paper beside it with what the scan shows there."""
        seen, inside = self._seen(matrix, scan)
        ours, theirs = self.ink[self._around], (seen * inside)[self._around]
        if not len(ours) or theirs.mean() < _LEAST_PRINT * ours.mean():
            return 0.0
        ours, theirs = ours - ours.mean(), theirs - theirs.mean()
        norm = float(np.sqrt((ours @ ours) * (theirs @ theirs)))
        return max(0.0, float(ours @ theirs)) / norm if norm else 0.0

    def _seen(self, matrix: Floats, scan: Floats) -> tuple[Floats, npt.NDArray[np.bool_]]:
        x = matrix[0, 0] * self.x + matrix[0, 1] * self.y + matrix[0, 2]
        y = matrix[1, 0] * self.x + matrix[1, 1] * self.y + matrix[1, 2]
        column, row = _pixels_at(x, y, scan.shape)
        height, width = scan.shape
        inside = (column >= 0) & (row >= 0) & (column <= width - 1) & (row <= height - 1)
        return _at(scan, column, row), inside


def crop(grey: Pixels, corners: Floats, size: tuple[int, int]) -> Pixels:
    """A part of a picture as uint8 (height, width): `corners` float64 (3, 2), in its pixels.

    They are the upper left, upper right and lower left ends of the part.
    """
    height, width = size
    across = (np.arange(width) + 0.5) / width
    down = (np.arange(height) + 0.5) / height
    first, right, below = corners
    places = (
        first
        + across[None, :, None] * (right - first)
        + down[:, None, None] * (below - first)
        - 0.5
    )
    seen = _at(np.asarray(plain(grey)), places[..., 0], places[..., 1])
    return pixels_of(np.rint(seen).astype(np.uint8).tobytes(), height, width)


def _ink(page: Pixels, side: int) -> Floats:
    """How much darker than the paper around it, 0 to 1, at `side` pixels of the longer side."""
    height, width = size_of(page)
    factor = side / max(height, width)
    size = max(8, round(height * factor)), max(8, round(width * factor))
    grey = np.frombuffer(_core.scaled(page, *size), np.uint8).reshape(size).astype(np.float64)
    darker = _blurred(grey, max(2, side // _WINDOW)) - grey
    ink = np.clip((darker - _DARK / 2) / (4 * _DARK), 0.0, 1.0)
    return _blurred(_blurred(ink, 1), 1)


def _blurred(picture: Floats, reach: int) -> Floats:
    """Means of squares that reach so many pixels to each side."""
    for axis in (0, 1):
        length = picture.shape[axis]
        sums = np.insert(picture.cumsum(axis=axis), 0, 0.0, axis=axis)
        ends = np.clip(np.arange(length) + reach + 1, 0, length)
        starts = np.clip(np.arange(length) - reach, 0, length)
        shape = (-1, 1) if axis == 0 else (1, -1)
        whole = sums.take(ends, axis=axis) - sums.take(starts, axis=axis)
        picture = whole / (ends - starts).reshape(shape)
    return picture


def _grid(shape: tuple[int, ...]) -> tuple[Floats, Floats]:
    """x and y of every pixel's middle, in units of the longer side from the middle."""
    height, width = shape
    side = max(shape)
    x, y = np.meshgrid(
        (np.arange(width) + 0.5 - width / 2) / side, (np.arange(height) + 0.5 - height / 2) / side
    )
    return x, y


def _pixels_at(x: Floats, y: Floats, shape: tuple[int, ...]) -> tuple[Floats, Floats]:
    """Columns and rows of places."""
    height, width = shape
    side = max(shape)
    return x * side + width / 2 - 0.5, y * side + height / 2 - 0.5


def _at(picture: npt.NDArray[np.generic], column: Floats, row: Floats) -> Floats:
    """Bilinear values; outside the picture its edge's."""
    height, width = picture.shape
    column, row = np.clip(column, 0, width - 1), np.clip(row, 0, height - 1)
    left, top = column.astype(np.int64), row.astype(np.int64)
    right, below = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    across, down = column - left, row - top
    values: npt.NDArray[np.generic] = picture.ravel()
    a, b, c, d = (values[line * width + at] for line in (top, below) for at in (left, right))
    upper = a * (1 - across) + b * across
    lower = c * (1 - across) + d * across
    seen: Floats = upper * (1 - down) + lower * down
    return seen


def _similar(turn: float, scale: float) -> Floats:
    cosine, sine = scale * np.cos(turn), scale * np.sin(turn)
    return np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0]])


def _inverse_places(
    matrix: Floats, scan: tuple[int, ...], form: tuple[int, ...]
) -> tuple[Floats, Floats]:
    """Where each pixel of a scan comes from, in pixels of the form at the same level."""
    inverse = np.linalg.inv(matrix[:, :2])
    x, y = _grid(scan)
    form_x, form_y = (inverse[axis, 0] * x + inverse[axis, 1] * y for axis in (0, 1))
    return _pixels_at(form_x, form_y, form)


def _composed(matrix: Floats, step: Floats) -> Floats:
    """`matrix` after the inverse of a small step."""
    own, other = (np.vstack([one, [0.0, 0.0, 1.0]]) for one in (matrix, step + np.eye(2, 3)))
    composed: Floats = (own @ np.linalg.inv(other))[:2]
    return composed


def _in_pixels(matrix: Floats, form: tuple[int, int], scan: tuple[int, int]) -> Floats:
    """The same between pixels, whose corners are whole numbers."""

    def to_units(size: tuple[int, int]) -> Floats:
        side, (height, width) = max(size), size
        return np.array([[1, 0, -width / 2], [0, 1, -height / 2], [0, 0, side]]) / side

    own = np.vstack([matrix, [0.0, 0.0, 1.0]])
    found: Floats = (np.linalg.inv(to_units(scan)) @ own @ to_units(form))[:2]
    return found
