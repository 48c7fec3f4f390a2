"""A whole picture as one of a network's classes, for networks that name other things than digits.

The picture becomes 28 x 28 pixels as it is, without looking for ink: one of that size is not
changed, of others the longer side becomes 28 and the rest is filled up with black. It is inverted
where three of its four corners are light, since data sets have light things on dark.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ... import _core
from ...signs import DIGITS
from ..digit import Digit
from ..files.pixels import Pixels, pixels_of, size_of
from ..normalize import FIELD, Normalized
from ..seen import Answered, Rows

if TYPE_CHECKING:
    from ..rules.rule import Rule
    from ..rules.valid import Valid

_LIGHT = 128  # a corner at least as bright is light
_LIGHT_CORNERS = 3


@dataclass(frozen=True)
class SeenWhole:
    """A picture as the network is shown it, None where all pixels are equal; see `Seen`."""

    shown: Normalized | None
    names: tuple[str, ...] = DIGITS

    @property
    def pictures(self) -> bytes:
        """28 * 28 bytes, or none."""
        return b"" if self.shown is None else bytes(self.shown.pixels)

    @property
    def count(self) -> int:
        """1, or 0 for a picture of one tone."""
        return int(self.shown is not None)

    def answer(self, rows: Rows) -> Answered:
        """The most probable class."""
        if self.shown is None:
            return Answered((), "one")
        return Answered((_class(self.shown, rows[0], self.names),), "one")

    def obeying(
        self, rule: Rule, found: Answered, rows: Rows
    ) -> tuple[Valid | None, tuple[Digit, ...]]:
        """Classes obey no rule; `Reader.of` refuses one."""
        raise NotImplementedError


def look_at_whole(grey: Pixels, names: tuple[str, ...]) -> SeenWhole:
    """A grey picture uint8 (h, w) of any size as one of the classes called `names`."""
    high, wide = size_of(grey)
    flat = bytes(memoryview(grey).cast("B"))
    if min(flat) == max(flat):
        return SeenWhole(None, names)
    corners = (flat[0], flat[wide - 1], flat[-wide], flat[-1])
    if sum(corner >= _LIGHT for corner in corners) >= _LIGHT_CORNERS:
        flat = bytes(255 - value for value in flat)
    pixels = _fitted(pixels_of(flat, high, wide))
    return SeenWhole(Normalized(pixels, (0, 0, wide, high)), names)


def _fitted(grey: Pixels) -> Pixels:
    """The picture uint8 (28, 28), its proportions kept, in the middle of black."""
    high, wide = size_of(grey)
    if (high, wide) == (FIELD, FIELD):
        return grey
    scale = FIELD / max(high, wide)
    down, across = max(1, round(high * scale)), max(1, round(wide * scale))
    small = bytes(_core.scaled(grey, down, across))
    top, left = (FIELD - down) // 2, (FIELD - across) // 2
    field = bytearray(FIELD * FIELD)
    for row in range(down):
        at = (top + row) * FIELD + left
        field[at : at + across] = small[row * across : (row + 1) * across]
    return pixels_of(field, FIELD, FIELD)


def _class(shown: Normalized, row: Sequence[float], names: tuple[str, ...]) -> Digit:
    shares = tuple(row)
    return Digit(shares.index(max(shares)), shown.box, shares, shown, names=names)
