"""One picture of one digit to the (28, 28) that MNIST would have made of it.

MNIST's makers scaled each digit, proportions kept, until its longer side was 20 pixels, and moved
its centre of mass by whole pixels onto pixel (14, 14) of a 28 x 28 field. Nearly every one of the
70,000 pictures obeys this to the pixel, which is how one of them is known again and left alone.

What the ink is, and which of it is the digit, a prepared page says (vision/page.py). Whoever
changes what comes out here so that a network should learn again raises NORMALIZATION in
model/weights.py, which weight files carry.

The work is C++'s (cpp/vision/picture/picture.cpp); the slow twins of its stages, in NumPy, stand in
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


def normalize(grey: Pixels | Picture) -> Normalized | None:
    """Cut the one digit out of a grey picture uint8 (h, w) of any size; None when it is blank.

    Raises TypeError or ValueError for anything but at least one uint8 pixel in rows and columns.
    """
    found = _core.normalize(plain(grey))
    if found is None:
        return None
    memory, box = found
    return Normalized(pixels_of(memory, FIELD, FIELD), box)
