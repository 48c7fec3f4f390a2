"""Digits that digitcli draws itself: jittered pen strokes, made into pictures as MNIST was.

The same seed gives the same bytes on every machine: random numbers are the raw output of PCG64,
and the arithmetic is single additions, multiplications and divisions, which IEEE 754 rounds the
same way everywhere (no sin, no exp, no matrix product, no long floating-point sum).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .catalog import SPLITS, SYNTHETIC
from .idx import write_idx
from .strokes import GLYPHS, Glyph

Floats = npt.NDArray[np.float64]
Images = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.uint8]

SEED = 20260  # of the training pictures; the test pictures use the next one
BOX = 20  # a digit is scaled into 20 x 20 pixels ...
SIDE = 28  # ... and placed in 28 x 28 by its centre of mass
SAMPLES = 80  # points per digit at which the pen touches the paper
MAX_POINTS = 16  # control points of the richest glyph
CHUNK = 250  # pictures per step of the painter: 250 x 20 x 20 floats stay in the L2 cache


def write(folder: Path) -> None:
    """Draw the data set `synthetic` into `folder`, as four IDX files that the catalogue names."""
    for number, split in enumerate(SPLITS):
        images, labels = draw(SYNTHETIC.counts[split], seed=SEED + number)
        for kind, array in (("images", images), ("labels", labels)):
            file = next(file for file in SYNTHETIC.files if file.role == f"{split}-{kind}")
            write_idx(folder / file.forms[0].name, array)


def draw(count: int, seed: int) -> tuple[Images, Labels]:
    """Draw `count` digits: images uint8 (count, 28, 28), labels uint8 (count,), shuffled.

    Every class appears count / 10 times, rounded up or down.
    """
    random = _Stream(seed)
    order = np.argsort(random.raw(count), kind="stable")
    labels = (order % 10).astype(np.uint8)
    points, radius = _write(labels, random)
    images = np.empty((count, SIDE, SIDE), dtype=np.uint8)
    for start in range(0, count, CHUNK):
        part = slice(start, start + CHUNK)
        images[part] = _centre(_paint(points[part], radius[part], random))
    return images, labels


class _Stream:
    """Random numbers that no NumPy release may change (NEP 19 fixes the raw bits of PCG64)."""

    def __init__(self, seed: int) -> None:
        self._bits = np.random.PCG64(seed)

    def raw(self, *shape: int) -> npt.NDArray[np.uint64]:
        """Uniform 64-bit integers."""
        return self._bits.random_raw(math.prod(shape)).reshape(shape)

    def uniform(self, *shape: int) -> Floats:
        """Uniform in [0, 1), float64."""
        return (self.raw(*shape) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def bell(self, *shape: int) -> Floats:
        """Nearly Gaussian, mean 0, deviation 1, never beyond 3: three uniforms added."""
        a, b, c = self.uniform(3, *shape)
        total: Floats = a + b + c
        return (total - 1.5) * 2.0


@dataclass(frozen=True)
class _Pen:
    """A glyph as a linear map from its control points to `SAMPLES` points on the curve.

    `control` float64 (c, 2), centred, height about 1; `loose` float64 (c, 1), how freely a point
    moves; sample k is the sum over j of weights[k, j] * control[index[k, j]], j = 0..3.
    """

    control: Floats
    loose: Floats
    index: npt.NDArray[np.int64]
    weights: Floats


@cache
def _pen(glyph: Glyph) -> _Pen:
    """Work out where the pen touches the paper, at even steps along all strokes together."""
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
    steps = _steps([math.dist(places[b], places[c]) for _, b, c, _ in spans])
    samples = [(span, t) for span, times in zip(spans, steps, strict=True) for t in times]
    control = np.array(places)
    middle = (control.min(axis=0) + control.max(axis=0)) / 2
    return _Pen(
        control=(control - middle) / 100,
        loose=np.array([[1.6 if i in ends else 1.0] for i in range(len(places))]),
        index=np.array([span for span, _ in samples]),
        weights=np.array([_catmull_rom(t) for _, t in samples]),
    )


def _steps(lengths: list[float]) -> list[list[float]]:
    """Spread `SAMPLES` over pieces of curve by length: for each piece its times in [0, 1]."""
    total = sum(lengths)
    counts = [max(1, int(SAMPLES * length / total)) for length in lengths]
    counts[lengths.index(max(lengths))] += SAMPLES - sum(counts)
    return [[(k + 0.5) / count for k in range(count)] for count in counts]


def _catmull_rom(t: float) -> tuple[float, float, float, float]:
    """Weights of four control points at time t between the second and the third."""
    return (
        0.5 * t * (t * (2 - t) - 1),
        0.5 * (t * t * (3 * t - 5) + 2),
        0.5 * t * (t * (4 - 3 * t) + 1),
        0.5 * t * t * (t - 1),
    )


def _write(labels: Labels, random: _Stream) -> tuple[Floats, Floats]:
    """Choose glyph, hand and pen of each digit.

    Returns the points of the pen in pixels of the 20 x 20 box, float64 (n, SAMPLES, 2), and the
    pen's radius at each of them, float64 (n, SAMPLES).
    """
    n = len(labels)
    taste = random.uniform(n)
    jitter = random.bell(n, MAX_POINTS, 2) * 0.028
    bend = random.bell(n, 5, 2) * np.array([0.2, 0.2, 0.2, 0.3, 0.3])[:, None]
    points = np.empty((n, SAMPLES, 2))
    for digit, glyphs in GLYPHS.items():
        weights = np.cumsum([glyph.weight for glyph in glyphs])
        variant = np.searchsorted(weights, taste * weights[-1], side="right")
        for number, glyph in enumerate(glyphs):
            who = np.flatnonzero((labels == digit) & (variant == number))
            points[who] = _trace(_pen(glyph), jitter[who], bend[who])
    points = _hand(points, random.bell(n, 3))
    radius = _pressure(random.uniform(n, 2), random.bell(n, 2))
    return _fit(points, radius), radius


def _trace(pen: _Pen, jitter: Floats, bend: Floats) -> Floats:
    """Move the control points of one glyph and follow the curve: float64 (n, SAMPLES, 2)."""
    control = pen.control + jitter[:, : len(pen.control)] * pen.loose
    x, y = control[..., :1], control[..., 1:]
    # A random quadratic-to-cubic warp of the paper: a bent hand, not a bent letter.
    for k, term in enumerate((x * y, x * x, y * y, x * y * y, y * y * y)):
        control = control + bend[:, None, k] * term
    points = np.zeros((len(control), SAMPLES, 2))
    for j in range(4):
        points += pen.weights[:, j, None] * control[:, pen.index[:, j]]
    return points


def _hand(points: Floats, moves: Floats) -> Floats:
    """Stretch, slant and turn each digit; `moves` is bell-shaped, (n, 3)."""
    stretch, slant, turn = (moves[:, k, None] for k in range(3))
    x, y = points[..., 0], points[..., 1]
    x = x * (1.14 + 0.2 * stretch)
    x = x - (0.14 + 0.22 * slant) * y
    half = 0.055 * turn  # tangent of half the angle: rational, so exact everywhere
    cosine = (1 - half * half) / (1 + half * half)
    sine = 2 * half / (1 + half * half)
    return np.stack([x * cosine - y * sine, x * sine + y * cosine], axis=-1)


def _pressure(width: Floats, change: Floats) -> Floats:
    """The pen's radius in pixels along the digit, float64 (n, SAMPLES)."""
    base = 0.9 + 1.3 * width[:, :1] * (0.4 + 0.6 * width[:, 1:])
    along = np.arange(SAMPLES) / (SAMPLES - 1) - 0.5
    wave = change[:, :1] * 0.16 * along + change[:, 1:] * 0.35 * (along * along - 1 / 12)
    return base * (1.0 + wave)


def _fit(points: Floats, radius: Floats) -> Floats:
    """Scale and move each digit, ink included, into the 20 x 20 box; its aspect ratio stays."""
    reach = radius.max(axis=1)[:, None]
    low, high = points.min(axis=1), points.max(axis=1)
    scale = (BOX - 2 * reach) / (high - low).max(axis=1, keepdims=True)
    fitted: Floats = (points - ((low + high) / 2)[:, None]) * scale[:, None] + BOX / 2
    return fitted


def _paint(points: Floats, radius: Floats, random: _Stream) -> Images:
    """Paint the ink of each digit with soft edges: uint8 (n, 20, 20).

    A pixel's coverage follows from its power distance to the nearest touch of the pen,
    min over touches of (distance^2 - radius^2): negative inside the ink, slope 2 radius at its rim.
    """
    n = len(points)
    centres = np.arange(BOX) + 0.5
    across = ((points[:, :, :1] - centres) ** 2).astype(np.float32)
    down = ((points[:, :, 1:] - centres) ** 2 - (radius**2)[..., None]).astype(np.float32)
    power = np.full((n, BOX, BOX), np.inf, dtype=np.float32)
    for k in range(SAMPLES):
        np.minimum(power, down[:, k, :, None] + across[:, k, None, :], out=power)
    grain = random.uniform(n, BOX, BOX).astype(np.float32) - np.float32(0.5)
    softness = 0.85 + 0.6 * random.uniform(n, 1, 1)
    slope = (-1 / (2 * radius.min(axis=1)[:, None, None] * softness)).astype(np.float32)
    coverage = power * slope + grain * np.float32(0.3) + np.float32(0.5)
    grey: Images = (np.clip(coverage, 0, 1) * np.float32(255) + np.float32(0.5)).astype(np.uint8)
    return grey


def _centre(boxes: Images) -> Images:
    """Place each 20 x 20 box in 28 x 28 so that its centre of mass falls into pixel 14, 14.

    That is where MNIST has it: between 14 and 15, counted from the edge, half a pixel off the
    middle, as can be measured in its files.
    """
    n = len(boxes)
    ink = boxes.astype(np.int64)
    mass = ink.sum(axis=(1, 2))
    place = []
    for axis in (1, 2):  # rows, then columns; whole pixels and integer sums, as exact as it gets
        line = ink.sum(axis=3 - axis)
        centre = (line * (2 * np.arange(BOX) + 1)).sum(axis=1) // 2 // mass
        place.append(np.clip(SIDE // 2 - centre, 0, SIDE - BOX)[:, None] + np.arange(BOX))
    images = np.zeros((n, SIDE, SIDE), dtype=np.uint8)
    images[np.arange(n)[:, None, None], place[0][:, :, None], place[1][:, None, :]] = boxes
    return images
