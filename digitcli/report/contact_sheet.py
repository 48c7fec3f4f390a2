"""A contact sheet: training pictures and their augmented copies, as a PNG or in the terminal."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..files import atomic_write
from ..training.augmentation import Augmentation
from .kit.marked import png_mark
from .kit.pixels import draw
from .kit.printer import Printer
from .kit.text import brief, visible

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL.ImageFont import FreeTypeFont, ImageFont

_SIDE, _ZOOM, _GAP, _MARGIN = 28, 3, 6, 24
_TILE = _SIDE * _ZOOM
_LEAD = 36  # pixels at the left for the class
_APART = 14  # pixels between the originals and their copies, added to _GAP
_TITLE, _TEXT, _LABEL = 20, 14, 22  # font sizes in pixels
_LEAST_WIDTH = 480
_PAPER, _INK, _SOFT, _ACCENT = "#ffffff", "#1a1a1a", "#5f6368", "#d55e00"

_UNITS = {"rotation": " degrees", "scale": " %", "noise": " %"}
_PIXELS = ("shift", "elastic", "elastic_smoothness", "stroke")


@dataclass(frozen=True)
class ContactSheet:
    """`pictures` uint8 (rows, columns, 28, 28) and what each row shows.

    With `settings` the first column are originals and the others their augmented copies.
    """

    title: str
    settings: Augmentation
    pictures: npt.NDArray[np.uint8]
    labels: Sequence[object]

    @property
    def lead(self) -> int:
        """Pixels at the left for the longest label."""
        return max(_LEAD, 10 * max(len(str(label)) for label in self.labels))


def settings_text(settings: Augmentation) -> str:
    """The settings that are on, with their units: "rotation 12 degrees, shift 2 px"."""
    values = asdict(settings)
    if not settings.elastic:
        del values["elastic_smoothness"]
    for share in ("scale", "noise"):
        values[share] *= 100
    return ", ".join(
        f"{name.replace('_', ' ')} {value:g}{' px' if name in _PIXELS else _UNITS.get(name, '')}"
        for name, value in values.items()
        if value
    )


def fitting_copies(least: int = 1) -> int:
    """How many copies fit into the terminal beside the original."""
    return max(least, shutil.get_terminal_size().columns // (_SIDE + 1) - 1)


def show(printer: Printer, sheet: ContactSheet) -> None:
    """Write the sheet with characters, the originals at the left."""
    printer.write((brief(sheet.title, printer.encoding), "bold"))
    if sheet.settings:
        printer.write((settings_text(sheet.settings), ""))
    for label, row in zip(sheet.labels, sheet.pictures, strict=True):
        printer.write()
        after = ": the original, then augmented copies" if sheet.settings else ""
        printer.write((f"{label}{after}", "bold"))
        pictures: Any = row.tolist()
        for lines in zip(*(draw(printer, picture) for picture in pictures), strict=True):
            printer.write(*(piece for line in lines for piece in [*line, (" ", "")]))


def write_png(path: Path, sheet: ContactSheet) -> None:
    """Write the sheet as a PNG with a caption; pictures are enlarged three times.

    Raises MachineError when the file cannot be written.
    """
    from PIL import Image, ImageDraw, ImageFont

    rows, columns = sheet.pictures.shape[:2]
    width = max(_LEAST_WIDTH, _left(sheet, columns) - _GAP + _MARGIN)
    title, text, label = (ImageFont.load_default(size) for size in (_TITLE, _TEXT, _LABEL))
    captions = [(line, title, _INK) for line in _wrapped(visible(sheet.title), title, width)]
    if sheet.settings:
        about = settings_text(sheet.settings)
        captions += [(line, text, _SOFT) for line in _wrapped(about, text, width)]
    top = _MARGIN + sum(_leading(font) for _, font, _ in captions) + 2 * _TEXT + _GAP
    picture = Image.new("RGB", (width, top + rows * (_TILE + _GAP) - _GAP + _MARGIN), _PAPER)
    pen = ImageDraw.Draw(picture)
    y = _MARGIN
    for line, font, colour in captions:
        pen.text((_MARGIN, y), line, colour, font)
        y += _leading(font)
    if sheet.settings:
        pen.text((_left(sheet, 0), top - _GAP), "original", _ACCENT, text, anchor="ls")
        pen.text((_left(sheet, 1), top - _GAP), "augmented copies", _SOFT, text, anchor="ls")
    for row, name in enumerate(visible(str(label)) for label in sheet.labels):
        y = top + row * (_TILE + _GAP)
        middle = (_MARGIN + sheet.lead / 2 - 4, y + _TILE / 2)
        pen.text(middle, name, _INK, label if len(name) == 1 else text, anchor="mm")
        if sheet.settings:
            x = _left(sheet, 0)
            pen.rectangle((x - 2, y - 2, x + _TILE + 1, y + _TILE + 1), _ACCENT)
        for column in range(columns):
            tile = Image.fromarray(sheet.pictures[row, column]).resize((_TILE, _TILE), 0)
            picture.paste(tile, (_left(sheet, column), y))
    with atomic_write(path) as file:
        picture.save(file, format="PNG", pnginfo=png_mark())


def _left(sheet: ContactSheet, column: int) -> int:
    """Where the tiles of a column begin."""
    apart = _APART if column and sheet.settings else 0
    return _MARGIN + sheet.lead + column * (_TILE + _GAP) + apart


def _leading(font: FreeTypeFont | ImageFont) -> int:
    """Height of a line of text."""
    return round(1.5 * font.getbbox("Ag")[3])


def _wrapped(text: str, font: FreeTypeFont | ImageFont, width: int) -> Iterable[str]:
    """`text` in lines that fit between the margins, broken at commas if there are any."""
    line = ""
    for word in re.split("(?<=,) " if "," in text else " ", text):
        longer = f"{line} {word}".strip()
        if line and font.getlength(longer) > width - 2 * _MARGIN:
            yield line
            longer = word
        line = longer
    yield line
