"""Make a picture of ink look scanned or photographed.

Pillow scales and blurs in whole numbers, so that pictures are the same with every build of one
Pillow release.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from .drawn_picture import Picture
from .random_stream import RandomStream

MARGIN = 8  # pixels of paper around the ink, so that the rim shows the paper's tone

_SMALL, _BLURRED, _ONE_BIT, _GRAINY = 0.25, 0.35, 0.3, 0.3  # how often
_LEAST_SIDE = 14  # pixels: the size of digits from postal scanners of the 1990s


def scan(ink: Picture, random: RandomStream) -> Picture:
    """Scan `ink` uint8 (h, w), 255 where the pen was: uint8, dark on light, with a rim of paper.

    Some pictures are small, blurred, black and white, or on grainy paper.
    """
    small, size, blurred, blur, one_bit, level, tone, paper, grainy, grain = random.values(10)
    picture = np.pad(crop(ink), MARGIN)
    if small < _SMALL:
        picture = _shrunk(picture, _LEAST_SIDE + size * (2 * _LEAST_SIDE))
    if blurred < _BLURRED:
        picture = _blurred(picture, 0.3 + 0.9 * blur)
    if one_bit < _ONE_BIT and small >= _SMALL:
        picture = np.where(picture > 80 + 90 * level, np.uint8(255), np.uint8(0))
    dark, light = int(90 * tone * tone), 255 - int(60 * paper * paper)
    grey = light - picture.astype(np.int32) * (light - dark) // 255
    grey = np.clip(grey, 0, 255)
    return _grained(grey, 1 + int(grain * 9), random) if grainy < _GRAINY else grey.astype(np.uint8)


def crop(ink: Picture) -> Picture:
    """Cut `ink` to its bounding box; without any ink it stays whole."""
    rows, columns = (np.flatnonzero((ink > 40).any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return ink
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _shrunk(picture: Picture, side: float) -> Picture:
    """Averaged down until the ink's longer side has about `side` pixels; never enlarged."""
    height, width = picture.shape
    scale = min(1.0, side / (max(height, width) - 2 * MARGIN))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BOX))
    return np.pad(small, 4)


def _blurred(picture: Picture, radius: float) -> Picture:
    return np.asarray(Image.fromarray(picture).filter(ImageFilter.GaussianBlur(radius)))


def _grained(grey: npt.NDArray[Any], reach: int, random: RandomStream) -> Picture:
    """Every pixel up to `reach` lighter or darker."""
    noise = _bytes(random, grey.shape).astype(np.int32) % (2 * reach + 1) - reach
    return np.clip(grey + noise, 0, 255).astype(np.uint8)


def _bytes(random: RandomStream, shape: tuple[int, ...]) -> Picture:
    """Uniform bytes of this shape; eight of them from each number drawn."""
    count = int(np.prod(shape))
    words = random.raw(-(-count // 8)).astype("<u8")
    return words.view(np.uint8)[:count].reshape(shape)
