"""A page while it is painted: darkness on paper, ink, and where numbers stand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..lines.sheet import Dark, Sheet
from .pieces import Corners, Piece

Box = tuple[float, float, float, float]  # x, y, width, height


@dataclass(frozen=True, eq=False)
class Number:
    """What a line of digits says, and the corners of its rectangle in pixels (4, 2): x, y."""

    text: str
    corners: Corners


class Canvas:
    """A page (h, w): what is printed on it, what is written, its numbers, and the places taken."""

    def __init__(self, height: int, width: int) -> None:
        self.height, self.width = height, width
        self.ground, self.ink = Sheet(height, width), Sheet(height, width)
        self.numbers: list[Number] = []
        self._taken: list[Box] = []

    def put(self, piece: Piece, x: float, base: float, strength: float = 1.0) -> Box:
        """Write `piece` with its left end at `x`, standing on row `base`: the box of its ink.

        A number that the page's edge cuts so that a good part is lost counts as none.
        """
        left, top = round(x), round(base - piece.base)
        rows, columns = piece.ink.shape
        self.ink.paste(piece.ink, left, top, strength)
        self._taken.append((left, top, columns, rows))
        if piece.text:
            self.note(piece.text, piece.corners + np.array([left, top]))
        return left, top, columns, rows

    def note(self, text: str, corners: Corners) -> None:
        """A number stands here, unless most of it is cut off."""
        top, foot = corners[:, 1].min(), corners[:, 1].max()
        left, right = corners[:, 0].min(), corners[:, 0].max()
        high = min(foot, self.height) - max(top, 0)
        wide = min(right, self.width) - max(left, 0)
        if high > 0.65 * (foot - top) and wide > 0.3 * (right - left):
            inside = np.array([(0.0, -np.inf), (self.width, np.inf)])
            self.numbers.append(Number(text, np.clip(corners, *inside)))

    def free(self, box: Box, apart: float) -> bool:
        """Whether nothing written is nearer than `apart` pixels to `box`."""
        x, y, wide, high = box
        return not any(
            x < left + columns + apart
            and left < x + wide + apart
            and y < top + rows + apart
            and top < y + high + apart
            for left, top, columns, rows in self._taken
        )

    def put_where_free(
        self, piece: Piece, x: float, base: float, apart: float, strength: float = 1.0
    ) -> bool:
        """`put`, unless other writing is near: whether it was put."""
        rows, columns = piece.ink.shape
        if not self.free((x, base - piece.base, columns, rows), apart):
            return False
        self.put(piece, x, base, strength)
        return True

    def darken(self, mask: Dark, strength: float) -> None:
        """Make the ground at least as dark as `mask` (h, w) 0..1 times `strength`."""
        np.maximum(self.ground.dark, mask * np.float32(strength), out=self.ground.dark)
