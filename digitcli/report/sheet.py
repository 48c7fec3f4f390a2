"""The sheet of `digitcli adapt` to print and fill in. vision/sheet/form.py has the layout."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UsageError
from ..files import atomic_folder, atomic_write
from ..vision.sheet.form import CORNERS, HEIGHT, MARK_SIDE, MODULE, WIDTH, Corner, cells
from ..vision.sheet.hand import writer_of
from ..vision.sheet.labels import LABELS
from ..vision.sheet.photograph import Written
from .kit.marked import png_mark

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

_DPI = 300
_SCALE = _DPI / 25.4  # pixels for each millimetre
_PRINTED, _LABEL, _LINE = 90, 190, 218  # greys: text, each row's digit, the cells' lines
_KINDS = {".pdf": "PDF", ".png": "PNG"}

_ABOVE = (
    "Write each row's digit into its cells, as you always write it.",
    "Dark pen; cells may stay empty. Then photograph the whole page,",
    "with all four black marks, and run",
)
_COMMAND = "digitcli adapt --from photo.jpg --out my.npz"


def check_sheet(path: Path) -> None:
    """Raise UsageError unless `path` ends in .pdf or .png."""
    if path.suffix.lower() not in _KINDS:
        raise UsageError(
            f"--sheet: {path} must end in {' or '.join(_KINDS)}", f"--sheet {path.stem}.pdf"
        )


def write_sheet(path: Path) -> None:
    """Write the sheet as one A4 page of PDF, or as a PNG of 300 dots an inch.

    Raises UsageError for any other suffix, MachineError when it cannot be written.
    """
    check_sheet(path)
    page = draw_sheet()
    with atomic_write(path) as file:
        kind = _KINDS[path.suffix.lower()]
        if kind == "PDF":
            page.save(file, kind, resolution=_DPI, title="digitcli adapt")
        else:
            page.save(file, kind, dpi=(_DPI, _DPI), pnginfo=png_mark())


def draw_sheet() -> Image:
    """The page, grey, 300 dots an inch."""
    from PIL import Image, ImageDraw

    page = Image.new("L", (_pixels(WIDTH), _pixels(HEIGHT)), 255)
    pen = ImageDraw.Draw(page)
    for corner in CORNERS:
        _draw_mark(pen, corner)
    for cell in cells():
        x, y, width, height = cell.box
        pen.rectangle((*_at(x, y), *_at(x + width, y + height)), None, _LINE, 2)
        if cell.column == 0:
            _write(pen, str(cell.digit), x - 8, y + height / 2, 13, _LABEL)
    middle = WIDTH / 2
    for line, text in enumerate((*_ABOVE, _COMMAND)):
        _write(pen, text, middle, 13.5 + 4.5 * line, 3.6, _PRINTED)
    return page


def write_crops(folder: Path, sheets: Mapping[Path, Sequence[Written]]) -> None:
    """Write the cells of sheets to `folder`: PNG files in a folder for each digit, and a list.

    `digitcli adapt`, `eval` and `train` read the folder. Raises MachineError when it cannot be
    written or exists.
    """
    from PIL import Image

    with atomic_folder(folder) as temporary:
        rows = [("file", "label", "writer")]
        for number, (photograph, written) in enumerate(sheets.items(), 1):
            for one in written:
                name = f"{one.cell.digit}/sheet{number}-{one.cell.column + 1:02}.png"
                path = temporary / name
                path.parent.mkdir(exist_ok=True)
                Image.fromarray(one.picture).save(path)
                rows.append((name, str(one.cell.digit), writer_of(photograph)))
        table = io.StringIO(newline="")
        csv.writer(table, lineterminator="\n").writerows(rows)
        (temporary / LABELS).write_text(table.getvalue(), "utf-8")


def _draw_mark(pen: ImageDraw, corner: Corner) -> None:
    left, top, *_ = corner.box
    for inset, grey in ((0.0, 0), (MODULE, 255)):
        pen.rectangle(
            (
                *_at(left + inset, top + inset),
                *_last(left + MARK_SIDE - inset, top + MARK_SIDE - inset),
            ),
            grey,
        )
    for column, row, side in corner.squares:
        x, y = left + column * MODULE, top + row * MODULE
        pen.rectangle((*_at(x, y), *_last(x + side * MODULE, y + side * MODULE)), 0)


def _write(pen: ImageDraw, text: str, x: float, y: float, size: float, grey: int) -> None:
    """Text of `size` millimetres, its middle at (x, y)."""
    from PIL import ImageFont

    font = ImageFont.load_default(size * _SCALE)
    left, top, right, bottom = pen.textbbox((0, 0), text, font=font)
    place = x * _SCALE - (left + right) / 2, y * _SCALE - (top + bottom) / 2
    pen.text(place, text, grey, font)


def _pixels(length: float) -> int:
    return round(length * _SCALE)


def _at(x: float, y: float) -> tuple[int, int]:
    return _pixels(x), _pixels(y)


def _last(x: float, y: float) -> tuple[int, int]:
    """The last pixel before (x, y): Pillow's rectangles include their ends."""
    return _pixels(x) - 1, _pixels(y) - 1
