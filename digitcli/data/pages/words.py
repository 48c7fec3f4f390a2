"""Writing that is no number: printed words, letters, quick loops of a pen, single strokes."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageDraw

from ..drawn.fonts import installed
from ..drawn.hands import LETTERS
from ..drawn.handwriting import write
from ..drawn.paper import crop
from ..drawn.random_stream import RandomStream
from ..lines.hands import Fonts, Ink, printed
from ..lines.sheet import Sheet
from ..lines.surroundings import made_word
from .pieces import HEIGHT, Piece, Stock, plain_piece

_FINE = 2
_NO_DIGIT_TURNED = (2, 3, 4, 5, 7)  # turned by a quarter or mirrored, these are no digits


def word(stock: Stock, random: RandomStream) -> Piece:
    """A word of any kind."""
    kind = random.values(1)[0]
    if kind < 0.35:
        return printed_word(stock, random)
    return written_word(stock, random)


def printed_word(stock: Stock, random: RandomStream) -> Piece:
    """One or two printed words, or a capital."""
    if not installed():
        return written_word(stock, random)
    return stock.take("print", lambda: _printed(random), random)


def written_word(stock: Stock, random: RandomStream) -> Piece:
    """A word by hand: letters, loops, or strokes of real pens turned until no digit is left."""
    kind = random.values(1)[0]
    if kind < 0.45:
        return stock.take("loops", lambda: _loops(random), random)
    if kind < 0.7:
        return stock.take("letters", lambda: _letters(random), random)
    return stock.take("turned", lambda: _turned(stock, random), random)


def stroke(stock: Stock, random: RandomStream) -> Piece:
    """A dash, a tick, a cross, a bow: what stands in an empty field, or strays there."""
    return stock.take("stroke", lambda: _stroke(random), random)


def cross(stock: Stock, random: RandomStream) -> Piece:
    """A plus or an x, as people tick off what is dealt with."""
    return stock.take("cross", lambda: _cross(random), random)


def _cross(random: RandomStream) -> Piece:
    """Two strokes through one place, at any angle between them that is no digit's."""
    pen, long, turn, skew, off, tail = random.values(6)
    thick, reach = HEIGHT * (0.04 + 0.09 * pen), HEIGHT * (0.3 + 0.25 * long)
    first = math.pi * 0.5 * turn
    second = first + math.pi * (0.35 + 0.3 * skew)
    strokes = []
    for angle, much in ((first, 0.8 + 0.6 * tail), (second, 0.8 + 0.4 * off)):
        x, y = much * reach * math.cos(angle), much * reach * math.sin(angle)
        shift = 0.2 * reach * (off - 0.5)
        strokes.append((2 * HEIGHT - x + shift, 2 * HEIGHT - y, 2 * HEIGHT + x, 2 * HEIGHT + y))
    sheet = Sheet(round(4 * HEIGHT), round(4 * HEIGHT))
    sheet.lines(strokes, thick, 1.0)
    ink = crop((sheet.dark * 255).astype(np.uint8))
    return plain_piece(ink, HEIGHT, float(ink.shape[0]))


def _printed(random: RandomStream) -> Piece:
    font = Fonts().hand(random)
    which, long, upper, two = random.values(4)
    text = made_word(int(10_000 * which), 1 + int(6 * long))
    if two < 0.3:
        text += " " + made_word(int(5_000 * which) + 3, 1 + int(5 * two))
    if upper < 0.25:
        text = text.upper()
    elif upper < 0.45:
        text = text.capitalize()
    ink = printed(font.path, text, font.heavier)
    return plain_piece(ink, 48.0, float(ink.shape[0]) * 0.8)


def _drawn(points: list[tuple[float, float]], size: tuple[float, float], thick: float) -> Ink:
    """A pen's way through `points`, soft at its edges, cropped."""
    wide, high = (math.ceil(length + 2 * thick + 2) * _FINE for length in size)
    sheet = Image.new("L", (wide, high))
    moved = [((x + thick + 1) * _FINE, (y + thick + 1) * _FINE) for x, y in points]
    ImageDraw.Draw(sheet).line(moved, 255, max(1, round(thick * _FINE)), joint="curve")
    return crop(np.asarray(sheet.reduce(_FINE)))


def _loops(random: RandomStream) -> Piece:
    """Joined writing: waves and loops of differing height along a line, as names are signed."""
    long, pen, slant, wild, low, open_ = random.values(6)
    turns = 3 + int(9 * long)
    tall = random.uniform(turns, 4)
    thick = HEIGHT * (0.05 + 0.1 * pen * pen)
    points, x = [], 0.0
    for rise, wide, round_, back in tall.tolist():
        top = HEIGHT * (1.0 if rise < 0.2 else 0.4 + 0.2 * rise * (1 + wild))
        foot = HEIGHT * (0.4 if rise > 0.88 else 0.0) * low
        step = HEIGHT * (0.22 + 0.3 * wide + 0.2 * open_)
        loop = HEIGHT * (0.05 + 0.35 * round_) * (1 if back < 0.75 else -0.6)
        for k in range(8):
            turn = 2 * math.pi * k / 8
            up = 0.5 - 0.5 * math.cos(turn)
            y = top * up - foot * (1 - up)
            points.append((x + step * k / 8 + loop * math.sin(turn) + 0.6 * slant * y, -y))
        x += step
    every = np.array(points)
    low_x, low_y = every.min(axis=0)
    reach = every.max(axis=0) - every.min(axis=0)
    ink = _drawn([(a - low_x, b - low_y) for a, b in points], tuple(reach), thick)
    return plain_piece(ink, HEIGHT, -low_y + thick)


def _row(inks: list[Ink], tops: list[float], gaps: list[float]) -> Piece:
    """Ink side by side on one line; `tops` is how far each rises above the line."""
    base = max(tops) + 1
    high = max(round(base - top) + ink.shape[0] for ink, top in zip(inks, tops, strict=True)) + 1
    sheet = np.zeros(
        (high, sum(ink.shape[1] for ink in inks) + int(sum(map(abs, gaps))) + 2), np.uint8
    )
    x = 0.0
    for ink, top, gap in zip(inks, tops, gaps, strict=True):
        y, left = round(base - top), max(0, round(x))
        part = sheet[y : y + ink.shape[0], left : left + ink.shape[1]]
        np.maximum(part, ink[: part.shape[0], : part.shape[1]], out=part)
        x = left + ink.shape[1] + gap
    return plain_piece(crop(sheet), HEIGHT, base)


def _letters(random: RandomStream) -> Piece:
    """Letters of the project's own strokes, side by side."""
    count, gap, size = random.values(3)
    which = random.below(*[len(LETTERS)] * (1 + int(7 * count)))
    inks, tops = [], []
    for ink, (rise,) in zip(
        write([LETTERS[k] for k in which], random, one_hand=True),
        random.uniform(len(which), 1).tolist(),
        strict=True,
    ):
        cut = Image.fromarray(crop(ink))
        high = HEIGHT * (1.0 if rise < 0.4 else 0.55 + 0.3 * size)
        wide = max(3, round(cut.width * high / max(1, cut.height)))
        wide = min(wide, round(1.6 * HEIGHT))
        inks.append(np.asarray(cut.resize((wide, round(high)), Image.Resampling.BILINEAR)))
        tops.append(high)
    return _row(inks, tops, [HEIGHT * (0.35 * gap - 0.05)] * len(inks))


def _turned(stock: Stock, random: RandomStream) -> Piece:
    """Digits of a real hand, turned by a quarter or mirrored, of uneven height, overlapping."""
    hand = stock.hand(random)
    count, gap, size = random.values(3)
    inks, tops = [], []
    for which, turn, rise in random.uniform(2 + int(6 * count), 3).tolist():
        digit = _NO_DIGIT_TURNED[int(which * len(_NO_DIGIT_TURNED))]
        high = HEIGHT * (1.1 if rise < 0.25 else 0.45 + 0.3 * size)
        ink = hand.ink(digit, high, random)
        ink = ink[:, ::-1] if turn < 0.4 else np.rot90(ink, 1 if turn < 0.7 else 3)
        inks.append(np.ascontiguousarray(ink))
        tops.append(float(ink.shape[0]) - (0.3 * high if rise > 0.9 else 0.0))
    return _row(inks, tops, [HEIGHT * (0.3 * gap - 0.2)] * len(inks))


def _stroke(random: RandomStream) -> Piece:
    """Two to four points of a pen's way, far apart, so that it is no digit."""
    kind, pen, long, lean, bow = random.values(5)
    thick = HEIGHT * (0.05 + 0.1 * pen)
    wide = HEIGHT * (0.4 + 1.2 * long)
    if kind < 0.5:  # a dash, level or leaning a little
        tilt = HEIGHT * 0.4 * (lean - 0.5)
        points = [(0.0, tilt), (wide / 2, HEIGHT * 0.1 * (bow - 0.5)), (wide, -tilt)]
    elif kind < 0.7:  # a tick
        points = [(0.0, 0.5 * HEIGHT), (0.3 * wide, HEIGHT), (wide, 0.0)]
    elif kind < 0.85:  # a cross
        h = HEIGHT * (0.5 + 0.5 * lean)
        points = [(0.0, 0.0), (wide, h), (wide / 2, h / 2), (0.0, h), (wide, 0.0)]
    else:  # a hook or a bow
        points = [(0.0, 0.0), (0.2 * wide, -0.3 * HEIGHT * bow), (wide, 0.1 * HEIGHT * lean)]
    every = np.array(points)
    low = every.min(axis=0)
    reach = every.max(axis=0) - low
    ink = _drawn([(x - low[0], y - low[1]) for x, y in points], tuple(reach), thick)
    return plain_piece(ink, HEIGHT, float(ink.shape[0]) / 2 + 0.3 * HEIGHT)


def without_number(piece: Piece) -> Piece:
    """The same ink, not to be noted as a number: digits inside a sentence, or cut off."""
    return plain_piece(piece.ink, piece.height, piece.base)
