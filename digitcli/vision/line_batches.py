"""Drawn lines as an engine takes them: of one height, those of one width together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt

from ..data.lines.line import Mix, lines
from .line_picture import line_picture
from .lines import MARGIN

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class DrawnLines:
    """Lines of one width: pictures uint8 (n, height, width), 0 is paper; what each says."""

    pictures: Pixels
    texts: tuple[str, ...]


def drawn_lines(
    mix: Mix, count: int, height: int, whole_width: Callable[[int], int], *seed: int
) -> list[DrawnLines]:
    """`count` lines in the hands of `mix`, by their widths, the narrowest first.

    With the margins that `predict` leaves, filled up with paper on the right to what `whole_width`
    makes of a width. The same seed gives the same lines.
    """
    shown = (
        (np.asarray(line_picture(line.picture, height=height).pixels), line.text)
        for line in islice(lines(mix, *seed), count)
    )
    return by_width(shown, whole_width)


def by_width(
    shown: Iterable[tuple[Pixels, str]], whole_width: Callable[[int], int]
) -> list[DrawnLines]:
    """Lines uint8 (height, any width) and their texts, by the width that they are filled up to."""
    groups: dict[int, list[tuple[Pixels, str]]] = defaultdict(list)
    for picture, text in shown:
        own = picture.shape[1] + MARGIN
        whole = whole_width(own + MARGIN)
        groups[whole].append((np.pad(picture, ((0, 0), (MARGIN, whole - own))), text))
    made = (zip(*groups[width], strict=True) for width in sorted(groups))
    return [DrawnLines(np.stack(pictures), tuple(texts)) for pictures, texts in made]
