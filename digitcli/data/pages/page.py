"""Pages without end: a grey picture, and each line of digits in it."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from ..drawn.random_stream import RandomStream
from ..lines.capture import Picture
from ..lines.line import Mix
from . import crops, registers, scenes
from .canvas import Canvas, Number
from .photograph import photographed
from .pieces import Stock

STEP = 4  # pixels of a page for each place of its map
MIDDLE = 0.6  # share of a line's height that counts as its inside


@dataclass(frozen=True, eq=False)
class Page:
    """A grey picture uint8 (h, w), and the lines of digits that stand in it."""

    picture: Picture
    numbers: tuple[Number, ...]


Scene = Callable[[Stock, float, int, RandomStream], Canvas]
_SCENES: tuple[tuple[Scene, float], ...] = (
    (scenes.table, 20),
    (scenes.squares, 26),
    (scenes.form, 14),
    (scenes.letter, 14),
    (registers.register, 15),
    (scenes.heap, 26),
)
_ENDS = tuple(accumulate(often for _, often in _SCENES))
_CROPS = 0.3  # how often a page is one number, cropped
HEIGHTS = 10.0, 56.0  # pixels of digits on most pages
LEARNT = 8.0, 68.0  # pixels: lines lower or higher than that are found at another scale
_OTHER_SCALES = 0.18  # how often a page's digits are outside LEARNT


def pages(mix: Mix, *seed: int, side: int = 288) -> Iterator[Page]:
    """Pages up to `side` pixels high and wide; the same seed gives the same ones."""
    random, stock = RandomStream(*seed), Stock(mix)
    while True:
        yield page(stock, side, random)


def page(stock: Stock, side: int, random: RandomStream) -> Page:
    """One page of any kind."""
    kind, which, size, turned, scale = random.values(5)
    low, high = HEIGHTS
    if scale < _OTHER_SCALES:
        low, high = (4.0, 7.0) if scale < _OTHER_SCALES / 4 else (75.0, 260.0)
    height = low * (high / low) ** size
    if kind < _CROPS:
        canvas = crops.crop(stock, max(12.0, height), random)
        turned = 1 - turned * 0.4
    else:
        scene = _SCENES[bisect_right(_ENDS, which * _ENDS[-1])][0]
        canvas = scene(stock, height, side, random)
        scenes.ground(canvas, random)
    picture, numbers = photographed(canvas, random, turned < 0.7)
    return Page(picture[:side, :side], tuple(numbers))


def label_map(page: Page) -> npt.NDArray[np.float32]:
    """float32 (h // 4, w // 4): how much of each place lies in the middle of a line, 0 to 1.

    Lines whose height is outside LEARNT are left out.
    """
    rows, columns = page.picture.shape
    sheet = Image.new("L", (columns // STEP * STEP, rows // STEP * STEP))
    pen = ImageDraw.Draw(sheet)
    for number in page.numbers:
        if not LEARNT[0] <= math.dist(number.corners[0], number.corners[3]) <= LEARNT[1]:
            continue
        pen.polygon([tuple(corner) for corner in (middle_of(number.corners) - 0.5).tolist()], 255)
    return np.asarray(sheet.reduce(STEP), np.float32) / np.float32(255)


def middle_of(corners: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The corners of the middle `MIDDLE` of a line's height."""
    cut = (1 - MIDDLE) / 2
    down = corners[[3, 2]] - corners[[0, 1]]
    upper = corners[[0, 1]] + cut * down
    lower = corners[[3, 2]] - cut * down
    return np.stack([upper[0], upper[1], lower[1], lower[0]])
