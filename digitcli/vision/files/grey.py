"""From stored values to the grey that people see: depth, transparency and orientation.

Memory in, memory out, without NumPy or picture files. The work is done in C++
(cpp/vision/picture/grey.cpp).
"""

from __future__ import annotations

from typing import TypeAlias

from ... import _core
from .pixels import Pixels, pixels_of, size_of

# uint16, int32 or float32 (h, w), C-contiguous
Numbers: TypeAlias = "memoryview[int] | memoryview[float]"


def from_numbers(values: Numbers) -> Pixels:
    """Scale whole or floating-point pixels (h, w) of any depth to uint8.

    Zero stays black and full scale becomes white. Full scale is the smallest common depth (8, 10,
    12, 14, 16 bits) that holds the brightest pixel: stretching each picture to its own range would
    turn the dust on a blank page into ink. Only values that no such depth explains (negative,
    beyond 16 bits, odd floating-point ranges) are stretched. NaN and infinities become the darkest
    finite value.
    """
    return pixels_of(_core.grey_of(values), *size_of(values))


def over_background(grey: Pixels, alpha: Pixels) -> Pixels:
    """Lay a picture (h, w) with transparency (h, w) on the background that shows its ink.

    Ink of one tone gets the opposite background: black strokes on nothing were drawn for white
    paper, white strokes for a dark page. A picture that brings its own paper (two tones inside, one
    along the rim) gets the tone of its rim, so that no false edge appears. Without any visible
    pixel the result is plain white.
    """
    return pixels_of(_core.over_background(grey, alpha), *size_of(grey))


def over_key(grey: Pixels, stored: Numbers, key: int) -> Pixels:
    """Lay a picture on such a background; it is transparent where its stored number is `key`."""
    alpha = pixels_of(_core.alpha_of(stored, key), *size_of(stored))
    return over_background(grey, alpha)


def upright(grey: Pixels, orientation: int) -> Pixels:
    """Turn and mirror pixels as the EXIF orientation asks; an invalid one is ignored."""
    if orientation not in range(2, 9):
        return grey
    height, width = size_of(grey)
    size = (width, height) if orientation >= 5 else (height, width)
    return pixels_of(_core.upright(grey, orientation), *size)
