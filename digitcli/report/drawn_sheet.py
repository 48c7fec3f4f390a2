"""Drawn lines or pages as they are painted, with what they say, as a PNG or in the terminal."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..data.lines.line import Line
from ..data.pages.page import Page
from ..files import atomic_write
from ..vision.line_picture import line_picture
from .kit.marked import png_mark
from .kit.pixels import draw
from .kit.printer import Printer
from .kit.text import brief, visible

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont, ImageFont

    Font = FreeTypeFont | ImageFont

WIDTH = 1_200  # pixels of a PNG between its margins; a wider picture widens it
_GAP, _MARGIN = 12, 24
_TITLE, _TEXT = 20, 15  # font sizes in pixels
_CAPTION = 19  # pixels for each row of text below a picture
_LETTER = 9  # pixels: the widest of a text
_LEAST = 126  # pixels for several texts below a picture
_PAPER, _INK, _SOFT, _ACCENT = "#ffffff", "#1a1a1a", "#5f6368", "#d55e00"
_NOTHING = "no number"


@dataclass(frozen=True, eq=False)
class Shown:
    """A grey picture uint8 (h, w), the numbers in it, and the corners (4, 2) of each, if known.

    `tall` is the height at which the terminal shows it, in pixels: two for each row of characters.
    """

    picture: npt.NDArray[np.uint8]
    texts: tuple[str, ...]
    corners: tuple[npt.NDArray[np.float64], ...] = ()
    tall: int = 16

    @property
    def captions(self) -> list[str]:
        """The texts in rows that are not much wider than the picture."""
        letters = max(self.picture.shape[1], _LEAST) // _LETTER
        rows = [""]
        for text in self.texts or (_NOTHING,):
            longer = f"{rows[-1]}  {text}".strip()
            if rows[-1] and len(longer) > letters:
                rows.append(text)
            else:
                rows[-1] = longer
        return rows

    @property
    def size(self) -> tuple[int, int]:
        """Pixels that it takes with its captions: height and width."""
        high, wide = self.picture.shape
        captions = self.captions
        return high + _CAPTION * len(captions), max(wide, _LETTER * max(map(len, captions)))


def shown_line(line: Line) -> Shown:
    """A line, which has one number or none."""
    return Shown(line.picture, (line.text,) if line.text else ())


def shown_page(page: Page) -> Shown:
    """A page with its numbers, each in its rectangle."""
    texts = tuple(number.text for number in page.numbers)
    return Shown(page.picture, texts, tuple(number.corners for number in page.numbers), tall=64)


@dataclass(frozen=True, eq=False)
class DrawnSheet:
    """Pictures without end, and in whose hands they are written."""

    title: str
    about: Sequence[str]
    pictures: Iterator[Shown]


def show(printer: Printer, sheet: DrawnSheet, count: int) -> None:
    """Write `count` pictures with characters, light ink on dark, and smaller than they are."""
    printer.write((brief(sheet.title, printer.encoding), "bold"))
    for text in sheet.about:
        printer.write((brief(text, printer.encoding), ""))
    columns = shutil.get_terminal_size().columns
    for one in islice(sheet.pictures, count):
        printer.write()
        for pieces in draw(printer, _small(one, columns)):
            printer.write(*pieces)
        for text in one.captions:
            printer.write((text, "bold"))


def _small(one: Shown, columns: int) -> Any:
    """The picture as rows of grey levels, light ink on dark, at most `columns` wide."""
    rows, wide = one.picture.shape
    fitting = min(one.tall, columns * rows // wide)
    return line_picture(one.picture, height=max(2, fitting // 2 * 2)).pixels.tolist()


def write_png(path: Path, sheet: DrawnSheet, rows: int, columns: int | None = None) -> None:
    """Write `rows` rows of pictures, at most `columns` in each, in the pixels that they have.

    Raises MachineError when the file cannot be written.
    """
    from PIL import Image, ImageDraw, ImageFont

    placed = [filled(sheet.pictures, columns) for _ in range(rows)]
    heights = [max(one.size[0] for one in row) for row in placed]
    top = _MARGIN + 2 * _TITLE + 2 * _TEXT * len(sheet.about)
    width = max(WIDTH, *(sum(map(_room, row)) - _GAP for row in placed)) + 2 * _MARGIN
    page = Image.new("RGB", (width, top + sum(heights) + _GAP * (rows - 1) + _MARGIN), _PAPER)
    title, text = (ImageFont.load_default(size) for size in (_TITLE, _TEXT))
    _write_head(ImageDraw.Draw(page), sheet, title, text)
    for row, tall in zip(placed, heights, strict=True):
        left = _MARGIN
        for one in row:
            lower = max(other.picture.shape[0] for other in row) - one.picture.shape[0]
            _write(page, one, left, top + lower, text)
            left += _room(one)
        top += tall + _GAP
    with atomic_write(path) as file:
        page.save(file, format="PNG", pnginfo=png_mark())


def filled(pictures: Iterator[Shown], columns: int | None = None) -> list[Shown]:
    """The next pictures that fit into one row of a PNG: at least one, at most `columns`.

    The first that does not fit is left out.
    """
    row = [next(pictures)]
    used = _room(row[0])
    while columns is None or len(row) < columns:
        one = next(pictures)
        used += _room(one)
        if used - _GAP > WIDTH:
            break
        row.append(one)
    return row


def _room(one: Shown) -> int:
    """Pixels that a picture takes in a row, its gap included."""
    return one.size[1] + _GAP


def _write(page: Image, one: Shown, left: int, top: int, font: Font) -> None:
    """A picture with its upper left corner at (left, top), a frame around it, its texts below."""
    from PIL import Image, ImageDraw

    high, wide = one.picture.shape
    page.paste(Image.fromarray(one.picture), (left, top))
    pen = ImageDraw.Draw(page)
    pen.rectangle((left - 1, top - 1, left + wide, top + high), outline=_SOFT)
    for corners in one.corners:
        around = [(x + left, y + top) for x, y in corners.tolist()]
        pen.line([*around, around[0]], _ACCENT)
    for number, caption in enumerate(one.captions, 1):
        pen.text((left, top + high + _CAPTION * number - 2), caption, _INK, font, anchor="ls")


def _write_head(pen: ImageDraw, sheet: DrawnSheet, title: Font, text: Font) -> None:
    pen.text((_MARGIN, _MARGIN), visible(sheet.title), _INK, title)
    for number, words in enumerate(sheet.about):
        place = (_MARGIN, _MARGIN + round(1.6 * _TITLE) + 2 * _TEXT * number)
        pen.text(place, visible(words), _SOFT, text)
