"""One picture of one digit to the (28, 28) that MNIST would have made of it.

MNIST's makers scaled each digit, proportions kept, until its longer side was 20 pixels, and moved
its centre of mass by whole pixels onto pixel (14, 14) of a 28 x 28 field. Nearly every one of the
70,000 pictures obeys this to the pixel, which is how one of them is known again and left alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .ink import ink_of, quantile
from .resample import Floats, resample, shrink

Picture = npt.NDArray[np.uint8]
Box = tuple[int, int, int, int]

FIELD, DIGIT, CENTRE = 28, 20, 14
_WORKING_SIDE = 1024  # a larger picture is averaged down to this first: a digit needs 20 pixels
_EDGE = 0.12  # of the strongest ink: fainter pixels do not widen the digit's box
_STRONG = 204  # in 999 of 1,000 MNIST pictures, a quarter of the ink is at least as strong as this


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
    if _is_mnist(ink):
        return Normalized(ink.astype(np.uint8), found)
    x, y, width, height = found
    picture = center(ink[y : y + height, x : x + width])
    full_width = min(width * factor, grey.shape[1] - x * factor)
    full_height = min(height * factor, grey.shape[0] - y * factor)
    return Normalized(picture, (x * factor, y * factor, full_width, full_height))


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
    count: Picture = across[:-2] + across[1:-1] + across[2:] - mask
    return count


def center(ink: Floats) -> Picture:
    """Scale one digit's ink (h, w), cropped to its box, and set it in the middle of a field.

    Returns uint8 (28, 28). The longer side becomes 20 pixels, the centre of mass comes within half
    a pixel of (14, 14) unless the digit would leave the field.
    """
    scale = DIGIT / max(ink.shape)
    height, width = (max(1, round(scale * side)) for side in ink.shape)
    small = _full_contrast(resample(ink, height, width))
    field = np.zeros((FIELD, FIELD), dtype=np.uint8)
    top = _place(small.sum(axis=1, dtype=np.float64))
    left = _place(small.sum(axis=0, dtype=np.float64))
    field[top : top + height, left : left + width] = np.rint(small)
    return field


def _place(profile: npt.NDArray[np.float64]) -> int:
    """Where a digit begins along one axis, from how much ink lies in each row or column."""
    mean = float(profile @ np.arange(len(profile)) / profile.sum())
    return min(max(math.floor(CENTRE - mean + 0.5), 0), FIELD - len(profile))


def _full_contrast(ink: Floats) -> Floats:
    """Strengthen faint or thin strokes until they are as white as strokes are in MNIST."""
    peak = float(ink.max())
    strong = quantile(ink[ink > _EDGE * peak], 0.75)
    gain = max(255 / peak if peak < 254 else 1.0, _STRONG / strong)
    return ink if gain == 1 else np.minimum(ink * np.float32(gain), 255)


def _is_mnist(ink: Floats) -> bool:
    """Whether ink (h, w) has the size and the place that MNIST gives every digit."""
    if ink.shape != (FIELD, FIELD):
        return False
    across, down = ink.sum(axis=0, dtype=np.float64), ink.sum(axis=1, dtype=np.float64)
    sides = [np.ptp(np.flatnonzero(profile)) + 1 for profile in (across, down)]
    means = [profile @ np.arange(FIELD) / profile.sum() for profile in (across, down)]
    return max(sides) == DIGIT and all(abs(mean - CENTRE) <= 0.5 for mean in means)
