"""The lines that a network is adapted to, among drawn ones. Processes that draw load no Keras."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ...data.drawn.random_stream import RandomStream
from ...data.lines.line import Mix
from ..lines.batches import BATCHES, Batch, Drawn, batches, draw, fits
from .changes import changed
from .numbers import Ink

SHARE = 0.5  # of each batch that are the new lines


@dataclass(frozen=True, eq=False)
class MixedLines:
    """See `lines.stream.Chunk`: lines of our own, changed at random, among drawn ones.

    `tall` are as `Numbers.tall`; `lines` have their texts.
    """

    lines: tuple[Drawn, ...]
    tall: tuple[Ink, ...]

    def __call__(self, mix: Mix, batch_size: int, *seed: int) -> list[Batch]:
        """`BATCHES` batches."""
        total = BATCHES * batch_size
        own = round(SHARE * total)
        mixed = self.some(own, *seed) + draw(mix, total - own, *seed)
        return batches(mixed, np.random.default_rng(seed))

    def some(self, count: int, *seed: int) -> list[Drawn]:
        """`count` lines: each as often as any other, or once more."""
        random = RandomStream(*seed)
        rounds = -(-count // len(self.lines))
        order = np.concatenate(
            [np.argsort(random.raw(len(self.lines)), kind="stable") for _ in range(rounds)]
        )
        return [self._changed(int(place), random) for place in order[:count]]

    def _changed(self, place: int, random: RandomStream) -> Drawn:
        line = self.lines[place]
        found = replace(line, picture=changed(self.tall[place], random))
        return found if fits(found) else line
