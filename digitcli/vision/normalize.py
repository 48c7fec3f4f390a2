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

from functools import cached_property
from typing import TYPE_CHECKING

from .. import _core
from ..model.frozen import dataclass
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


def stands_alone(grey: Pixels | Picture, box: Box) -> bool:
    """Whether the digit in `box` is all that a grey picture uint8 (h, w) shows.

    False where its ink is wider than 1.3 times its height, or where a pixel beside it has more than
    half of its contrast. Raises ValueError for a box that does not lie in the picture.
    """
    return _core.stands_alone(plain(grey), box)
