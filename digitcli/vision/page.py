"""A whole picture prepared for reading: its ink apart from paper, light, rules and specks.

The work is C++'s (cpp/vision/page*.cpp). All lengths are in working pixels: a picture larger than
`longest_side` is averaged down by `factor` first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .. import _core
from .files.pixels import Pixels, pixels_of, plain
from .normalize import FIELD, Box, Normalized

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

LONGEST_SIDE = 2400


@dataclass(frozen=True)
class Rule:
    """A straight line that was taken out: its two ends and how thick it was."""

    x0: float
    y0: float
    x1: float
    y1: float
    thickness: float


@dataclass(frozen=True)
class Page:
    """The ink of a picture.

    `ink` is uint8 (h, w): 0 where there is none, 255 as strong as the page's strokes are. `mask`
    is uint8 (h, w): 1 where a pixel counts as ink, else 0; every other pixel of `ink` that is not
    0 is the soft edge of a stroke. `stroke` is how wide strokes usually are, 0 where there is no
    ink; `contrast` the grey levels between paper and strokes; `rules` what was taken out. `extent`
    is how wide all ink is together, and how tall its two tallest components are. `digit` is what
    `normalize` makes of the whole picture, where that was asked for.
    """

    ink: Pixels
    mask: Pixels
    factor: int
    light_ink: bool
    contrast: float
    stroke: float
    rules: tuple[Rule, ...]
    extent: tuple[int, int, int] = (0, 0, 0)
    digit: Normalized | None = None

    def normalize(self, box: Box, keep: Pixels | None = None) -> Normalized | None:
        """Set the digit inside `box` as MNIST would have; None where there is no ink.

        `box` is (x, y, width, height) in working pixels. `keep`, uint8 (height, width), is not 0 at
        the pixels of `mask` that belong to the digit; others inside the box count as paper. Without
        it the digit is what stands in the middle, and neighbours that reach in are left out.
        The box of the result is tight and in working pixels too.
        """
        found = _core.normalize_ink(self.ink, self.mask, box, keep)
        return _normalized(found)


def prepare(
    grey: Pixels | npt.NDArray[np.uint8],
    *,
    threads: int = 1,
    longest_side: int = LONGEST_SIDE,
    remove_rules: bool = True,
    digit: bool = False,
) -> Page:
    """Find the ink of a picture uint8 (h, w) of any size, whatever its light and polarity.

    With `digit` also the one digit of it that `normalize` finds: for a small picture that costs
    little, as both begin alike.

    Raises TypeError or ValueError for anything but at least one uint8 pixel in rows and columns.
    """
    found = _core.prepare(
        plain(grey),
        threads=threads,
        longest_side=longest_side,
        remove_rules=remove_rules,
        digit=digit,
    )
    size = found["height"], found["width"]
    return Page(
        pixels_of(found["ink"], *size),
        pixels_of(found["mask"], *size),
        found["factor"],
        found["light_ink"],
        found["contrast"],
        found["stroke"],
        tuple(Rule(*rule) for rule in found["rules"]),
        found["extent"],
        _normalized(found["digit"]),
    )


def _normalized(found: tuple[bytearray, Box] | None) -> Normalized | None:
    if found is None:
        return None
    memory, box = found
    return Normalized(pixels_of(memory, FIELD, FIELD), box)
