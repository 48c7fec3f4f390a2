"""The ink of a picture of one digit, apart from paper, light, ruled lines and specks.

The work is done in C++ (cpp/vision/page); `normalize` begins with the same, and here it can be
looked at. All lengths are in working pixels: a picture whose longer side has more than 256 pixels
is averaged down by a whole factor first.

A `Page` has

    ink          uint8 (h, w): 0 where there is none, 255 as strong as the page's strokes are
    mask         uint8 (h, w): 1 where a pixel counts as ink, else 0; every other pixel of `ink`
                 that is not 0 is the soft edge of a stroke
    factor       how many pixels of the picture one working pixel is wide
    light_ink    whether strokes are light on dark
    contrast     grey levels between paper and strokes
    stroke       usual width of a stroke, 0 where there is no ink
    ruled_lines  each `RuledLine` that was taken out
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import _core
from .files.pixels import Pixels, plain

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def prepare(grey: Pixels | npt.NDArray[np.uint8], *, remove_ruled_lines: bool = True) -> _core.Page:
    """Find the ink of a picture uint8 (h, w) of any size, whatever its light and polarity.

    Raises TypeError or ValueError for anything but at least one uint8 pixel in rows and columns.
    """
    return _core.prepare(plain(grey), remove_ruled_lines=remove_ruled_lines)
