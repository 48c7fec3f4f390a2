"""One hand writes a number on an empty sheet: where each sign stands, and what links them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from ..drawn.random_stream import RandomStream
from .hands import Hand, Ink
from .ones import straight

Box = tuple[int, int, int, int]  # x, y, width, height

MARGIN = 6  # pixels around all ink
_PLAIN = 0.22  # of all hands write a 1 as straight strokes
_OVER = 0.55  # of the narrower of two neighbours: how much of it may lie over the other, at most


@dataclass(frozen=True)
class Written:
    """Ink uint8 (h, w), 255 is full; the box of each sign; where the line stands, and its height.

    `base` is the row on which digits stand, `height` a usual digit's, `thick` the pen's width.
    """

    ink: Ink
    boxes: tuple[Box, ...]
    base: float
    height: float
    thick: float


@dataclass(frozen=True)
class Manner:
    """How somebody sets digits beside each other; lengths are in heights of a usual digit."""

    gap: float
    uneven: float  # how much gaps differ
    wander: float  # how far digits leave the line
    climb: float  # of the line, for each height to the right
    noughts: float  # height of a nought beside other digits
    ones: float
    sizes: float  # how much the height of digits differs
    linked: float  # how often the pen stays on the paper between two digits
    raised: float  # how far above the line a point between digits stands
    plain: tuple[float, ...] | None  # a 1 of straight strokes: see `ones.straight`


def manner(random: RandomStream) -> Manner:
    """Close, loose, or touching; most people write evenly."""
    gap, kind, uneven, wander, climb, noughts, ones, sizes, linked, up = random.values(10)
    plain, *shape = random.values(5)
    if kind < 0.2:
        mean = -0.16 + 0.2 * gap
    elif kind < 0.85:
        mean = 0.0 + 0.25 * gap
    else:
        mean = 0.2 + 0.5 * gap
    return Manner(
        gap=mean,
        uneven=0.2 * uneven,
        wander=0.12 * wander * wander,
        climb=0.16 * (climb - 0.5) if climb < 0.3 or climb > 0.7 else 0.0,
        noughts=1.0 if noughts < 0.7 else 1.4 - 0.85 * noughts,
        ones=1.0 if ones < 0.7 else 0.55 + ones,
        sizes=0.3 * sizes * sizes + 0.05,
        linked=0.0 if linked < 0.6 else 0.8 * linked - 0.3,
        raised=0.0 if up < 0.7 else 0.2 + 1.2 * (up - 0.7),
        plain=tuple(shape) if plain < _PLAIN else None,
    )


def set_apart(
    text: str, hand: Hand, height: float, random: RandomStream, pitch: float | None = None
) -> Written:
    """Write `text`. With `pitch` (pixels) each digit stands in the middle of a field so wide."""
    how = manner(random)
    pieces = [_piece(sign, hand, height, how, random) for sign in text]
    wide = sum(max(piece.shape[1], int(pitch or 0)) for piece in pieces)
    wide += int(height * (1 + 0.9 * len(text))) + 2 * MARGIN
    tall = int(3.2 * height) + 2 * MARGIN
    sheet = Image.new("L", (wide, tall))
    base, x = 2.2 * height + MARGIN, MARGIN + 0.3 * height
    start, places = x, random.bell(len(text) + 1, 2).tolist()
    boxes: list[Box] = []
    thick = _thickness(pieces)
    for number, (sign, piece) in enumerate(zip(text, pieces, strict=True)):
        across, down = places[number]
        rows, columns = piece.shape
        foot = base + how.climb * (x - start) * (pitch is None) + how.wander * height * down
        if pitch is not None:
            left = start + (number + 0.5) * pitch - columns / 2 + 0.06 * pitch * across
        else:
            left = x + height * (how.gap + how.uneven * across) * (number > 0) * _spread(sign)
            if sign in ".,:" or (number and text[number - 1] in ".,:"):
                left = max(left, x + 0.02 * height)
        if boxes:  # signs may lie over each other, but none inside another
            before, wide_before = boxes[-1][0], boxes[-1][2]
            left = max(left, before + wide_before - _OVER * min(columns, wide_before))
        top = foot + _above(sign, height, rows)
        if sign == "." and 0 < number < len(text) - 1:
            top -= how.raised * height
        place = max(1, round(left)), max(1, round(top))
        if pitch is None and number and sign.isdigit() and text[number - 1].isdigit():
            _maybe_linked(
                sheet,
                boxes[-1],
                (*place, columns, rows),
                text[number - 1 : number + 1],
                how.linked,
                thick,
                random,
            )
        sheet.paste(Image.new("L", (columns, rows), 255), place, Image.fromarray(piece))
        boxes.append((*place, columns, rows))
        x = place[0] + columns
    end = min(wide, x + MARGIN)
    return Written(np.asarray(sheet)[:, :end], tuple(boxes), base, height, thick)


def _spread(sign: str) -> float:
    """How much of the usual gap stands before a sign."""
    return 0.4 if sign in ".,:" else 1.0


def _above(sign: str, height: float, rows: int) -> float:
    """From the line to the top of a sign, in pixels, negative upwards."""
    match sign:
        case "." | ":":
            return -rows
        case ",":
            return -0.35 * rows
        case "-":
            return -0.45 * height - rows / 2
        case "/":
            return 0.25 * height - rows
        case _:
            return -rows


def _piece(sign: str, hand: Hand, height: float, how: Manner, random: RandomStream) -> Ink:
    """The ink of one sign."""
    size, odd = random.values(2)
    if not sign.isdigit():
        return _mark(sign, height, random)
    much = 1 + how.sizes * (2 * size - 1)
    if sign == "0":
        much *= how.noughts
    if sign == "1":
        much *= how.ones
    if odd > 0.97:  # one that is far too small or too tall
        much *= 0.7 if size < 0.5 else 1.4
    if sign == "1" and how.plain:
        return straight(max(5.0, height * much), how.plain, random)
    return hand.ink(int(sign), max(5.0, height * much), random)


def _mark(sign: str, height: float, random: RandomStream) -> Ink:
    """Dot, comma, dash, stroke or colon, with a pen of some width: uint8, no rim."""
    size, lean, long, tall = random.values(4)
    thick = max(1.5, height * (0.07 + 0.1 * size))
    fine = 3
    match sign:
        case ".":
            rows, columns = thick * (0.9 + 0.8 * long), thick * (0.9 + 0.8 * lean)
        case ":":
            rows, columns = height * (0.4 + 0.35 * tall), thick * 1.3
        case ",":
            rows, columns = height * (0.18 + 0.22 * long), height * (0.05 + 0.2 * lean) + thick
        case "-":
            rows, columns = thick + height * 0.12 * lean, height * (0.22 + 0.5 * long)
        case _:
            rows, columns = height * (1.25 + 0.5 * tall), height * (0.35 + 0.5 * lean)
    wide, high = max(2, round(columns)), max(2, round(rows))
    sheet = Image.new("L", (wide * fine, high * fine))
    pen, line = ImageDraw.Draw(sheet), max(2, round(min(thick, wide, high) * fine * 0.9))
    w, h, r = wide * fine - 1, high * fine - 1, line / 2
    match sign:
        case ".":
            pen.ellipse((0, 0, w, h), 255)
        case ":":
            pen.ellipse((0, 0, w, min(w, h)), 255)
            pen.ellipse((0, max(0, h - w), w, h), 255)
        case "-":
            pen.line(
                (r / 2, h - r if lean > 0.5 else r, w - r / 2, r if lean > 0.5 else h - r),
                255,
                line,
            )
        case _:
            pen.line((w - r, r / 2, r, h - r / 2), 255, line)
    return np.asarray(sheet.reduce(fine))


def _thickness(pieces: Sequence[Ink]) -> float:
    """The pen's width in pixels, from the area and the outline of all ink."""
    area = sum(float(piece.sum()) for piece in pieces) / 255
    edge = (
        sum(
            float(np.abs(np.diff(piece.astype(np.int16), axis=axis)).sum())
            for piece in pieces
            for axis in (0, 1)
        )
        / 255
    )
    return max(1.0, 2 * area / edge) if edge else 1.0


def _maybe_linked(
    sheet: Image.Image,
    left: Box,
    right: Box,
    pair: str,
    often: float,
    thick: float,
    random: RandomStream,
) -> None:
    """The way of a pen that was not lifted: noughts at their tops, others from foot to head."""
    chance, start_at, end_at, sag = random.values(4)
    noughts = pair == "00"
    if chance >= often * (1.0 if noughts else 0.35) or right[0] - left[0] - left[2] > left[3]:
        return
    pen = ImageDraw.Draw(sheet)
    if noughts or start_at < 0.4:
        start = left[0] + (0.7 + 0.25 * start_at) * left[2], left[1] + (0.05 + 0.2 * sag) * left[3]
        end = right[0] + 0.25 * right[2], right[1] + (0.02 + 0.25 * end_at) * right[3]
    else:
        start = left[0] + 0.7 * left[2], left[1] + 0.95 * left[3]
        end = right[0] + 0.2 * right[2], right[1] + (0.05 + 0.8 * end_at) * right[3]
    middle = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2 + 0.2 * (sag - 0.3) * left[3]
    pen.line((*start, *middle, *end), 255, max(1, round(thick)), joint="curve")
