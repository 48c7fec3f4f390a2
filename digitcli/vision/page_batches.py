"""Drawn pages as an engine takes them: those of one size together."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt

from ..data.lines.line import Mix
from ..data.pages.page import label_map, pages
from ..inference.map_engine import SIZE_STEP
from ..model.spec import MAP_STEP

_SIDE = 256  # pixels: a page's longest side

Pixels = npt.NDArray[np.uint8]
Places = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class DrawnPages:
    """Pages uint8 (n, h, w); the places in the middle of a line, bool (n, h / 4, w / 4)."""

    pictures: Pixels
    inside: Places


def drawn_pages(mix: Mix, count: int, *seed: int) -> list[DrawnPages]:
    """`count` pages in the hands of `mix`, by their sizes, filled up as `MapEngine` does.

    The same seed gives the same pages.
    """
    groups: dict[tuple[int, ...], list[tuple[Pixels, Places]]] = defaultdict(list)
    for page in islice(pages(mix, *seed, side=_SIDE), count):
        picture = _filled(page.picture)
        inside = np.zeros([side // MAP_STEP for side in picture.shape], np.bool_)
        marked = label_map(page) > 0.5
        inside[: marked.shape[0], : marked.shape[1]] = marked
        groups[picture.shape].append((picture, inside))
    made = (zip(*groups[size], strict=True) for size in sorted(groups))
    return [DrawnPages(np.stack(pictures), np.stack(inside)) for pictures, inside in made]


def _filled(picture: Pixels) -> Pixels:
    """With its usual tone on the right and below up to whole sizes."""
    tones = np.sort(picture, axis=None)
    missing = [(0, -side % SIZE_STEP) for side in picture.shape]
    return np.pad(picture, missing, constant_values=tones[(len(tones) - 1) // 2])
