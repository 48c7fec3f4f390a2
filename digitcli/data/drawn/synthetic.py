"""Digits that digitcli draws itself: jittered pen strokes, made into pictures as MNIST was.

The same seed gives the same bytes on every machine: random numbers are the raw output of PCG64,
and the arithmetic is single additions, multiplications and divisions, which IEEE 754 rounds the
same way everywhere (no sin, no exp, no matrix product, no long floating-point sum).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..catalog import SPLITS, SYNTHETIC
from ..idx import write_idx
from ..sets.dataset import SplitName
from .pen import MAX_POINTS, SAMPLES, pen_of, trace
from .random_stream import Floats, RandomStream
from .strokes import GLYPHS

Images = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.uint8]

SEED = 20260  # of the training pictures; the test pictures use the next one
BOX = 20  # a digit is scaled into 20 x 20 pixels ...
SIDE = 28  # ... and placed in 28 x 28 by its centre of mass
CHUNK = 250  # pictures per step of the painter: 250 x 20 x 20 floats stay in the L2 cache


def write(folder: Path) -> None:
    """Draw the data set `synthetic` into `folder`, as four IDX files that the catalogue names."""
    for split in SPLITS:
        images, labels = draw_split(split)
        for kind, array in (("images", images), ("labels", labels)):
            file = next(file for file in SYNTHETIC.files if file.role == f"{split}-{kind}")
            write_idx(folder / file.forms[0].name, array)


def draw_split(split: SplitName) -> tuple[Images, Labels]:
    """One split of the data set `synthetic`, as `draw` gives it."""
    return draw(SYNTHETIC.counts[split], seed=SEED + SPLITS.index(split))


def draw(count: int, seed: int) -> tuple[Images, Labels]:
    """Draw `count` digits: images uint8 (count, 28, 28), labels uint8 (count,), shuffled.

    Every class appears count / 10 times, rounded up or down.
    """
    random = RandomStream(seed)
    order = np.argsort(random.raw(count), kind="stable")
    labels = (order % 10).astype(np.uint8)
    points, radius = _write(labels, random)
    images = np.empty((count, SIDE, SIDE), dtype=np.uint8)
    for start in range(0, count, CHUNK):
        part = slice(start, start + CHUNK)
        images[part] = _centre(_paint(points[part], radius[part], random))
    return images, labels


def _write(labels: Labels, random: RandomStream) -> tuple[Floats, Floats]:
    """Choose glyph, hand and pen of each digit.

    Returns the points of the pen in pixels of the 20 x 20 box, float64 (n, SAMPLES, 2), and the
    pen's radius at each of them, float64 (n, SAMPLES).
    """
    n = len(labels)
    quantile = random.uniform(n)
    jitter = random.bell(n, MAX_POINTS, 2) * 0.028
    bend = random.bell(n, 5, 2) * np.array([0.2, 0.2, 0.2, 0.3, 0.3])[:, None]
    points = np.empty((n, SAMPLES, 2))
    for digit, glyphs in GLYPHS.items():
        weights = np.cumsum([glyph.weight for glyph in glyphs])
        variant = np.searchsorted(weights, quantile * weights[-1], side="right")
        for number, glyph in enumerate(glyphs):
            who = np.flatnonzero((labels == digit) & (variant == number))
            points[who] = trace(pen_of(glyph), jitter[who], bend[who])
    points = _hand(points, random.bell(n, 3))
    radius = _pressure(random.uniform(n, 2), random.bell(n, 2))
    return _fit(points, radius), radius


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


def _paint(points: Floats, radius: Floats, random: RandomStream) -> Images:
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
