"""Drawn lines as batches of pictures of one width, the same for the same seed.

Lines come in chunks: each has a seed of its own, so that chunks can be drawn in any order and in
several processes, and a resumed run draws only what is left. Inside a chunk lines are sorted by
width; the batches are then in a random order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ...data.lines.line import Mix, lines
from ...signs import SIGNS
from ...vision.line_picture import HEIGHT, line_picture

BATCHES = 16  # in a chunk
WIDTH_STEP = 64  # pixels: so that few widths have to be compiled
MOST_WIDTH = 704  # pixels: wider lines are not learnt from
MOST_SIGNS = 24  # in a line
_MARGIN = 16  # pixels of paper that a line has on both sides together, at least
_COLUMN = 4  # pixels for each column of the network

NUMBER_OF = {sign: number for number, sign in enumerate(SIGNS)}


class Batch(NamedTuple):
    """Pictures uint8 (n, HEIGHT, width), 0 is paper; their signs int32 (n, MOST_SIGNS), filled up
    with 0; how many there are, int32 (n,)."""

    pictures: npt.NDArray[np.uint8]
    signs: npt.NDArray[np.int32]
    lengths: npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Drawn:
    """A line as the network is shown it, uint8 (HEIGHT, width), and its text."""

    picture: npt.NDArray[np.uint8]
    text: str


def draw(mix: Mix, count: int, *seed: int) -> list[Drawn]:
    """`count` lines that fit into a batch."""
    fitting = (one for one in _shown(mix, seed) if fits(one))
    return list(islice(fitting, count))


def _shown(mix: Mix, seed: Sequence[int]) -> Iterator[Drawn]:
    for line in lines(mix, *seed):
        yield Drawn(np.asarray(line_picture(line.picture).pixels), line.text)


def fits(line: Drawn) -> bool:
    """Whether CTC can spell it: a column for each sign, and a blank between two that are equal."""
    width, text = line.picture.shape[1], line.text
    twice = sum(one == other for one, other in pairwise(text))
    columns = width // _COLUMN - 2
    return bool(width + _MARGIN <= MOST_WIDTH and len(text) + twice <= min(columns, MOST_SIGNS))


def chunk(mix: Mix, batch_size: int, *seed: int) -> list[Batch]:
    """`BATCHES` batches of lines drawn with `seed`."""
    return batches(draw(mix, BATCHES * batch_size, *seed), np.random.default_rng(seed))


def batches(drawn: Sequence[Drawn], random: np.random.Generator) -> list[Batch]:
    """`BATCHES` batches of lines of like width, in a random order."""
    widths = np.array([line.picture.shape[1] for line in drawn])
    order = np.argsort(widths, kind="stable").reshape(BATCHES, -1)
    return [batch([drawn[place] for place in part], random) for part in random.permutation(order)]


def by_width(drawn: Sequence[Drawn], size: int) -> Iterator[Batch]:
    """All lines in batches of `size`, the last one smaller, of like width; always the same."""
    random = np.random.default_rng(0)
    order = sorted(drawn, key=lambda line: line.picture.shape[1])
    for at in range(0, len(order), size):
        yield batch(order[at : at + size], random)


def batch(drawn: Sequence[Drawn], random: np.random.Generator) -> Batch:
    """Lines side by side in pictures of one width, each at a random place on its paper."""
    widest = max(line.picture.shape[1] for line in drawn) + _MARGIN
    width = WIDTH_STEP * -(-widest // WIDTH_STEP)
    pictures = np.zeros((len(drawn), HEIGHT, width), np.uint8)
    signs = np.zeros((len(drawn), MOST_SIGNS), np.int32)
    for row, line in enumerate(drawn):
        wide = line.picture.shape[1]
        left = int(random.integers(0, width - wide + 1))
        pictures[row, :, left : left + wide] = line.picture
        signs[row, : len(line.text)] = [NUMBER_OF[sign] for sign in line.text]
    return Batch(pictures, signs, np.array([len(line.text) for line in drawn], np.int32))
