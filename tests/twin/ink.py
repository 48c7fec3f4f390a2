"""Tell ink from paper: the background's level, which way the ink goes, how loud the noise is."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .resample import Floats

Doubles = npt.NDArray[np.float64]

# Grey levels out of 255. Compression and scanners make less difference than this; a pencil more.
FAINTEST = 20.0
# In standard deviations of the background: one pixel in 16,000 of Gaussian noise goes further.
NOISE = 4.0
_SLOPE = 8.0  # an uneven light below this many levels from edge to edge is left alone
_SAMPLE = 128  # statistics look at no more than this many rows and columns


def ink_of(grey: Floats) -> tuple[Floats, float]:
    """Turn grey pixels (h, w) into ink (h, w): 0 where the background is, growing with contrast.

    The background is what runs along the edge of the picture, evened out if its light slopes. Ink
    is whatever differs from it in the direction that differs more, so dark on light and light on
    dark come out alike. Differences that are noise become 0.

    Returns the ink and the level, at least FAINTEST, from which a pixel counts as ink.
    """
    difference = grey - _background(grey)
    noise = NOISE * _deviation(_sampled(difference))
    dark = np.maximum(-difference - noise, 0).sum(dtype=np.float64)
    light = np.maximum(difference - noise, 0).sum(dtype=np.float64)
    ink = np.maximum(difference if light > dark else -difference, 0)
    ink[ink <= noise] = 0
    return ink, max(noise, FAINTEST)


def _background(grey: Floats) -> Floats | np.float32:
    """The background's level everywhere: one number, or a plane (h, w) under sloping light."""
    level = _usual(_edge(grey))
    sample = _sampled(grey)
    if _deviation(sample - level) < _SLOPE / 4:  # a slope that matters would spread them further
        return level
    plane = _fit_plane(sample)
    sloping = 2 * np.abs(plane[1:]).sum() >= _SLOPE
    better = _deviation(sample - _plane_at(plane, sample.shape)) < _deviation(sample - level) / 4
    return _plane_at(plane, grey.shape) if sloping and better else level


def _usual(values: Floats) -> np.float32:
    """The middle of the narrowest range that holds half of the values.

    A digit that was cut out tightly may fill most of the rim; the median would call it background.
    """
    ordered = np.sort(values)
    half = ordered.size // 2 + 1
    start = int(np.argmin(ordered[half - 1 :] - ordered[: ordered.size - half + 1]))
    return np.float32(ordered[start + half // 2])


def _fit_plane(sample: Floats) -> Doubles:
    """Fit (level, y slope, x slope) to the background of a picture (h, w), ink left out.

    Begins with the rim, where ink is rare, and goes on with whatever is close to the plane so far.
    """
    y, x = np.meshgrid(*map(_positions, sample.shape), indexing="ij")
    terms = np.stack([np.ones_like(x), y, x], axis=-1)
    near = (np.abs(y) == 1) | (np.abs(x) == 1) | (min(sample.shape) < 3)
    for _ in range(4):
        plane = np.linalg.lstsq(terms[near], np.float64(sample[near]), rcond=None)[0]
        rest = sample - np.float32(terms @ plane)
        near = np.abs(rest) <= max(_SLOPE, 2.5 * _deviation(rest))
    return plane


def _plane_at(plane: Doubles, shape: tuple[int, ...]) -> Floats:
    rows, columns = map(_positions, shape)
    return np.float32(plane[0] + plane[1] * rows[:, None] + plane[2] * columns[None, :])


def _edge(grey: Floats) -> Floats:
    """The outermost pixels, a fortieth of the shorter side deep."""
    depth = max(1, min(grey.shape) // 40)
    if min(grey.shape) <= 2 * depth:
        return grey.ravel()
    inner = grey[depth:-depth]
    parts = (grey[:depth], grey[-depth:], inner[:, :depth], inner[:, -depth:])
    return np.concatenate([part.ravel() for part in parts])


def _positions(size: int) -> Doubles:
    return np.linspace(-1, 1, size) if size > 1 else np.zeros(1)


def _sampled(values: Floats) -> Floats:
    """Every n-th value along each axis, _SAMPLE to 2 * _SAMPLE of them where there are as many."""
    return values[tuple(slice(None, None, max(1, size // _SAMPLE)) for size in values.shape)]


def _deviation(difference: npt.NDArray[np.floating]) -> float:
    """Standard deviation of the background: ink on up to two thirds of the picture hides it not.

    A quarter of all Gaussian noise stays within 0.3186 deviations; ink can only push that out.
    """
    return quantile(np.abs(difference).ravel(), 0.25) / 0.3186


def quantile(values: npt.NDArray[np.floating], share: float) -> float:
    """The value (n,) that `share` of all others do not exceed."""
    rank = min(int(share * values.size), values.size - 1)
    return float(np.partition(values, rank)[rank])
