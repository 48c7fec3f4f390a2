"""A line of digits cut out of a picture, as the network for lines is shown it.

The work is done in C++ (cpp/vision/line); its slow twin, in NumPy, is in tests/twin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from .. import _core
from ..model.frozen import dataclass
from .files.pixels import Pixels, pixels_of, plain, size_of
from .normalize import Box

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

HEIGHT = 40  # pixels: of every line that the network is shown

Point: TypeAlias = tuple[float, float]
Corners: TypeAlias = tuple[Point, Point, Point]  # top left, top right, bottom left


@dataclass(frozen=True)
class LinePicture:
    """A line, uint8 (height, width): 0 is paper, 255 full ink; and where it stood.

    The line itself is `own` pixels wide and begins at column `margin`. `corners` are (x, y) in
    pixels of the picture that it was cut from.
    """

    pixels: Pixels
    corners: Corners
    own: int
    margin: int = 0

    def box_of(self, left: float, right: float) -> Box:
        """The upright box around the columns from `left` up to `right`, in the picture.

        (x, y, width, height), whole pixels, at least one of each. Columns beside the line count as
        its ends.
        """
        (x, y), (x1, y1), (x2, y2) = self.corners
        ends = [min(max((at - self.margin) / self.own, 0.0), 1.0) for at in (left, right)]
        places = [
            (x + share * (x1 - x) + down * (x2 - x), y + share * (y1 - y) + down * (y2 - y))
            for share in ends
            for down in (0, 1)
        ]
        across, along = zip(*places, strict=True)
        low, top = round(min(across)), round(min(along))
        return low, top, max(1, round(max(across)) - low), max(1, round(max(along)) - top)


def line_picture(
    grey: Pixels | npt.NDArray[np.uint8],
    corners: Corners | None = None,
    height: int = HEIGHT,
    *,
    margin: int = 0,
    step: int = 1,
) -> LinePicture:
    """The part of a grey picture uint8 (h, w) inside `corners`, by default all of it.

    `height` pixels high and as wide as keeps its proportions, 8 to 20,000; with `margin` pixels of
    paper on either side, and more on the right until the width is a multiple of `step`. Light ink
    on dark is inverted; the contrast is stretched. Raises TypeError or ValueError for anything but
    at least one uint8 pixel in rows and columns, or corners that are not finite.
    """
    view = plain(grey)
    memory, width, own = _core.line_picture(view, corners, height, margin, step)
    high, wide = size_of(view)
    whole = ((0.0, 0.0), (float(wide), 0.0), (0.0, float(high)))
    return LinePicture(pixels_of(memory, height, width), corners or whole, own, margin)
