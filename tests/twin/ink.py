"""Tell ink from paper: the background's level, whether ink is darker or lighter, the noise."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .resample import Floats

# In standard deviations of the background: one pixel in 16,000 of Gaussian noise goes further.
NOISE = 4.0


def ink_of(grey: Floats) -> Floats:
    """Turn grey pixels (h, w) on paper of one tone into ink (h, w), growing with contrast.

    The background is what runs along the edge of the picture. Ink is whatever differs from it in
    the direction that differs more. Differences that are noise become 0.
    """
    difference = grey - _usual(_edge(grey))
    noise = NOISE * _deviation(difference)
    dark = np.maximum(-difference - noise, 0).sum(dtype=np.float64)
    light = np.maximum(difference - noise, 0).sum(dtype=np.float64)
    ink = np.maximum(difference if light > dark else -difference, 0)
    ink[ink <= noise] = 0
    return ink


def _usual(values: Floats) -> np.float32:
    """The middle of the narrowest range that holds half of the values.

    A digit that was cut out tightly may fill most of the rim; the median would call it background.
    """
    ordered = np.sort(values)
    half = ordered.size // 2 + 1
    start = int(np.argmin(ordered[half - 1 :] - ordered[: ordered.size - half + 1]))
    return np.float32(ordered[start + half // 2])


def _edge(grey: Floats) -> Floats:
    """The outermost pixels, a fortieth of the shorter side deep."""
    depth = max(1, min(grey.shape) // 40)
    if min(grey.shape) <= 2 * depth:
        return grey.ravel()
    inner = grey[depth:-depth]
    parts = (grey[:depth], grey[-depth:], inner[:, :depth], inner[:, -depth:])
    return np.concatenate([part.ravel() for part in parts])


def _deviation(difference: npt.NDArray[np.floating]) -> float:
    """Standard deviation of the background; ink on up to two thirds of the picture cannot hide it.

    A quarter of all Gaussian noise stays within 0.3186 deviations, and ink can only raise that.
    """
    return quantile(np.abs(difference).ravel(), 0.25) / 0.3186


def quantile(values: npt.NDArray[np.floating], share: float) -> float:
    """The value (n,) that `share` of all others do not exceed."""
    rank = min(int(share * values.size), values.size - 1)
    return float(np.partition(values, rank)[rank])
