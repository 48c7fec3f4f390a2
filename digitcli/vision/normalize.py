"""From a picture of one digit to the 28 x 28 pixels that MNIST would have made of it.

MNIST's makers scaled each digit, proportions kept, until its longer side was 20 pixels, and moved
its centre of mass by whole pixels onto pixel (14, 14) of a 28 x 28 field. Nearly every one of the
70,000 pictures obeys this to the pixel; a picture that does is recognised and returned unchanged.

A change of the result that calls for new training raises NORMALIZATION in model/weights.py, which
weight files carry.

The work is done in C++ (cpp/vision/page/normalize.cpp); slow twins of its stages, in NumPy, are in
tests/twin.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from .. import _core
from .files.pixels import Pixels, pixels_of, plain

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Picture = npt.NDArray[np.uint8]

Box = tuple[int, int, int, int]

FIELD = 28


@dataclass(frozen=True)
class Normalized:
    """A digit as the network wants it, and where it was found.

    `pixels` is uint8 (28, 28), light ink on dark; `box` is (x, y, width, height) in pixels of the
    picture it came from.
    """

    pixels: Pixels
    box: Box

    @cached_property
    def picture(self) -> Picture:
        """`pixels` as an array, uint8 (28, 28)."""
        import numpy as np

        return np.asarray(self.pixels)


def normalize(grey: Pixels | Picture, page: _core.Page | None = None) -> Normalized | None:
    """Cut the one digit out of a grey picture uint8 (h, w) of any size; None when it is blank.

    `page` is what `page.prepare` made of the same picture, where the caller has it: for a small
    picture its work is not done again, and the digit is the same.

    Raises TypeError or ValueError for anything but at least one uint8 pixel in rows and columns.
    """
    return _normalized(_core.normalize(plain(grey), page))


def normalize_ink(
    page: _core.Page, box: Box, keep: Pixels | Picture | None = None
) -> Normalized | None:
    """Set the digit inside `box` of a page as MNIST would have; None where there is no ink.

    `box` is (x, y, width, height) in working pixels, and so is the tight box of the result. `keep`,
    uint8 (height, width), is not 0 at the pixels of the page's mask that belong to the digit; all
    others count as paper. Without it the digit is the ink in the middle; neighbours that reach
    in are left out.
    """
    return _normalized(_core.normalize_ink(page, box, keep))


def _normalized(found: tuple[bytearray, Box] | None) -> Normalized | None:
    if found is None:
        return None
    memory, box = found
    return Normalized(pixels_of(memory, FIELD, FIELD), box)
