"""Answers drawn on the picture: a box around each digit, its guess and its confidence."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from ...vision.files.decode import Limits
from ...vision.files.picture import pixels_of_source
from ...vision.files.pixels import pixels_of
from ..kit.format import probability
from ..kit.pixels import draw
from ..kit.printer import Piece, Printer
from ..kit.text import can_encode
from .sketch import DOUBT, SOFT, SURE, Sketch

if TYPE_CHECKING:
    from ...vision.digit import Digit
    from ...vision.reading import Reading
    from .sketch import Picture

_LEAST_SIDE = 480  # pixels; smaller pictures are enlarged, so that texts fit
_MOST_COLUMNS = 100
_BLOCK = "▀"


def annotated(reading: Reading, limits: Limits = Limits()) -> Picture:
    """The upright grey picture of `reading` with its answers, mode RGB, enlarged if it is small.

    Sure digits are green, doubtful ones orange; marks and ink that is no digit are grey. Raises
    DataError when the picture cannot be read again.
    """
    sketch = Sketch(pixels_of_source(reading.source, limits), least=_LEAST_SIDE)
    _boxes(sketch, reading)
    for digit in reading.digits:  # after all boxes, so that they cover no label
        sketch.label(digit.box, _guess(digit), _colour(reading, digit))
    if not reading.digits:
        sketch.label((0, 0, 0, 0), reading.answer, SOFT)
    return sketch.picture


def _boxes(sketch: Sketch, reading: Reading) -> None:
    for mark in reading.marks:
        sketch.box(mark.box, SOFT)
    for digit in reading.digits:
        sketch.box(digit.box, _colour(reading, digit))


def _colour(reading: Reading, digit: Digit) -> str:
    if not digit.is_digit:
        return SOFT
    return DOUBT if digit in reading.doubtful else SURE


def _guess(digit: Digit) -> str:
    if not digit.is_digit:
        return "no digit"
    return f"{digit.name} {probability(digit.confidence).strip()}"


def show(printer: Printer, reading: Reading, limits: Limits = Limits()) -> None:
    """Draw the picture with its boxes, as wide as the terminal; nothing if it was not read.

    Texts would not fit: the answer is written above it.
    """
    if reading.error is not None:
        return
    columns = min(shutil.get_terminal_size().columns - 1, _MOST_COLUMNS)
    sketch = Sketch(pixels_of_source(reading.source, limits), width=max(1, columns))
    _boxes(sketch, reading)
    for line in _lines(printer, sketch.picture):
        printer.write(*line)


def _lines(printer: Printer, picture: Picture) -> list[list[Piece]]:
    """Lines with two pixels in each character, in colour if the terminal has enough colours."""
    if picture.height % 2:
        picture = picture.crop((0, 0, picture.width, picture.height + 1))
    if not printer.greys or not can_encode(printer.encoding, _BLOCK):
        grey = picture.convert("L").tobytes()
        rows: Any = pixels_of(grey, picture.height, picture.width).tolist()
        return draw(printer, rows)
    values, width = picture.tobytes(), 3 * picture.width
    colours = [
        [f"#{values[at : at + 3].hex()}" for at in range(start, start + width, 3)]
        for start in range(0, len(values), width)
    ]
    return [
        [(_BLOCK, f"{front} on {back}") for front, back in zip(*pair, strict=True)]
        for pair in zip(colours[::2], colours[1::2], strict=True)
    ]
