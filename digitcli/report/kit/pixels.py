"""Small grey pictures drawn with characters."""

from __future__ import annotations

from collections.abc import Sequence

from .printer import Piece, Printer
from .text import can_encode

_BLOCKS = " ▄▀█"  # indexed by 2 * upper + lower
_RAMP = " .:-=+*#%@"  # from black to white in ASCII
_HALF = 96  # grey level; the edges of thin strokes in MNIST are about as bright


def draw(printer: Printer, picture: Sequence[Sequence[int]]) -> list[list[Piece]]:
    """Draw h rows of w grey levels, h even, as h / 2 lines of w characters: two pixels in each.

    With 256 colours or more every pixel keeps its grey; without colour a half block shows which
    pixels are bright; without Unicode the mean of the two becomes a denser or thinner character.
    """
    pairs = [(picture[row], picture[row + 1]) for row in range(0, len(picture), 2)]
    if not can_encode(printer.encoding, _BLOCKS):
        return [[("".join(map(_letter, upper, lower)), "")] for upper, lower in pairs]
    if not printer.greys:
        return [[("".join(map(_block, upper, lower)), "")] for upper, lower in pairs]
    return [list(map(_shaded, upper, lower)) for upper, lower in pairs]


def _letter(upper: int, lower: int) -> str:
    return _RAMP[(upper + lower) * len(_RAMP) // 511]


def _block(upper: int, lower: int) -> str:
    return _BLOCKS[2 * (upper >= _HALF) + (lower >= _HALF)]


def _shaded(upper: int, lower: int) -> Piece:
    front, back = (f"#{value:02x}{value:02x}{value:02x}" for value in (upper, lower))
    return "▀", f"{front} on {back}"
