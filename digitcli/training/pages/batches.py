"""Drawn pages as batches of pictures of one size, the same for the same seed.

As with lines, pages come in chunks that can be drawn in any order and in several processes. Inside
a chunk they are sorted by size; the batches are then in a random order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ...data.lines.line import Mix
from ...data.pages.page import STEP, Page, label_map, pages
from ..lines.batches import BATCHES

SIDES = (64, 128, 192, 288)  # pixels: few sizes, so that few have to be compiled
SIDE = SIDES[-1]


class Batch(NamedTuple):
    """Pictures uint8 (n, h, w), and uint8 (n, h / 4, w / 4): 255 in the middle of a line, else 0.

    Smaller pictures are filled up with their usual tone on the right and below, as `MapEngine`
    does.
    """

    pictures: npt.NDArray[np.uint8]
    maps: npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Drawn:
    """A page uint8 (h, w), and its map uint8 (h // 4, w // 4)."""

    picture: npt.NDArray[np.uint8]
    map: npt.NDArray[np.uint8]


def draw(mix: Mix, count: int, *seed: int) -> list[Drawn]:
    """`count` pages up to SIDE pixels high and wide."""
    return [_drawn(page) for page in islice(pages(mix, *seed, side=SIDE), count)]


def _drawn(page: Page) -> Drawn:
    return Drawn(page.picture, (label_map(page) * 255).astype(np.uint8))


def chunk(mix: Mix, batch_size: int, *seed: int) -> list[Batch]:
    """`BATCHES` batches of pages drawn with `seed`."""
    drawn = by_size(draw(mix, BATCHES * batch_size, *seed))
    parts = [drawn[at : at + batch_size] for at in range(0, len(drawn), batch_size)]
    order = np.random.default_rng(seed).permutation(len(parts))
    return [batch(parts[place]) for place in order]


def by_size(drawn: Sequence[Drawn]) -> list[Drawn]:
    """Pages of like height and width beside each other."""
    return sorted(drawn, key=lambda page: [whole(side) for side in page.picture.shape])


def whole(side: int) -> int:
    """The least of SIDES that a page's side fits into."""
    return next(length for length in SIDES if length >= side)


def batch(drawn: Sequence[Drawn]) -> Batch:
    """Pages in pictures of one size."""
    height, width = (whole(max(page.picture.shape[axis] for page in drawn)) for axis in (0, 1))
    pictures = np.empty((len(drawn), height, width), np.uint8)
    maps = np.zeros((len(drawn), height // STEP, width // STEP), np.uint8)
    for row, page in enumerate(drawn):
        (high, wide), (rows, columns) = page.picture.shape, page.map.shape
        tones = np.sort(page.picture, axis=None)
        pictures[row] = tones[(len(tones) - 1) // 2]
        pictures[row, :high, :wide] = page.picture
        maps[row, :rows, :columns] = page.map
    return Batch(pictures, maps)
