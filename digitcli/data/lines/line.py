"""A line of digits as it stands on real paper, and what it says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from ..drawn import outliers
from ..drawn.paper import crop
from ..drawn.random_stream import RandomStream
from . import corrections, surroundings
from .capture import Picture, captured
from .hands import Fonts, Hand, Ink, Writers
from .layout import Box, Written, set_apart
from .numbers import digits, number
from .sheet import Sheet
from .warp import warped


@dataclass(frozen=True, eq=False)
class Line:
    """A grey picture uint8 (h, w), and the signs that stand in it, "" where it shows none."""

    picture: Picture
    text: str


_EMPTY = 0.1  # of all lines: no number stands there
_STRUCK = 0.008  # of all lines: a number that somebody has struck out
_HALVES = 0.015  # of all lines: a number and a half, or a quarter: no number that signs can write
_FOLDS = 0.07  # of all lines: a book's fold, or the edge of its sheet, beside the number

_NO_DIGITS = ("letter",) * 6 + ("scribble", "noise", "texture", "rules", "dots")

Mix = Sequence[tuple[Writers, float]]  # and how often each is taken


def lines(mix: Mix, *seed: int) -> Iterator[Line]:
    """Lines without end; the same seed gives the same ones."""
    random = RandomStream(*seed)
    while True:
        yield line(chosen(mix, random).hand(random), random)


def chosen(mix: Mix, random: RandomStream) -> Writers:
    """One of the mix's kinds of hands, as often as it says."""
    left = random.values(1)[0] * sum(weight for _, weight in mix)
    for writers, weight in mix:
        left -= weight
        if left < 0:
            return writers
    return mix[-1][0]


def line(hand: Hand, random: RandomStream) -> Line:
    """What one hand writes on one piece of paper."""
    size, kind, tight, comb = random.values(4)
    height = 18 + 40 * size
    if kind < _EMPTY:
        return Line(_nothing(hand, height, random), "")
    if kind < _EMPTY + _STRUCK + _HALVES:
        return Line(_no_number(hand, height, kind < _EMPTY + _STRUCK, random), "")
    pitch = height * (0.72 + 0.9 * tight) if comb < 0.13 else None
    text = digits(random) if pitch else number(random)
    if pitch and comb < 0.02 and len(text) > 2:
        text = text[:-2] + "." + text[-2:]
    written = set_apart(text, hand, height, random, pitch)
    if pitch is None:
        written = warped(written, random)
    return Line(_on_paper(written, text, hand, pitch, random), text)


def comb_line(hand: Hand, random: RandomStream) -> Line:
    """Digits in fields for one each, with what else stands on paper."""
    size, tight = random.values(2)
    height = 18 + 40 * size
    pitch, text = height * (0.72 + 0.9 * tight), digits(random)
    written = set_apart(text, hand, height, random, pitch)
    return Line(_on_paper(written, text, hand, pitch, random), text)


def _no_number(hand: Hand, height: float, is_struck: bool, random: RandomStream) -> Picture:
    """Digits that somebody struck out; or a number and a half, which no signs can write."""
    text = digits(random, (5, 8, 6, 4, 2) if is_struck else (5, 4))
    written = warped(set_apart(text, hand, height, random), random)
    if is_struck:
        return _on_paper(corrections.struck(written, random), text, hand, None, random)
    return _on_paper(written, text, hand, None, random, corrections.part(written, hand, random))


def _on_paper(
    written: Written,
    text: str,
    hand: Hand,
    pitch: float | None,
    random: RandomStream,
    part: Ink | None = None,
) -> Picture:
    """Ink, what is added to it, and the paper; cropped as a user, or a finder, crops.

    `part` stands behind the digits, as high as they are.
    """
    height, boxes = written.height, written.boxes
    x = min(box[0] for box in boxes)
    y = min(box[1] for box in boxes)
    right = max(box[0] + box[2] for box in boxes)
    foot = max(max(box[1] + box[3] for box in boxes), round(written.base))
    y = min(y, round(written.base - 0.8 * height))
    before, after = _opening(written, text, random), part
    if part is None:
        after = _ending(written, text, random)
    head, tail = (0 if piece is None else piece.shape[1] for piece in (before, after))
    above, below, left, behind = _room(height, random)
    fold, side, size = random.values(3)
    reach = round(height * (0.2 + 1.3 * size)) if fold < _FOLDS else 0
    at_left = side < 0.75
    left, behind = left + reach * at_left, behind + reach * (not at_left)
    high, wide = foot - y + above + below, right - x + head + tail + left + behind
    sheet, ink = Sheet(high, wide), Sheet(high, wide)
    box = (left + head, above, right - x, foot - y)
    base = written.base - y + above
    _print(sheet, box, base, hand, pitch, len(text), boxes, x, random)
    if reach:
        surroundings.gutter(sheet, reach, at_left, random)
    ink.paste(written.ink, left + head - x, above - y, 1.0)
    if before is not None:
        ink.paste(before, left, round(base - height), 1.0)
    if after is not None:
        ink.paste(after, left + head + right - x, round(base - height), 1.0)
    if random.values(1)[0] < 0.25:  # a pen that gives less ink in places
        _worn(ink, random)
    return captured(ink.dark, sheet.dark, random)


def _room(height: float, random: RandomStream) -> list[int]:
    """Pixels of paper above, below, left and right of the ink; a tight crop may cut some off."""
    tight, *each = random.values(9)
    lengths = []
    for side in range(4):
        near, cut = each[2 * side], each[2 * side + 1]
        most = (0.3 if tight < 0.7 else 0.9) if side < 2 else (0.5 if tight < 0.7 else 2.2)
        lengths.append(round(height * (-0.06 * near if cut < 0.2 else 0.02 + most * near * near)))
    return lengths


def _print(
    sheet: Sheet,
    box: Box,
    base: float,
    hand: Hand,
    pitch: float | None,
    count: int,
    boxes: Sequence[Box],
    x: int,
    random: RandomStream,
) -> None:
    """What the paper shows before anybody writes on it."""
    height = box[3]
    chance = random.values(len(surroundings.GROUND) + 5)
    for (draw, often), luck in zip(surroundings.GROUND, chance, strict=False):
        if luck < often:
            draw(sheet, random)
    ruled, framed, celled, worded, others = chance[-5:]
    if pitch is not None:
        if ruled < 0.93:
            middles = boxes[0][0] + boxes[0][2] / 2 - x + box[0]
            surroundings.comb(sheet, middles - pitch / 2, pitch, count, box, height, random)
    elif framed < 0.14:
        surroundings.frame(sheet, box, height, random)
    elif celled < 0.22:
        surroundings.grid(sheet, box, height, random)
    elif ruled < 0.22:
        surroundings.rule(sheet, base, height, random)
    if worded < 0.12:
        surroundings.words(sheet, box, height, random)
    if others < 0.12:
        surroundings.neighbours(sheet, box, height, hand, random)


def _ending(written: Written, text: str, random: RandomStream) -> Ink | None:
    """Strokes that keep others from writing more behind a sum: uint8, as high as a digit."""
    kind, long, gap, lean, size, place, bow = random.values(7)
    if kind > 0.3 or not text[-1].isdigit() or len(text) < 2:
        return None
    height = written.height
    small = 0.3 + 0.9 * size  # many are short, and raised
    wide, high = round(height * (0.4 + 1.3 * long * small + 0.3 * gap)), round(height)
    sheet = Sheet(high, max(4, wide))
    start, end = height * (0.08 + 0.3 * gap), wide - 1.0
    middle = 0.15 + 0.45 * place
    count = 1 if kind < 0.12 else 2 if kind < 0.24 else 3
    levels = [middle + small * 0.28 * (k - (count - 1) / 2) for k in range(count)]
    tilt, sag = height * small * 0.5 * (lean - 0.5), height * 0.1 * (bow - 0.5)
    half = (start + end) / 2
    strokes = []
    for level in levels:
        y = high * level
        strokes += [(start, y + tilt / 2, half, y + sag), (half, y + sag, end, y - tilt / 2)]
    if kind > 0.27:  # a slash, then a stroke
        foot = start + 0.3 * height
        strokes = [(start, high, foot, 0.0), (foot, high * 0.5, end, high * 0.5)]
    sheet.lines(strokes, max(1.0, written.thick), 1.0)
    return (sheet.dark * 255).astype(np.uint8)


def _opening(written: Written, text: str, random: RandomStream) -> Ink | None:
    """What some write before a sum: =, #, a star, a currency's sign."""
    kind, gap, lean, size = random.values(4)
    if kind > 0.12 or not text[0].isdigit() or len(text) < 2:
        return None
    height = written.height
    high, wide = round(height), round(height * (0.5 + 0.4 * size + 0.4 * gap))
    sheet = Sheet(high, wide)
    a, b = 1.0, wide - height * (0.1 + 0.3 * gap)
    h, m, tilt = float(high), (a + b) / 2, 0.2 * high * (lean - 0.5)
    shapes = (
        [(a, 0.4 * h + tilt, b, 0.4 * h - tilt), (a, 0.65 * h + tilt, b, 0.65 * h - tilt)],
        [
            (a, 0.4 * h, b, 0.35 * h),
            (a, 0.7 * h, b, 0.65 * h),
            (0.8 * m, 0.1 * h, 0.6 * m, h),
            (1.4 * m, 0.1 * h, 1.2 * m, h),
        ],
        [(a, 0.3 * h, b, 0.8 * h), (b, 0.3 * h, a, 0.8 * h), (m, 0.2 * h, m, 0.9 * h)],
        [
            (b, 0.25 * h, m, 0.12 * h),
            (m, 0.12 * h, a, 0.3 * h),
            (a, 0.3 * h, b, 0.62 * h),
            (b, 0.62 * h, m, 0.88 * h),
            (m, 0.88 * h, a, 0.75 * h),
            (m + tilt, 0.0, m - tilt, h),
        ],
    )
    sheet.lines(shapes[min(3, int(kind / 0.03))], max(1.0, written.thick), 1.0)
    return (sheet.dark * 255).astype(np.uint8)


def _worn(ink: Sheet, random: RandomStream) -> None:
    rows, columns = ink.dark.shape
    spots = Image.fromarray((random.uniform(4, 12) * 255).astype(np.uint8))
    smooth = np.asarray(spots.resize((columns, rows), Image.Resampling.BICUBIC), np.float32) / 255
    ink.dark *= np.float32(0.55) + np.float32(0.45) * smooth


def _nothing(hand: Hand, height: float, random: RandomStream) -> Picture:
    """Paper without a number: empty, ruled, printed on, a stroke that says "none", letters."""
    kind, long, lean, thick = random.values(4)
    rows, columns = round(height * 1.5), round(height * (1 + 4 * long))
    sheet, ink = Sheet(rows, columns), Sheet(rows, columns)
    box = (round(0.4 * height), round(0.25 * height), columns - round(0.8 * height), round(height))
    _print(sheet, box, box[1] + height, hand, None, 0, [box], 0, random)
    if kind < 0.2:
        y, tilt = rows * (0.35 + 0.3 * lean), 0.14 * columns * (lean - 0.5)
        ink.lines(
            [(columns * 0.3, y + tilt, columns * 0.7, y - tilt)], 1 + 0.1 * height * thick, 1.0
        )
    elif kind < 0.3:
        surroundings.words(ink, (0, 0, 0, 0), height, random)
    elif kind < 0.9:
        _no_digits(ink, height, random)
    return captured(ink.dark, sheet.dark, random)


def _no_digits(ink: Sheet, height: float, random: RandomStream) -> None:
    """Letters, scribbles, dots and the like beside each other, in half of all cases one alone."""
    count, gap, top, where = random.values(4)
    x = height * (0.1 + 0.3 * where)
    for _ in range(max(1, round(6 * count - 3))):
        which, size, rise = random.values(3)
        kind = _NO_DIGITS[int(which * len(_NO_DIGITS))]
        sign = Image.fromarray(crop(outliers.KINDS[kind][1](random)))
        high = height * (0.6 + 0.5 * size)
        wide = min(sign.width * high / sign.height, 1.6 * height)
        size_now = max(2, round(wide)), max(2, round(high))
        small = np.asarray(sign.resize(size_now, Image.Resampling.BILINEAR))
        ink.paste(small, x, height * (0.1 + 0.3 * top) + 0.2 * height * rise, 1.0)
        x += wide + height * 0.4 * gap
        if x > ink.dark.shape[1]:
            return


def printed_mix() -> Writers:
    """Fonts alone."""
    return Fonts()
