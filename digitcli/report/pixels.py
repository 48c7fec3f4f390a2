"""Small grey pictures drawn with characters, as well as the terminal can."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.style import Style
from rich.text import Text

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from rich.console import Console

_BLOCKS = " ▄▀█"  # indexed by 2 * upper + lower
_RAMP = " .:-=+*#%@"  # from black to white in ASCII
_HALF = 96  # a thin stroke of MNIST is not much brighter than this along its edges


def can_encode(console: Console, characters: str) -> bool:
    """Whether the console's encoding has these characters."""
    try:
        characters.encode(console.encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def draw(console: Console, picture: npt.NDArray[np.uint8]) -> list[Text]:
    """Draw uint8 (h, w), h even, as h / 2 lines of w characters: two pixels in each.

    With 256 colours or more every pixel keeps its grey; without colour a half block shows which
    pixels are bright; without Unicode the mean of the two becomes a denser or thinner character.
    """
    pairs = [(picture[row], picture[row + 1]) for row in range(0, len(picture), 2)]
    if not can_encode(console, _BLOCKS):
        return [Text("".join(map(_letter, upper, lower))) for upper, lower in pairs]
    if console.no_color or console.color_system not in ("256", "truecolor"):
        return [Text("".join(map(_block, upper, lower))) for upper, lower in pairs]
    return [Text.assemble(*map(_shaded, upper, lower)) for upper, lower in pairs]


def _letter(upper: np.uint8, lower: np.uint8) -> str:
    return _RAMP[(int(upper) + int(lower)) * len(_RAMP) // 511]


def _block(upper: np.uint8, lower: np.uint8) -> str:
    return _BLOCKS[2 * int(upper >= _HALF) + int(lower >= _HALF)]


def _shaded(upper: np.uint8, lower: np.uint8) -> tuple[str, Style]:
    front, back = (f"#{int(value):02x}{int(value):02x}{int(value):02x}" for value in (upper, lower))
    return "▀", Style(color=front, bgcolor=back)
