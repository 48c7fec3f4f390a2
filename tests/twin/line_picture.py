"""A slow, plain twin of cpp/vision/line: a line cut out of a picture, pixel by pixel."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]


def line_picture(grey: Pixels, corners: list[tuple[float, float]], height: int) -> Pixels:
    (x, y), (x1, y1), (x2, y2) = corners
    area = abs((x1 - x) * (y2 - y) - (y1 - y) * (x2 - x))
    columns = round(height * length(x1 - x, y1 - y) ** 2 / area) if area else 0
    columns = min(max(columns, 8), 20_000)
    across = np.array([x1 - x, y1 - y]) / columns
    down = np.array([x2 - x, y2 - y]) / height
    steps = [min(max(math.ceil(length(*step)), 1), 64) for step in (across, down)]
    found = np.empty((height, columns), np.uint8)
    for row in range(height):
        for column in range(columns):
            samples = [
                sample(grey, *(np.array([x, y]) + u * across + v * down))
                for v in row + (np.arange(steps[1]) + 0.5) / steps[1]
                for u in column + (np.arange(steps[0]) + 0.5) / steps[0]
            ]
            found[row, column] = np.rint(np.mean(samples))
    return stretched(found)


def length(x: float, y: float) -> float:
    """Rounded twice, as the C++ does: hypot may end in another last bit."""
    return math.sqrt(x * x + y * y)


def sample(grey: Pixels, x: float, y: float) -> float:
    """Straight lines between the centres of four pixels; the nearest pixel outside."""
    rows, columns = grey.shape
    u, v = np.clip(x - 0.5, 0, columns - 1), np.clip(y - 0.5, 0, rows - 1)
    left, top = int(u), int(v)
    right, foot = min(left + 1, columns - 1), min(top + 1, rows - 1)
    values = grey.astype(float)
    high = values[top, left] + (u - left) * (values[top, right] - values[top, left])
    low = values[foot, left] + (u - left) * (values[foot, right] - values[foot, left])
    return float(high + (v - top) * (low - high))


def stretched(line: Pixels) -> Pixels:
    """Ink 255, paper 0, by the greys at fixed ranks."""
    ordered = np.sort(line.ravel()).astype(float)

    def below(share: float) -> float:
        return float(ordered[int(share * (len(ordered) - 1))])

    light = below(0.99) - below(0.5) > 1.25 * (below(0.5) - below(0.01))
    paper, ink = (below(0.25), below(0.995)) if light else (below(0.75), below(0.005))
    gain = 255 / max(24, abs(paper - ink))
    amount = (line - paper if light else paper - line) * gain
    return np.clip(np.rint(amount), 0, 255).astype(np.uint8)
