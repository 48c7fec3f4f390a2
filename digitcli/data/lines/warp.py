"""Ink on rubber: a whole line leans, is stretched and bent, as no two hands write alike.

P. Simard, D. Steinkraus, J. Platt, "Best Practices for Convolutional Neural Networks Applied to
Visual Document Analysis", ICDAR 2003, bend single digits so.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from PIL import Image

from ..drawn.random_stream import RandomStream
from .hands import Ink
from .layout import Box, Written

_OFTEN = 0.75  # of all lines
_LEAN = 0.65  # pixels to the side per pixel upwards, either way
_LEFT = 0.3  # the amount of a hand that leans most to the left: most hands lean to the right
_STRETCH = 0.3  # of the width, either way
_BENT = 0.07  # heights: standard deviation of a place's move, in half of the lines
_NODES = 0.55  # heights between two places that move on their own


def warped(written: Written, random: RandomStream) -> Written:
    """The same ink elsewhere. Its boxes become one: that of all ink."""
    often, lean, stretch, bent = random.values(4)
    if often > _OFTEN:
        return written
    amounts = _LEFT + (1 - _LEFT) * lean, stretch, bent
    ink = moved(written.ink, written.base, written.height, amounts, random)
    box = _bounds(ink)
    return written if box is None else replace(written, ink=ink, boxes=(box,))


def moved(
    ink: Ink,
    base: float,
    height: float,
    amounts: tuple[float, float, float],
    random: RandomStream,
) -> Ink:
    """Ink uint8 (h, w) that leans and is stretched, as high as before; bent in half of all cases.

    `amounts` of lean, stretch and bend are 0 to 1; 0.5 is none. Digits are `height` pixels high and
    stand on row `base`.
    """
    lean, stretch, bent = amounts
    rows, columns = ink.shape
    lean = _LEAN * (2 * lean - 1)
    stretch = 1 + _STRETCH * (2 * stretch - 1)
    reach = rows * abs(lean)
    wide = int(columns * stretch + reach) + 1
    y, x = np.mgrid[0:rows, 0:wide].astype(np.float32)
    from_x = (x - reach / 2 - lean * (base - 0.5 * height - y)) / stretch
    from_y = y
    if bent > 0.5:
        from_x = from_x + _moves((rows, wide), height, random)
        from_y = from_y + _moves((rows, wide), height, random)
    return _taken(ink, from_x, from_y)


def _bounds(ink: Ink) -> Box | None:
    """The upright box around all ink; None where there is none."""
    across, down = np.flatnonzero(ink.any(axis=0)), np.flatnonzero(ink.any(axis=1))
    if not len(across):
        return None
    left, top = int(across[0]), int(down[0])
    return left, top, int(across[-1]) + 1 - left, int(down[-1]) + 1 - top


def _moves(shape: tuple[int, int], height: float, random: RandomStream) -> npt.NDArray[np.float32]:
    """How far each pixel moves along one axis: smooth, in pixels, float32 of `shape`."""
    nodes = [max(3, round(length / (_NODES * height)) + 2) for length in shape]
    coarse = (random.bell(*nodes) * (_BENT * height)).astype(np.float32)
    size = shape[1], shape[0]
    return np.asarray(Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC))


def _taken(
    ink: npt.NDArray[np.uint8], x: npt.NDArray[np.float32], y: npt.NDArray[np.float32]
) -> npt.NDArray[np.uint8]:
    """The ink at fractional places, 0 outside; straight lines between pixels."""
    padded = np.pad(ink, 1).astype(np.float32).ravel()
    rows, columns = ink.shape
    x = np.clip(x + 1, 0, columns + 0.999)
    y = np.clip(y + 1, 0, rows + 0.999)
    left, top = x.astype(np.int32), y.astype(np.int32)
    across, down = x - left, y - top
    place = top * (columns + 2) + left
    high = padded[place] + across * (padded[place + 1] - padded[place])
    place += columns + 2
    low = padded[place] + across * (padded[place + 1] - padded[place])
    taken: npt.NDArray[np.uint8] = (high + down * (low - high) + np.float32(0.5)).astype(np.uint8)
    return taken
