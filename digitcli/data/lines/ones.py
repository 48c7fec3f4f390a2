"""A 1 of straight strokes: upright or leaning, with or without a stroke upwards before it.

Beside walls, frames and slashes it is what is read wrong most often: benchmarks/LOG.md.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from ..drawn.paper import crop
from ..drawn.random_stream import RandomStream
from .hands import Ink

Point = tuple[float, float]

_FINE = 3
_BARE = 0.55  # of these hands: one stroke alone
_BASE = 0.9  # of them from here on: a stroke below it, too


def straight(height: float, manner: Sequence[float], random: RandomStream) -> Ink:
    """About `height` pixels high: uint8 (h, w), 255 where the pen was, no rim.

    `manner` are four numbers from 0 to 1 that stay in one hand: pen, lean, kind and how long the
    stroke upwards is.
    """
    pen, lean, kind, long = manner
    bow, much, nod = random.values(3)
    thick = max(1.2, height * (0.05 + 0.1 * pen * pen))
    over = height * (0.5 * (lean - 0.4) + 0.08 * (much - 0.5))
    top, foot = (over, 0.0), (0.0, height)
    middle = over / 2 + 0.08 * height * (bow - 0.5), height / 2
    strokes: list[tuple[Point, ...]] = [(top, middle, foot)]
    if kind > _BARE:
        reach = height * (0.15 + 0.45 * long * (0.8 + 0.4 * nod))
        strokes.append(((top[0] - 0.7 * reach, 0.9 * reach), top))
    if kind > _BASE:
        wide = height * (0.15 + 0.2 * long)
        strokes.append(((foot[0] - wide, height), (foot[0] + wide, height)))
    return _drawn(strokes, height, thick)


def _drawn(strokes: Sequence[Sequence[Point]], height: float, thick: float) -> Ink:
    every = np.array([point for stroke in strokes for point in stroke])
    margin = thick + 1
    shift = margin - every[:, 0].min()
    wide = int(np.ceil(every[:, 0].max() + shift + margin))
    sheet = Image.new("L", (wide * _FINE, int(np.ceil(height + 2 * margin)) * _FINE))
    pen = ImageDraw.Draw(sheet)
    for stroke in strokes:
        points = [((x + shift) * _FINE, (y + margin) * _FINE) for x, y in stroke]
        pen.line(points, 255, max(1, round(thick * _FINE)), joint="curve")
    return crop(np.asarray(sheet.reduce(_FINE)))
