"""From stored values to the grey that people see: depth and transparency.

Arrays in, arrays out: this file knows NumPy and nothing about picture files.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.uint8]

_DEPTHS = (1, 255, 1023, 4095, 16383, 65535)  # full scale of a mask, 8, 10, 12, 14 and 16 bits
_SOLID = 128  # alpha from here on counts as ink or paper, below it as a soft edge
_ONE_TONE = 64  # grey levels: strokes of one pen vary less, paper and ink differ by more


def from_numbers(values: npt.NDArray[np.integer | np.floating]) -> Grey:
    """Scale whole or floating-point pixels (h, w) of any depth to uint8.

    Zero stays black and full scale becomes white. Full scale is the smallest common depth (8, 10,
    12, 14, 16 bits) that holds the brightest pixel: stretching each picture to its own range would
    turn the dust on a blank page into ink. Only values that no such depth explains (negative,
    beyond 16 bits, odd floating-point ranges) are stretched. NaN and infinities become the darkest
    finite value.
    """
    numbers = np.asarray(values, dtype=np.float32)
    finite = np.isfinite(numbers)
    if not finite.all():
        low = numbers[finite].min() if finite.any() else 0
        numbers = np.where(finite, numbers, low)
    low, full = _range_of(numbers, whole=np.issubdtype(values.dtype, np.integer))
    # In double where it is stretched: extreme floats, or two next to each other, would overflow.
    scaled = numbers * (255.0 / full) if not low else (np.float64(numbers) - low) * (255.0 / full)
    grey: Grey = np.clip(np.rint(scaled), 0, 255).astype(np.uint8)
    return grey


def _range_of(numbers: npt.NDArray[np.float32], whole: bool) -> tuple[float, float]:
    """The value that means black, and the distance from there to white."""
    low, high = float(numbers.min()), float(numbers.max())
    if low >= 0 and high <= 1:
        return 0.0, 1.0
    if low >= 0 and (whole or high >= 16):
        for full in _DEPTHS:
            if high <= full:
                return 0.0, float(full)
    return low, high - low or 1.0


def over_background(grey: Grey, alpha: Grey) -> Grey:
    """Lay a picture (h, w) with transparency (h, w) on the background that shows its ink.

    Ink of one tone gets the opposite background: black strokes on nothing were drawn for white
    paper, white strokes for a dark page. A picture that brings its own paper (two tones inside, one
    along the rim) gets the tone of its rim, so that no false edge appears. Without any visible
    pixel the result is plain white.
    """
    if alpha.min() == 255:
        return grey
    visible = alpha >= _SOLID
    background = _background_for(grey, visible) if visible.any() else 255.0
    if not visible.any() and alpha.any():
        background = _opposite(np.average(grey, weights=alpha))
    share = alpha.astype(np.float32) / 255
    mixed = background + share * (grey.astype(np.float32) - background)
    return np.rint(mixed).astype(np.uint8)


def _background_for(grey: Grey, visible: npt.NDArray[np.bool_]) -> float:
    rim = grey[visible & ~_inside(visible)]
    if rim.size and _spread(grey[visible], 2) > _ONE_TONE >= _spread(rim, 10):
        return float(np.median(rim))
    return _opposite(float(grey[visible].mean()))


def _opposite(tone: float) -> float:
    return 255.0 if tone < 128 else 0.0


def _spread(tones: Grey, percent: float) -> float:
    """How far the tones reach when `percent` of them are left out at either end."""
    low, high = np.percentile(tones, [percent, 100 - percent])
    return float(high - low)


def _inside(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """The pixels of a mask (h, w) that touch no unset pixel; the picture's edge does not count."""
    padded = np.pad(mask, 1, constant_values=True)
    inside: npt.NDArray[np.bool_] = (
        padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:] & mask
    )
    return inside
