"""Lines of handwritten digits on printed paper, with the box of each: amounts as on cheques.

Digits stand close, touch or lean over one another, with dots, commas and dashes between and behind
them; ruled lines and guilloche (the fine waves that security printers use) are printed below.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from .drawn_picture import Picture
from .handwriting import choose, write
from .paper import crop, develop
from .random_stream import Floats, RandomStream

Box = tuple[int, int, int, int]

_FEWEST, _MOST = 2, 7  # digits
_MARGIN = 10  # pixels around the ink


@dataclass(frozen=True)
class Amount:
    """A grey picture uint8 (h, w), dark on light; its digits; and the box (x, y, w, h) of each."""

    picture: Picture
    digits: tuple[int, ...]
    boxes: tuple[Box, ...]


def draw(*seed: int) -> Iterator[Amount]:
    """Draw amounts; never ends."""
    random = RandomStream(*seed)
    while True:
        yield _amount(random)


def _amount(random: RandomStream) -> Amount:
    count = _FEWEST + random.below(_MOST - _FEWEST + 1)[0]
    digits = list(random.below(*[10] * count))
    round_sum, noughts = random.below(5, 3)
    if round_sum < 2 and count > 2:  # two sums in five end in noughts
        noughts = min(2 + noughts, count - 1)
        digits[-noughts:] = [0] * noughts
    height = 22 + 34 * random.values(1)[0]
    written = write(choose(digits, random), random, one_hand=True)
    sizes = {0: _size(0.5, random), 1: _size(1.6, random)}  # some write noughts small and ones tall
    inks = [
        _sized(crop(ink), height * sizes.get(digit, 1.0), random)
        for digit, ink in zip(digits, written, strict=True)
    ]
    sheet, boxes = _line(inks, digits, height, random)
    picture = develop(_printed(sheet, height, random), random)
    return Amount(picture, tuple(digits), tuple(boxes))


def _size(extreme: float, random: RandomStream) -> float:
    """Usual in two lines of three, else up to `extreme`."""
    unusual, much = random.values(2)
    return 1 + (extreme - 1) * much if unusual < 1 / 3 else 1.0


def _sized(ink: Picture, height: float, random: RandomStream) -> Picture:
    """Scale a digit until its longer side has about `height` pixels."""
    size = height * (0.75 + 0.45 * random.values(1)[0])
    scale = size / max(ink.shape)
    tall, wide = (max(3, round(length * scale)) for length in ink.shape)
    return np.asarray(Image.fromarray(ink).resize((wide, tall), Image.Resampling.BILINEAR))


def _line(
    inks: list[Picture], digits: list[int], height: float, random: RandomStream
) -> tuple[Picture, list[Box]]:
    """The digits beside each other on one sheet, 255 is full ink, and where each came to stand."""
    close, loose, linked, end = random.values(4)
    tall = int(2.2 * height) + 2 * _MARGIN
    wide = int(sum(ink.shape[1] for ink in inks) + height * (2 * len(inks) + 3))
    sheet = Image.new("L", (wide, tall))
    pen, x, base = ImageDraw.Draw(sheet), float(_MARGIN), 1.5 * height + _MARGIN
    boxes: list[Box] = []
    thick = max(1, round(height / 14))
    for number, ink in enumerate(inks):
        gap, mark, down = random.values(3)
        between_noughts = digits[max(0, number - 1) : number + 1] == [0, 0]
        x += height * ((0.7 * loose + 0.1) * gap - 0.2 * close)
        y = base - ink.shape[0] + 0.24 * height * (down - 0.5)
        place = max(_MARGIN, round(x)), max(1, round(y))
        unlifted = linked < 0.4 if between_noughts else linked < 0.2 and gap < 0.6
        if boxes and unlifted:
            _link(pen, boxes[-1], (*place, ink.shape[1], ink.shape[0]), thick)
        shown = Image.fromarray(ink)
        sheet.paste(Image.new("L", shown.size, 255), place, shown)
        boxes.append((*place, ink.shape[1], ink.shape[0]))
        x = place[0] + ink.shape[1]
        if mark < 0.15:
            x += 0.16 * height
            _dot(pen, x, base, thick, comma=mark < 0.05)
            x += 0.22 * height
    if end < 0.25:  # strokes that keep others from adding digits
        x += 0.25 * height
        for level in (0.3, 0.55) if end < 0.12 else (0.4,):
            y = base - level * height
            pen.line((x, y, x + 0.6 * height, y - 0.1 * height * loose), 255, thick)
        x += 0.7 * height
    return np.asarray(sheet)[:, : int(x) + _MARGIN], boxes


def _link(pen: ImageDraw.ImageDraw, left: Box, right: Box, thick: int) -> None:
    """Draw the line of a pen that was not lifted between two digits: near the tops, sagging."""
    start = left[0] + 0.8 * left[2], left[1] + 0.12 * left[3]
    end = right[0] + 0.2 * right[2], right[1] + 0.12 * right[3]
    sag = 0.1 * min(left[3], right[3])
    middle = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2 + sag
    pen.line((start, middle, end), 255, thick, joint="curve")


def _dot(pen: ImageDraw.ImageDraw, x: float, base: float, thick: int, comma: bool) -> None:
    if comma:
        pen.line((x, base - thick, x - 3 * thick, base + 3 * thick), 255, thick)
    else:
        pen.ellipse((x - thick, base - 2 * thick, x + thick, base), 255)


def _printed(ink: Picture, height: float, random: RandomStream) -> Floats:
    """How dark the sheet is, 0 to 1: ink over print over nothing."""
    rows, columns = ink.shape
    dark = np.zeros(ink.shape)
    waves, strength, period, bend, length, drift, ruled, pen = random.values(8)
    if waves < 0.7:
        y, x = np.mgrid[0:rows, 0:columns].astype(np.float64)
        for family in range(1 + (waves < 0.35)):
            turn = (-1) ** family * (0.2 + drift)
            wave = (2 + 14 * bend) * np.sin(x / (6 + 30 * length) + 2 * family)
            phase = (y + turn * x + wave) / (3 + 5 * period)
            line = np.abs(phase - np.floor(phase) - 0.5) < 0.16
            dark = np.maximum(dark, (0.08 + 0.22 * strength) * line)
    if ruled < 0.3:
        line = int(min(rows - 2, 1.5 * height + _MARGIN + (1.5 * ruled - 0.08) * height))
        dark[line : line + 1 + (ruled < 0.1)] = 0.5
    written: Floats = np.maximum(dark, ink / 255 * (0.55 + 0.45 * pen))
    return written
