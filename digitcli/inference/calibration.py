"""What the layers of a float32 network put out on some pictures, and the ranges to store it in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from .. import _core
from ..model.layers import MaxPool
from ..model.weights import Weights
from .description import describe_layers
from .prediction import check_finite

MAX_BYTE = 255
METHOD = "least mean squared error of 64 ranges"

_CHUNK = 100 * 28 * 28  # pixels at a time: the widest layer then takes some 10 MB
_BINS = 4096
_RANGES = 64


@dataclass(frozen=True)
class OutputRange:
    """One layer's outputs on all calibration pictures.

    `range` is what a byte of 255 stands for; `clipped` is the share of outputs above it, `zeros`
    that of outputs that are exactly 0.
    """

    largest: float
    range: float
    clipped: float
    zeros: float


Images: TypeAlias = npt.NDArray[np.uint8]  # (n, height, width)


def calibrate(weights: Weights, batches: Sequence[Images]) -> dict[str, OutputRange]:
    """The range of every layer's output that another layer reads, by the layer's name.

    Measured behind the max pooling that follows, since only the largest values get that far.
    `batches` are of one size each. Raises ModelError where an output is not finite.
    """
    largest: dict[str, float] = {}
    for name, values in outputs(weights, batches):
        largest[name] = max(largest.get(name, 0.0), float(values.max()))
    bins = {name: np.zeros(_BINS) for name in largest}
    zeros, counts = dict.fromkeys(largest, 0), dict.fromkeys(largest, 0)
    for name, values in outputs(weights, batches):
        positive = values[values > 0]
        counts[name] += values.size
        zeros[name] += values.size - positive.size
        bins[name] += np.histogram(positive, _BINS, (0, largest[name] or 1.0))[0]
    return {
        name: choose_range(largest[name], bins[name], zeros[name] / counts[name])
        for name in largest
    }


def choose_range(largest: float, bins: npt.NDArray[np.float64], zeros: float = 0.0) -> OutputRange:
    """The range with the least mean squared error of rounding and clipping.

    `bins` count the positive outputs between 0 and `largest` in steps of equal size. A layer that
    gave nothing but zeros gets the range 1.
    """
    if largest <= 0:
        return OutputRange(0.0, 1.0, 0.0, zeros)
    values = (np.arange(len(bins)) + 0.5) * (largest / len(bins))
    candidates = largest * np.arange(1, _RANGES + 1) / _RANGES
    steps = candidates[:, np.newaxis] / MAX_BYTE
    rounded = np.minimum(np.rint(values / steps), MAX_BYTE) * steps
    best = float(candidates[int(np.argmin((rounded - values) ** 2 @ bins))])
    clipped = float(bins[values > best].sum() / bins.sum()) * (1 - zeros)
    return OutputRange(largest, best, clipped, zeros)


def outputs(
    weights: Weights, batches: Sequence[Images]
) -> Iterator[tuple[str, npt.NDArray[np.float32]]]:
    """(name, values) for each layer that another one reads and each chunk of pictures.

    Behind the max pooling that follows it. `batches` are of one size each. Raises ModelError where
    an output is not finite.
    """
    steps, layers = weights.spec.steps, describe_layers(weights)
    for chunk in _chunks(batches):
        x = np.ascontiguousarray(chunk * np.float32(weights.spec.scale), np.float32)
        producer = ""
        for step, layer, after in zip(steps[:-1], layers, steps[1:], strict=False):
            x = _core.run_layers([layer], x)
            check_finite(x, weights.spec.name)
            if not isinstance(step.layer, MaxPool):
                producer = step.name
            if producer and not isinstance(after.layer, MaxPool):
                yield producer, x


def _chunks(batches: Sequence[Images]) -> Iterator[npt.NDArray[np.uint8]]:
    """The pictures (n, height, width, 1), at most `_CHUNK` pixels at a time, or one picture."""
    for images in batches:
        count = max(1, _CHUNK // (images.shape[1] * images.shape[2]))
        for start in range(0, len(images), count):
            yield images[start : start + count, :, :, np.newaxis]
