"""From a page's ink to lines of candidate digits, each made of neighbouring pieces of strokes.

The work is done in C++ (cpp/vision/segment). All lengths are in working pixels of the page.
"""

from __future__ import annotations

from dataclasses import dataclass

from .. import _core
from .files.pixels import Pixels
from .lattice import Box
from .normalize import FIELD
from .page import Page


@dataclass(frozen=True)
class Piece:
    """Part of one component, from one cut to the next.

    `left` and `right` are how much ink the cuts beside it go through, in stroke widths; 0 where
    nothing was cut.
    """

    box: Box
    area: int
    component: int
    left: float
    right: float


@dataclass(frozen=True)
class Line:
    """The pieces from `first` up to `last`, left to right.

    `height` is a usual digit's, `slant` how far they lean to the right, in pixels for each one up.
    """

    first: int
    last: int
    height: float
    slant: float


@dataclass(frozen=True)
class Candidate:
    """The pieces from `first` up to `last` of one line, taken as one digit.

    `gap` is the widest white gap inside, `parts` how many components of some size there are.
    """

    line: int
    first: int
    last: int
    box: Box
    gap: float
    parts: int


@dataclass(frozen=True)
class Segments:
    """All that may be a digit on one page.

    `pictures` is uint8 (n, 28, 28), one for each of `candidates`, made from exactly its own
    pixels; None without any. `others` are the boxes of ink outside all lines.
    """

    pieces: tuple[Piece, ...]
    lines: tuple[Line, ...]
    candidates: tuple[Candidate, ...]
    pictures: Pixels | None
    others: tuple[Box, ...]


def segment(page: Page) -> Segments:
    """Cut a page's ink into pieces, and find the lines they stand in, top to bottom."""
    found = _core.segment(page)
    count = len(found["candidates"])
    pictures = memoryview(found["pictures"])
    return Segments(
        tuple(Piece(*piece) for piece in found["pieces"]),
        tuple(Line(*line) for line in found["lines"]),
        tuple(Candidate(*candidate) for candidate in found["candidates"]),
        pictures.cast("B", (count, FIELD, FIELD)) if count else None,
        tuple(found["others"]),
    )
