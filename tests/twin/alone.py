"""Whether a digit is all that a picture shows."""

from __future__ import annotations

import numpy as np

from .normalize import Box, Picture


def stands_alone(grey: Picture, box: Box) -> bool:
    """Whether the ink in `box` is no wider than a digit's and none stands beside it."""
    x, y, width, height = box
    inside = np.zeros(grey.shape, bool)
    inside[max(0, y - 1) : y + height + 1, max(0, x - 1) : x + width + 1] = True
    own, other = grey[inside].astype(int), np.sort(grey[~inside].astype(int))
    if width > 1.3 * height:
        return False
    if not other.size:
        return True
    paper = other[other.size // 2]
    return np.abs(other - paper).max() <= 0.5 * np.abs(own - paper).max()
