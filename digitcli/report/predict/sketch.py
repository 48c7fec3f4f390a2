"""Drawing on grey pictures with Pillow: boxes, and texts of readable size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from ...vision.files.pixels import Pixels, size_of

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import BaseImageFont

    from ...vision.normalize import Box

Picture: TypeAlias = "Image"

PAPER, SURE, DOUBT, SOFT = "#ffffff", "#00a040", "#d55e00", "#5f6368"

_LEAST_TEXT, _MOST_TEXT = 13, 36  # font sizes in pixels
_GAP, _CAPTION, _LETTERS = 16, 30, 15  # pixels: between tiles, for a caption, its font


class Sketch:
    """A grey picture uint8 (h, w) to draw on in RGB; boxes are in pixels of that picture.

    It is enlarged by a whole factor so that its longer side is at most `least` pixels, or scaled to
    `width` pixels.
    """

    def __init__(self, pixels: Pixels, *, least: int = 0, width: int = 0) -> None:
        from PIL import Image, ImageDraw

        high, wide = size_of(pixels)
        self.scale = width / wide if width else max(1, least // max(high, wide))
        grey = Image.frombytes("L", (wide, high), pixels.tobytes())
        size = max(1, round(wide * self.scale)), max(1, round(high * self.scale))
        how = Image.Resampling.BOX if width else Image.Resampling.NEAREST
        self.picture: Picture = grey.resize(size, how).convert("RGB")
        self._pen = ImageDraw.Draw(self.picture)
        self._line = max(1 if width else 2, round(min(size) / 200))

    def box(self, box: Box, colour: str) -> None:
        """Draw a rectangle just outside `box`."""
        x, y, width, height = self._scaled(box)
        line = self._line
        corners = (x - line, y - line, x + width + line - 1, y + height + line - 1)
        self._pen.rectangle(corners, outline=colour, width=line)

    def label(self, box: Box, text: str, colour: str) -> None:
        """Write `text` on white above `box`, or below it if there is no room above."""
        x, y, _, height = self._scaled(box)
        above, below = y - self._line, y + height + self._line
        left, top, right, bottom = self._extent(text, height / 5)
        wide, tall = right - left + 2, bottom - top + 2
        x = max(0, min(x, self.picture.width - wide))
        y = above - tall if above >= tall else min(below, self.picture.height - tall)
        self._pen.rectangle((x, y, x + wide, y + tall), fill=PAPER)
        self._pen.text((x + 1 - left, y + 1 - top), text, colour, self._font(height / 5))

    def _scaled(self, box: Box) -> tuple[int, ...]:
        return tuple(round(value * self.scale) for value in box)

    def _extent(self, text: str, size: float) -> tuple[int, int, int, int]:
        left, top, right, bottom = self._pen.textbbox((0, 0), text, font=self._font(size))
        return int(left), int(top), int(right) + 1, int(bottom) + 1

    def _font(self, size: float) -> BaseImageFont:
        return _font(min(max(_LEAST_TEXT, size), _MOST_TEXT))


def sheet(title: str, tiles: Sequence[tuple[str, Picture]], side: int, columns: int) -> Picture:
    """`tiles` of up to `side` pixels in rows of up to `columns`, with a caption above each."""
    from PIL import Image, ImageDraw

    columns = max(1, min(columns, len(tiles)))
    across, down = side + _GAP, side + _GAP + _CAPTION
    rows = -(-len(tiles) // columns)
    size = max(columns * across, 2 * side) + _GAP, rows * down + _CAPTION + 2 * _GAP
    picture = Image.new("RGB", size, PAPER)
    pen, font = ImageDraw.Draw(picture), _font(_LETTERS)
    pen.text((_GAP, _GAP), title, "black", font)
    for number, (caption, tile) in enumerate(tiles):
        x = _GAP + number % columns * across
        y = _GAP + _CAPTION + number // columns * down
        pen.text((x, y + 4), caption, SOFT, font)
        y += _CAPTION
        pen.rectangle((x - 1, y - 1, x + tile.width, y + tile.height), None, SOFT)
        picture.paste(tile, (x, y))
    return picture


def _font(size: float) -> BaseImageFont:
    from PIL import ImageFont

    return ImageFont.load_default(size)
