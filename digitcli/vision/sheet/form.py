"""The sheet to fill in, in millimetres of an A4 page: four corner marks, and a row for each digit.

report/sheet.py draws it, photograph.py reads it. Each corner mark is a black ring around squares;
the number of squares tells which corner it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

Box = tuple[float, float, float, float]

WIDTH, HEIGHT = 210.0, 297.0
DIGITS, COLUMNS = 10, 12

MODULE = 2.0  # side of a module; a corner mark has 7 x 7: ring, white, squares, white, ring
MARK_SIDE = 7 * MODULE
BAR, WHITE = 3 * MODULE, 2 * MODULE  # from a mark's centre to the middle of its bars, to its white

_LEFT, _TOP = 27.0, 36.0  # of the cells
_ACROSS, _DOWN = 14.25, 22.5  # from one cell to the next
GAP = 1.5  # between two cells of a row


@dataclass(frozen=True)
class Corner:
    """A corner mark: its centre, and the squares inside it in its 7 x 7 modules."""

    name: str
    centre: tuple[float, float]
    squares: tuple[tuple[int, int, int], ...]  # column, row, side

    @property
    def box(self) -> Box:
        """x, y, width and height."""
        x, y = self.centre
        return x - MARK_SIDE / 2, y - MARK_SIDE / 2, MARK_SIDE, MARK_SIDE


CORNERS = (
    Corner("top left", (19.0, 19.0), ((2, 2, 3),)),
    Corner("top right", (191.0, 19.0), ((2, 2, 1), (4, 4, 1))),
    Corner("bottom right", (191.0, 278.0), ((2, 2, 1), (4, 2, 1), (4, 4, 1))),
    Corner("bottom left", (19.0, 278.0), ((2, 2, 1), (4, 2, 1), (2, 4, 1), (4, 4, 1))),
)


@dataclass(frozen=True)
class Cell:
    """Where one `digit` is written, in `column` 0 to 11 of its row."""

    digit: int
    column: int

    @property
    def box(self) -> Box:
        """x, y, width and height."""
        x, y = _LEFT + self.column * _ACROSS, _TOP + self.digit * _DOWN
        return x, y, _ACROSS - GAP, _DOWN - 2 * GAP


def cells() -> Iterator[Cell]:
    """All cells, row after row."""
    for digit in range(DIGITS):
        for column in range(COLUMNS):
            yield Cell(digit, column)
