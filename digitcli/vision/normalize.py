"""One picture of one digit to the (28, 28) that MNIST would have made of it.

MNIST's makers scaled each digit, proportions kept, until its longer side was 20 pixels, and moved
its centre of mass by whole pixels onto pixel (14, 14) of a 28 x 28 field. All 70,000 pictures obey
this, so a picture that comes from MNIST is changed by nothing here: it comes out bit for bit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .ink import ink_of
from .resample import Floats, resample, shrink

Picture = npt.NDArray[np.uint8]
Box = tuple[int, int, int, int]

FIELD, DIGIT, CENTRE = 28, 20, 14
_WORKING_SIDE = 1024  # a larger picture is averaged down to this first: a digit needs 20 pixels
_EDGE = 0.12  # of the strongest ink: fainter pixels do not widen the digit's box


@dataclass(frozen=True)
class Normalized:
    """A digit as the network wants it, and where it was found.

    `picture` is uint8 (28, 28), light ink on dark; `box` is (x, y, width, height) in pixels of the
    picture it came from.
    """

    picture: Picture
    box: Box


def normalize(grey: Picture) -> Normalized | None:
    """Cut the one digit out of a grey picture uint8 (h, w) of any size; None when it is blank."""
    small, factor = shrink(grey, _WORKING_SIDE)
    ink, faintest = ink_of(small)
    found = ink_box(ink, faintest)
    if found is None:
        return None
    x, y, width, height = found
    picture = center(ink[y : y + height, x : x + width])
    right, bottom = (min((a + n) * factor, m) for a, n, m in zip((x, y), found[2:], grey.shape[::-1]))
    return Normalized(picture, (x * factor, y * factor, right - x * factor, bottom - y * factor))


def ink_box(ink: Floats, faintest: float) -> Box | None:
    """The box around all ink (h, w); None when there is none. Lone pixels are dust, not ink."""
    mask = ink >= max(faintest, _EDGE * float(ink.max(initial=0)))
    mask &= _neighbours(mask) > 0
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return None
    top, left = int(rows[0]), int(columns[0])
    return left, top, int(columns[-1]) - left + 1, int(rows[-1]) - top + 1


def _neighbours(mask: npt.NDArray[np.bool_]) -> Picture:
    """How many of the eight pixels around each one are set."""
    padded = np.pad(mask, 1).astype(np.uint8)
    across = padded[:, :-2] + padded[:, 1:-1] + padded[:, 2:]
    return across[:-2] + across[1:-1] + across[2:] - mask


def center(ink: Floats) -> Picture:
    """Scale one digit's ink (h, w), cropped to its box, and set it in the middle of a field.

    Returns uint8 (28, 28). The longer side becomes 20 pixels, the centre of mass comes within half
    a pixel of (14, 14) unless the digit would leave the field.
    """
    scale = DIGIT / max(ink.shape)
    height, width = (max(1, round(scale * side)) for side in ink.shape)
    small = _full_contrast(resample(ink, height, width))
    field = np.zeros((FIELD, FIELD), dtype=np.uint8)
    total = small.sum(dtype=np.float64)
    top = _place(small.sum(axis=1, dtype=np.float64) / total)
    left = _place(small.sum(axis=0, dtype=np.float64) / total)
    field[top : top + height, left : left + width] = np.rint(small)
    return field


def _place(share: npt.NDArray[np.float64]) -> int:
    """Where a digit begins along one axis, from how its ink is shared out along it."""
    mean = float(share @ np.arange(len(share)))
    return min(max(math.floor(CENTRE - mean + 0.5), 0), FIELD - len(share))


def _full_contrast(ink: Floats) -> Floats:
    """Stretch faint ink until its strongest part is white, as everywhere in MNIST (254 or 255)."""
    peak = float(ink.max())
    return ink if peak >= 254 else ink * np.float32(255 / peak)
