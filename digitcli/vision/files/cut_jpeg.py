"""A JPEG whose last bytes are missing: its pixels, if nearly all of them are there.

A decoder fills what is missing and does not say how much. So the file is decoded twice, with two
different endings: rows that come out the same do not depend on what is missing.
"""

from __future__ import annotations

from typing import NamedTuple

from .formats.essential import Limits
from .pillow import plain_pixels
from .pixels import Pixels, size_of

_END = b"\xff\xd9"
_OTHER = bytes([0x5A, 0x33, 0xC6, 0x19]) * 1024  # instead of what is missing
_LEAST = 32  # rows that may always be missing: two rows of blocks
_SHARE = 16  # or one row in so many


class CutPicture(NamedTuple):
    """Its pixels, and what is missing."""

    pixels: Pixels
    note: str


def pixels_of_cut(data: bytes, limits: Limits) -> CutPicture | None:
    """What is there of a JPEG file that has no end; None where too much is missing.

    Raises any exception of Pillow on a file that is broken otherwise.
    """
    there = data.rstrip(b"\xff")
    pixels = plain_pixels("JPEG", there + _END, limits)
    missing = _rows_that_differ(pixels, plain_pixels("JPEG", there + _OTHER + _END, limits))
    height, _ = size_of(pixels)
    if missing > min(max(_LEAST, height // _SHARE), height // 4):
        return None
    if not missing:
        return CutPicture(pixels, "cut short: its end marker is missing")
    return CutPicture(pixels, f"cut short: the last {missing} of {height} rows are damaged")


def _rows_that_differ(one: Pixels, other: Pixels) -> int:
    """How many rows there are from the first that differs to the last."""
    height, width = size_of(one)
    rows, others = memoryview(one).cast("B"), memoryview(other).cast("B")
    equal, most = 0, height
    while equal < most:
        middle = (equal + most + 1) // 2
        part = slice(equal * width, middle * width)
        if rows[part] == others[part]:
            equal = middle
        else:
            most = middle - 1
    return height - equal
