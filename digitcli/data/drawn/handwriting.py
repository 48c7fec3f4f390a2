"""Drawn handwriting to train on: the source `strokes` of `digitcli train --data`.

It varies more than the data set `synthetic`, which must not change: European digits, thin and thick
pens, narrow, wide and slanted writing. The ink is the same on every machine, as
`synthetic` explains.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from .drawn_picture import DrawnPicture, Picture
from .hands import DIGITS
from .paper import scan
from .pen import MAX_POINTS, pen_of, trace
from .random_stream import Floats, RandomStream
from .strokes import Glyph

SIDE = 44  # pixels of a sheet
SPAN = 40  # pixels of the ink's longer side: twice MNIST's, so that the pen is round
TOUCHES = 120  # discs of ink along a digit: the longest stroke shows no gap between them
CHUNK = 64  # pictures per step of the painter


def draw(count: int, *seed: int) -> Iterator[DrawnPicture]:
    """`count` pictures of digits, every class as often as any other, in random order."""
    random = RandomStream(*seed)
    labels = np.argsort(random.raw(count), kind="stable") % 10
    for start in range(0, count, CHUNK):
        part = labels[start : start + CHUNK].tolist()
        for label, ink in zip(part, write(choose(part, random), random), strict=True):
            yield DrawnPicture(scan(ink, random), label, str(label))


def choose(digits: Sequence[int], random: RandomStream) -> list[Glyph]:
    """A way to write each of `digits`, as common as its weight says."""
    quantiles = random.values(len(digits))
    return [pick(DIGITS[digit], place) for digit, place in zip(digits, quantiles, strict=True)]


def pick(glyphs: Sequence[Glyph], quantile: float) -> Glyph:
    """The glyph at `quantile`, 0 to below 1, of the distribution that their weights make."""
    ends = np.cumsum([glyph.weight for glyph in glyphs])
    return glyphs[int(np.searchsorted(ends, quantile * ends[-1], side="right"))]


def write(glyphs: Sequence[Glyph], random: RandomStream, one_hand: bool = False) -> Picture:
    """Draw each glyph with a slant, a width and a pen of its own: uint8 (n, 44, 44), 255 full ink.

    With `one_hand` all share those of the first.
    """
    count = len(glyphs)
    care = 0.012 + 0.03 * random.uniform(count, 1, 1)
    jitter = random.bell(count, MAX_POINTS, 2) * care
    bend = random.bell(count, 5, 2) * np.array([0.2, 0.2, 0.2, 0.3, 0.3])[:, None]
    points = np.empty((count, TOUCHES, 2))
    for glyph in dict.fromkeys(glyphs):
        who = [place for place, other in enumerate(glyphs) if other is glyph]
        points[who] = trace(pen_of(glyph, TOUCHES), jitter[who], bend[who])
    pens, wear, hands = random.uniform(count, 2), random.bell(count, 2), random.uniform(count, 3)
    if one_hand:
        pens, hands = pens[[0] * count], hands[[0] * count]
    radius, hand = _pens(pens, wear), _hands(points, hands)
    return paint(_fit(hand, radius), radius)


def _hands(points: Floats, uniform: Floats) -> Floats:
    """Stretch (0.65 to 1.6 times as wide), slant and turn each digit, by `uniform` (n, 3)."""
    stretch, slant, turn = (uniform[:, k, None] for k in range(3))
    x, y = points[..., 0], points[..., 1]
    x = x * (0.65 + stretch * (0.6 + 0.35 * stretch))
    x = x - (0.85 * slant - 0.25) * y
    half = 0.2 * turn - 0.1  # tangent of half the angle: rational, so exact everywhere
    cosine = (1 - half * half) / (1 + half * half)
    sine = 2 * half / (1 + half * half)
    return np.stack([x * cosine - y * sine, x * sine + y * cosine], axis=-1)


def _pens(uniform: Floats, change: Floats) -> Floats:
    """Radius in pixels along each digit, float64 (n, TOUCHES): needle, ball pen or marker."""
    kind, width = uniform[:, :1], uniform[:, 1:]
    base = np.where(
        kind < 0.2,
        0.8 + 0.6 * width,
        np.where(kind < 0.8, 1.3 + 1.3 * width, 2.4 + 2.0 * width),
    )
    along = np.arange(TOUCHES) / (TOUCHES - 1) - 0.5
    wave = change[:, :1] * 0.2 * along + change[:, 1:] * 0.4 * (along * along - 1 / 12)
    return np.maximum(base * (1.0 + wave), 0.7)


def _fit(points: Floats, radius: Floats) -> Floats:
    """Scale and move each digit, ink included, to the middle of its sheet; proportions stay."""
    reach = radius.max(axis=1)[:, None]
    low, high = points.min(axis=1), points.max(axis=1)
    scale = (SPAN - 2 * reach) / (high - low).max(axis=1, keepdims=True)
    fitted: Floats = (points - ((low + high) / 2)[:, None]) * scale[:, None] + SIDE / 2
    return fitted


def paint(points: Floats, radius: Floats) -> Picture:
    """Ink of pens that touch `points` (n, t, 2): uint8 (n, 44, 44), edges one pixel soft.

    As in `synthetic`, coverage follows from the power distance, distance^2 - radius^2, whose slope
    at the rim is 2 radius.
    """
    centres = np.arange(SIDE) + 0.5
    across: npt.NDArray[np.float32] = ((points[:, :, :1] - centres) ** 2).astype(np.float32)
    down = ((points[:, :, 1:] - centres) ** 2 - (radius**2)[..., None]).astype(np.float32)
    power = np.full((len(points), SIDE, SIDE), np.inf, dtype=np.float32)
    touched = np.empty_like(power)  # in place: fresh memory costs more than the sum
    for touch in range(points.shape[1]):
        np.add(down[:, touch, :, None], across[:, touch, None, :], out=touched)
        np.minimum(power, touched, out=power)
    slope = (-1 / (2 * radius.min(axis=1)[:, None, None])).astype(np.float32)
    coverage = np.clip(power * slope + np.float32(0.5), 0, 1)
    ink: Picture = (coverage * np.float32(255) + np.float32(0.5)).astype(np.uint8)
    return ink
