"""The pixels that taking out ruled lines may change."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]


def near(shape: tuple[int, int], rules: list[tuple[float, ...]]) -> Mask:
    """Pixels that a rule (x0, y0, x1, y1, thickness), drawn twice as thick, covers.

    Each pixel's distance from each rule's segment, one after the other; three pixels more, since a
    rule bends, its edges are soft, and it ends a little behind what was seen of it.
    """
    covered = np.zeros(shape, bool)
    for y in range(shape[0]):
        for x in range(shape[1]):
            covered[y, x] = any(_distance(x, y, rule) <= rule[4] + 3 for rule in rules)
    return covered


def _distance(x: float, y: float, rule: tuple[float, ...]) -> float:
    x0, y0, x1, y1, _ = rule
    along = (x1 - x0) ** 2 + (y1 - y0) ** 2
    share = ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / along if along else 0.0
    share = min(1.0, max(0.0, share))
    return float(np.hypot(x - x0 - share * (x1 - x0), y - y0 - share * (y1 - y0)))
