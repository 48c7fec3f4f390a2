"""A line as its writer, or a camera, might have made it another time."""

from __future__ import annotations

import numpy as np

from ...data.drawn.random_stream import RandomStream
from ...data.lines.capture import through_a_lens
from ...data.lines.warp import moved
from ...vision.line_picture import line_picture
from .numbers import TALL, Ink

_DIGITS = 0.7 * TALL  # pixels: their height in a line, about
_AS_IT_IS = 0.15  # of all lines
_MOVED = 0.7  # of the others
_LEAN, _STRETCH = 0.4, 0.6  # of the most that drawn lines lean and are stretched
_SEEN = 0.4  # of the others
_CUT, _ROOM = 0.05, 0.25  # heights: the most that each side loses, or gains


def changed(tall: Ink, random: RandomStream) -> Ink:
    """A line TALL pixels high, changed at random, as the network is shown it: uint8 (HEIGHT, w)."""
    same, move, lean, stretch, bend, seen = random.values(6)
    line = tall
    if same > _AS_IT_IS:
        if move < _MOVED:
            amounts = (_about_none(lean, _LEAN), _about_none(stretch, _STRETCH), bend)
            line = moved(line, (TALL + _DIGITS) / 2, _DIGITS, amounts, random)
        line = _cropped(line, random)
    grey = 255 - line
    if same > _AS_IT_IS and seen < _SEEN:
        grey = through_a_lens(grey, random)
    return np.asarray(line_picture(grey).pixels)


def _about_none(amount: float, most: float) -> float:
    return 0.5 + most * (amount - 0.5)


def _cropped(line: Ink, random: RandomStream) -> Ink:
    """Less, or more paper on each side."""
    each = random.values(8)
    lengths = [
        round(TALL * (-_CUT * size if kind < 0.3 else _ROOM * size * size))
        for kind, size in zip(each[::2], each[1::2], strict=True)
    ]
    added = [max(0, length) for length in lengths]
    top, foot, left, right = (max(0, -length) for length in lengths)
    rows, columns = line.shape
    kept = line[top : rows - foot, left : max(left + 1, columns - right)]
    return np.pad(kept, ((added[0], added[1]), (added[2], added[3])))
