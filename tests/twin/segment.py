"""Slow segmentation: flood fill, and the cheapest way through ink by trying every step."""

from __future__ import annotations

import numpy as np


def components(mask: np.ndarray) -> list[tuple[tuple[int, int, int, int], int]]:
    """Box (x, y, width, height) and area of each connected part, corners included, by flood."""
    left = {(int(y), int(x)) for y, x in np.argwhere(mask)}
    found = []
    while left:
        waiting = [left.pop()]
        inside = []
        while waiting:
            y, x = waiting.pop()
            inside.append((y, x))
            around = {(y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)} & left
            left -= around
            waiting += around
        ys, xs = zip(*inside, strict=True)
        box = min(xs), min(ys), max(xs) - min(xs) + 1, max(ys) - min(ys) + 1
        found.append((box, len(inside)))
    return sorted(found)


def cheapest_way(ink: np.ndarray, column: int, reach: int, ends: int) -> float:
    """What the cheapest upright way through `ink`, 0 to 255 and all one component, costs.

    It stays within `reach` columns of `column`, and within `ends` at the top and at the bottom.
    """
    height, width = ink.shape

    def cost(y: int, x: int) -> float:
        inked = 0 <= x < width and ink[y, x] > 0
        return 0.01 + (0.15 + ink[y, x] / 255 if inked else 0)

    best = {x: cost(0, x) for x in range(column - ends, column + ends + 1)}
    for y in range(1, height):
        following = {}
        for x in range(column - reach, column + reach + 1):
            steps = [
                best[x + d] + (0.41 * cost(y, x) if d else 0) for d in (-1, 0, 1) if x + d in best
            ]
            if steps:
                following[x] = min(steps) + cost(y, x)
        best = following
    return min(best[x] for x in range(column - ends, column + ends + 1))
