"""Drawn lines as they are painted, with what they say, as a PNG or in the terminal."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..data.lines.line import Line
from ..files import atomic_write
from ..vision.line_picture import line_picture
from .kit.marked import png_mark
from .kit.pixels import draw
from .kit.printer import Printer
from .kit.text import brief, visible

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont, ImageFont

    Font = FreeTypeFont | ImageFont

WIDTH = 1_200  # pixels of a PNG between its margins; a wider line widens it
_GAP, _MARGIN = 12, 24
_TITLE, _TEXT = 20, 15  # font sizes in pixels
_CAPTION = 22  # pixels below a picture, for its text
_LETTER = 9  # pixels: the widest of a text
_PAPER, _INK, _SOFT = "#ffffff", "#1a1a1a", "#5f6368"
_TALL = 16  # pixels of a line in the terminal, two for each row of characters
_NOTHING = "no number"


@dataclass(frozen=True, eq=False)
class LineSheet:
    """Lines without end, and about whose hands they are in."""

    title: str
    about: Sequence[str]
    lines: Iterator[Line]


def show(printer: Printer, sheet: LineSheet, count: int) -> None:
    """Write `count` lines with characters, as the network is shown them, but smaller."""
    printer.write((brief(sheet.title, printer.encoding), "bold"))
    for text in sheet.about:
        printer.write((brief(text, printer.encoding), ""))
    columns = shutil.get_terminal_size().columns
    for line in islice(sheet.lines, count):
        printer.write()
        for pieces in draw(printer, _small(line, columns)):
            printer.write(*pieces)
        printer.write((caption(line), "bold"))


def _small(line: Line, columns: int) -> Any:
    """The line as rows of grey levels, light ink on dark, at most `columns` wide."""
    rows, wide = line.picture.shape
    fitting = min(_TALL, columns * rows // wide)
    return line_picture(line.picture, height=max(2, fitting // 2 * 2)).pixels.tolist()


def write_png(path: Path, sheet: LineSheet, rows: int, columns: int | None = None) -> None:
    """Write `rows` rows of lines, at most `columns` in each, in the pixels that they have.

    Raises MachineError when the file cannot be written.
    """
    from PIL import Image, ImageDraw, ImageFont

    placed = [filled(sheet.lines, columns) for _ in range(rows)]
    heights = [max(line.picture.shape[0] for line in row) + _CAPTION for row in placed]
    top = _MARGIN + 2 * _TITLE + 2 * _TEXT * len(sheet.about)
    width = max(WIDTH, *(sum(map(_room, row)) - _GAP for row in placed)) + 2 * _MARGIN
    picture = Image.new("RGB", (width, top + sum(heights) + _GAP * (rows - 1) + _MARGIN), _PAPER)
    pen = ImageDraw.Draw(picture)
    title, text = (ImageFont.load_default(size) for size in (_TITLE, _TEXT))
    _write_head(pen, sheet, title, text)
    for row, tall in zip(placed, heights, strict=True):
        left, foot = _MARGIN, top + tall - _CAPTION
        for line in row:
            high, wide = line.picture.shape
            picture.paste(Image.fromarray(line.picture), (left, foot - high))
            pen.rectangle((left - 1, foot - high - 1, left + wide, foot), outline=_SOFT)
            pen.text((left, top + tall - 4), caption(line), _INK, text, anchor="ls")
            left += _room(line)
        top += tall + _GAP
    with atomic_write(path) as file:
        picture.save(file, format="PNG", pnginfo=png_mark())


def filled(lines: Iterator[Line], columns: int | None = None) -> list[Line]:
    """The next lines that fit into one row of a PNG: at least one, at most `columns`.

    The first that does not fit is left out.
    """
    row = [next(lines)]
    used = _room(row[0])
    while columns is None or len(row) < columns:
        line = next(lines)
        used += _room(line)
        if used - _GAP > WIDTH:
            break
        row.append(line)
    return row


def caption(line: Line) -> str:
    """What the line says."""
    return line.text or _NOTHING


def _room(line: Line) -> int:
    """Pixels that a line takes in a row, its gap included."""
    wide: int = line.picture.shape[1]
    return max(wide, _LETTER * len(caption(line))) + _GAP


def _write_head(pen: ImageDraw, sheet: LineSheet, title: Font, text: Font) -> None:
    pen.text((_MARGIN, _MARGIN), visible(sheet.title), _INK, title)
    for number, words in enumerate(sheet.about):
        place = (_MARGIN, _MARGIN + round(1.6 * _TITLE) + 2 * _TEXT * number)
        pen.text(place, visible(words), _SOFT, text)
