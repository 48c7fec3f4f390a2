"""Answers drawn on the picture itself: a box around each digit, the guess, and how sure it is."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from ...vision.files.decode import Limits
from ...vision.files.picture import pixels_of_source
from ...vision.files.pixels import pixels_of
from ..kit.page import Page, Piece
from ..kit.pixels import draw
from ..kit.text import can_encode
from .predictions import percent
from .sketch import DOUBT, SOFT, SURE, Sketch

if TYPE_CHECKING:
    from ...vision.digit import Digit
    from ...vision.reading import Reading
    from .sketch import Picture

_LEAST_SIDE = 480  # pixels; smaller pictures are enlarged, or there is no room to write
_MOST_COLUMNS = 100
_BLOCK = "▀"


def annotated(reading: Reading, limits: Limits = Limits()) -> Picture:
    """The upright grey picture of `reading` with its answers, mode RGB, enlarged when it is small.

    Green is what is sure, orange what is not, grey what is no digit, marks too. Raises DataError
    when the picture cannot be read again.
    """
    sketch = Sketch(pixels_of_source(reading.source, limits), least=_LEAST_SIDE)
    _boxes(sketch, reading)
    for digit in reading.digits:  # above all boxes
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
    return f"{digit.digit} {percent(digit.confidence).strip()}"


def show(page: Page, reading: Reading, limits: Limits = Limits()) -> None:
    """The picture with its boxes in the terminal, as wide as that; nothing where it was not read.

    There is no room for words in it: the answer stands above.
    """
    if reading.error is not None:
        return
    columns = min(shutil.get_terminal_size().columns - 1, _MOST_COLUMNS)
    sketch = Sketch(pixels_of_source(reading.source, limits), width=max(1, columns))
    _boxes(sketch, reading)
    for line in _lines(page, sketch.picture):
        page.write(*line)


def _lines(page: Page, picture: Picture) -> list[list[Piece]]:
    """Two pixels in each character, in their colours where the terminal has as many."""
    if picture.height % 2:
        picture = picture.crop((0, 0, picture.width, picture.height + 1))
    if not page.greys or not can_encode(page.encoding, _BLOCK):
        grey = picture.convert("L").tobytes()
        rows: Any = pixels_of(grey, picture.height, picture.width).tolist()
        return draw(page, rows)
    values, width = picture.tobytes(), 3 * picture.width
    colours = [
        [f"#{values[at : at + 3].hex()}" for at in range(start, start + width, 3)]
        for start in range(0, len(values), width)
    ]
    return [
        [(_BLOCK, f"{front} on {back}") for front, back in zip(*pair, strict=True)]
        for pair in zip(colours[::2], colours[1::2], strict=True)
    ]
