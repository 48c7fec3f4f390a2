"""From the notation of `strokes` to the points where the pen touches the paper."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from .random_stream import Floats
from .strokes import Glyph

SAMPLES = 80  # points per digit at which the pen touches the paper
MAX_POINTS = 16  # control points of the richest glyph


@dataclass(frozen=True)
class Pen:
    """A glyph as a linear map from its control points to points on the curve.

    `control` float64 (c, 2), centred, height about 1; `loose` float64 (c, 1), how freely a point
    moves; sample k is the sum over j of weights[k, j] * control[index[k, j]], j = 0..3.
    """

    control: Floats
    loose: Floats
    index: npt.NDArray[np.int64]
    weights: Floats


@cache
def pen_of(glyph: Glyph, samples: int = SAMPLES) -> Pen:
    """The points where the pen touches the paper, at even steps along all strokes together."""
    places: list[tuple[float, float]] = []
    spans: list[tuple[int, int, int, int]] = []  # control points of each piece of curve
    ends: set[int] = set()
    for stroke in glyph.strokes.split("|"):
        line: list[int] = []
        for word in stroke.split():
            x, y = map(float, word.rstrip("!").split(","))
            if (x, y) not in places:
                places.append((x, y))
            line += [places.index((x, y))] * (2 if word.endswith("!") else 1)
        ends |= {line[0], line[-1]}
        line = [line[0], *line, line[-1]]
        spans += [s for s in zip(line, line[1:], line[2:], line[3:], strict=False) if s[1] != s[2]]
    steps = _steps([math.dist(places[b], places[c]) for _, b, c, _ in spans], samples)
    touches = [(span, t) for span, times in zip(spans, steps, strict=True) for t in times]
    control = np.array(places)
    middle = (control.min(axis=0) + control.max(axis=0)) / 2
    return Pen(
        control=(control - middle) / 100,
        loose=np.array([[1.6 if i in ends else 1.0] for i in range(len(places))]),
        index=np.array([span for span, _ in touches]),
        weights=np.array([_catmull_rom(t) for _, t in touches]),
    )


def _steps(lengths: list[float], samples: int) -> list[list[float]]:
    """Spread `samples` over pieces of curve by length: for each piece its times in [0, 1]."""
    total = sum(lengths)
    counts = [max(1, int(samples * length / total)) for length in lengths]
    counts[lengths.index(max(lengths))] += samples - sum(counts)
    return [[(k + 0.5) / count for k in range(count)] for count in counts]


def _catmull_rom(t: float) -> tuple[float, float, float, float]:
    """Weights of four control points at time t between the second and the third."""
    return (
        0.5 * t * (t * (2 - t) - 1),
        0.5 * (t * t * (3 * t - 5) + 2),
        0.5 * t * (t * (4 - 3 * t) + 1),
        0.5 * t * t * (t - 1),
    )


def trace(pen: Pen, jitter: Floats, bend: Floats) -> Floats:
    """Move the control points of one glyph and follow the curve: float64 (n, samples, 2)."""
    control = pen.control + jitter[:, : len(pen.control)] * pen.loose
    x, y = control[..., :1], control[..., 1:]
    # A random quadratic-to-cubic warp of the paper, which bends all strokes alike.
    for k, term in enumerate((x * y, x * x, y * y, x * y * y, y * y * y)):
        control = control + bend[:, None, k] * term
    points = np.zeros((len(control), len(pen.index), 2))
    for j in range(4):
        points += pen.weights[:, j, None] * control[:, pen.index[:, j]]
    return points
