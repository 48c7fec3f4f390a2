"""Digits that are no number any more, or only a part of one: struck out, or with a half behind."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from ..drawn.random_stream import RandomStream
from .hands import Hand, Ink
from .layout import Written
from .sheet import Sheet

_PARTS = ((1, 2), (1, 2), (1, 2), (1, 4), (3, 4))  # over each other
_SMALL = 0.5  # heights: each of their digits


def struck(written: Written, random: RandomStream) -> Written:
    """The same with one to three strokes, or a zigzag, from the first digit to the last."""
    kind, pen, tilt, low, before, behind = random.values(6)
    left = min(box[0] for box in written.boxes)
    right = max(box[0] + box[2] for box in written.boxes)
    high = written.height
    start, end = left - high * (0.3 * before - 0.05), right + high * (0.3 * behind - 0.05)
    middle = written.base - high * (0.35 + 0.3 * low)
    rise = min(0.35 * high, 0.15 * (end - start)) * (2 * tilt - 1)
    if kind < 0.75:
        apart = 0.16 * high
        levels = [middle + apart * k for k in ((0,), (-0.5, 0.5), (-1, 0, 1))[int(4 * kind)]]
        strokes = [(start, level + rise, end, level - rise) for level in levels]
    else:
        turns = random.uniform(4 + int((end - start) / high), 2).tolist()
        points = [
            (start + (end - start) * (k + across) / len(turns), middle + high * (down - 0.5))
            for k, (across, down) in enumerate(turns)
        ]
        strokes = [(*a, *b) for a, b in pairwise(points)]
    sheet = Sheet(*written.ink.shape)
    sheet.lines(strokes, max(1.5, written.thick * (0.6 + 0.8 * pen)), 1.0)
    ink = np.maximum(written.ink, (sheet.dark * 255).astype(np.uint8))
    return replace(written, ink=ink)


def part(written: Written, hand: Hand, random: RandomStream) -> Ink:
    """A half, a quarter or three: one digit above a stroke and one below it, or side by side.

    uint8, as high as a digit.
    """
    which, kind, gap, size, tilt = random.values(5)
    upper, lower = _PARTS[int(which * len(_PARTS))]
    high = written.height
    small = high * _SMALL * (0.85 + 0.3 * size)
    above, below = (hand.ink(digit, small, random) for digit in (upper, lower))
    wide, start = max(above.shape[1], below.shape[1]), high * (0.1 + 0.2 * gap)
    beside = kind < 0.35
    length = start + wide * (2.2 if beside else 1.0) + 0.25 * high
    sheet = Sheet(round(high), round(length) + 2)
    sheet.paste(above, start, 0, 1.0)
    sheet.paste(below, start + wide * 1.1 * beside, round(high) - below.shape[0], 1.0)
    rise = 0.2 * high * (tilt - 0.3)
    bar = (start - 0.1 * high, 0.5 * high + rise, start + wide + 0.1 * high, 0.5 * high - rise)
    if beside:
        bar = (start + 0.4 * wide, 0.95 * high, start + 1.7 * wide, 0.05 * high)
    sheet.lines([bar], max(1.0, written.thick), 1.0)
    return (sheet.dark * 255).astype(np.uint8)
