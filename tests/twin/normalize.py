"""From a picture of one digit to the 28 x 28 pixels that MNIST would have made of it.

MNIST's makers scaled each digit, proportions kept, until its longer side was 20 pixels, and moved
its centre of mass by whole pixels onto pixel (14, 14) of a 28 x 28 field. Nearly every one of the
70,000 pictures obeys this to the pixel; a picture that does is recognised and returned unchanged.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from .ink import ink_of, quantile
from .resample import Floats, resample

Picture = npt.NDArray[np.uint8]
Box = tuple[int, int, int, int]

FIELD, DIGIT, CENTRE = 28, 20, 14
_EDGE = 0.12  # of the strongest ink: fainter pixels do not widen the digit's box
_STRONG = 204  # in 999 of 1,000 MNIST pictures, a quarter of the ink is at least as strong as this


def mnist_picture(grey: Picture) -> Picture | None:
    """The light ink of a picture uint8 (28, 28) that is normalised already; None for another."""
    if grey.shape != (FIELD, FIELD):
        return None
    ink = ink_of(np.float32(grey))
    return ink.astype(np.uint8) if _is_mnist(ink) else None


def crop(ink: Picture, mask: Picture, keep: Picture) -> tuple[Picture, Box] | None:
    """What (28, 28) the kept part of a page's ink (h, w) becomes, and its tight box."""
    around = np.pad(keep, 1) > 0
    height, width = ink.shape
    near = np.zeros(ink.shape, bool)
    for dy in range(3):
        for dx in range(3):
            near |= around[dy : dy + height, dx : dx + width]
    own = np.where((keep > 0) | (near & (mask == 0)), ink, 0).astype(np.float32)
    if not (own[mask > 0] > 0).any():
        return None
    inked = own >= np.float32(_EDGE * float(own.max()))
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    box = (int(left), int(top), int(right - left), int(bottom - top))
    return center(own[top:bottom, left:right]), box


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
    if not ink.any():
        return False
    across, down = ink.sum(axis=0, dtype=np.float64), ink.sum(axis=1, dtype=np.float64)
    sides = [np.ptp(np.flatnonzero(profile)) + 1 for profile in (across, down)]
    means = [profile @ np.arange(FIELD) / profile.sum() for profile in (across, down)]
    return max(sides) == DIGIT and all(abs(mean - CENTRE) <= 0.5 for mean in means)
