"""Arrays of pictures and of labels, as other programs store them, as uint8."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from ...errors import DataError

CLASSES = 10
# Scales of pictures: fractions, 17 levels, 8 bits and 16 bits. The largest value of all pictures is
# above the first number and at most the second, which is ink at its strongest.
_SCALES = ((0, 1), (8, 16), (16, 255), (1023, 65_535))
_LEAST_WIDTH = 64  # values of a flat picture: 8 x 8

Array = npt.NDArray[Any]


def side_of(width: int) -> int | None:
    """The side of a square picture whose values stand in a row; None for another number of them."""
    side = math.isqrt(width)
    return side if side * side == width >= _LEAST_WIDTH else None


def holds_pictures(shape: tuple[int, ...]) -> bool:
    """Whether an array is (n, h, w), (n, h, w, 1), (n, 1, h, w) or flat squares (n, h * w)."""
    if len(shape) == 2:
        return side_of(shape[1]) is not None
    return len(shape) == 3 or (len(shape) == 4 and 1 in (shape[1], shape[3]))


def holds_labels(shape: tuple[int, ...]) -> bool:
    """Whether an array is (n,) or (n, 1)."""
    return len(shape) == 1 or (len(shape) == 2 and shape[1] == 1)


def pictures_of(array: Array, where: str) -> npt.NDArray[np.uint8]:
    """Pictures of any of the forms of `holds_pictures` as uint8 (n, h, w).

    The largest value says which of 1, 16, 255 and 65535 becomes 255. Raises DataError for values
    that are negative, on none of these scales, or no numbers.
    """
    images = _in_rows(array)
    if images.dtype == np.bool_:
        images = images.astype(np.uint8)
    if images.dtype.kind not in "uif":
        raise DataError(f"{where}: pictures of {images.dtype}, expected numbers")
    if not images.size:
        return np.zeros(images.shape, np.uint8)
    low, high = images.min(), images.max()
    if not (np.isfinite(low) and np.isfinite(high)):
        raise DataError(f"{where}: pictures hold values that are no numbers (NaN or infinite)")
    scale = next((most for above, most in _SCALES if above < high <= most or not high), 0)
    if low < 0 or not scale:
        raise DataError(
            f"{where}: values from {low:g} to {high:g}, expected 0 to 1, 16, 255 or 65535",
            "undo the normalisation first: images * deviation + mean" if low < 0 else "",
        )
    if images.dtype == np.uint8 and scale == 255:
        return images
    scaled = np.empty(images.shape, np.uint8)
    for start in range(0, len(images), 1024):  # a copy as floats of few pictures at a time
        block = images[start : start + 1024].astype(np.float32)
        scaled[start : start + 1024] = np.rint(block * np.float32(255 / scale))
    return scaled


def _in_rows(array: Array) -> Array:
    if array.ndim == 2:
        side = side_of(array.shape[1])
        assert side is not None  # see holds_pictures
        return array.reshape(len(array), side, side)
    if array.ndim == 4:
        return array[..., 0] if array.shape[3] == 1 else array[:, 0]
    return array


def labels_of(array: Array, where: str) -> npt.NDArray[np.uint8]:
    """Labels (n,) or (n, 1), numbers or their words in figures, as uint8 (n,).

    Raises DataError naming the first that is no digit.
    """
    labels = array.reshape(-1)
    if labels.dtype.kind in "US":
        return np.array(
            [_figure(text, number, where) for number, text in enumerate(labels)], np.uint8
        )
    if labels.dtype.kind not in "uifb":
        raise DataError(f"{where}: labels of {labels.dtype}, expected digits 0 to {CLASSES - 1}")
    with np.errstate(invalid="ignore"):
        right = (labels >= 0) & (labels < CLASSES) & (labels == np.floor(labels))
    if not right.all():
        first = int((~right).argmax())
        raise DataError(
            f"{where}: label {first:,} is {labels[first]}, expected a digit 0 to {CLASSES - 1}"
        )
    return labels.astype(np.uint8)


def _figure(text: Any, number: int, where: str) -> int:
    word = text.decode("latin-1") if isinstance(text, bytes) else str(text)
    if len(word) != 1 or word not in "0123456789":
        raise DataError(f"{where}: label {number:,} is {word!r}, expected a digit 0 to 9")
    return int(word)
