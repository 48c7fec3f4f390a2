"""Change a picture's size: averages when shrinking, straight lines when growing.

Each axis is one small matrix, a row of weights for each output pixel, so a picture is resampled by
two products, in float64 and without rounding in between.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


def resample(values: Floats, height: int, width: int) -> Floats:
    """Scale float32 (h, w) to (height, width); an axis of the same size is left as it is."""
    rows = _weights(values.shape[0], height)
    columns = _weights(values.shape[1], width)
    return np.asarray(rows @ np.float64(values) @ columns.T, dtype=np.float32)


def _weights(size: int, wanted: int) -> npt.NDArray[np.float64]:
    """Weights (wanted, size), each row of sum 1.

    Shrinking: how much of each input pixel lies under the output pixel (area average). Growing:
    straight lines between the centres of the input pixels.
    """
    step = size / wanted
    inputs = np.arange(size, dtype=np.float64)
    if step >= 1:
        start = step * np.arange(wanted)[:, None]
        under = np.minimum(start + step, inputs + 1) - np.maximum(start, inputs)
        weights = np.maximum(under, 0) / step
    else:
        centre = np.clip(step * (np.arange(wanted) + 0.5) - 0.5, 0, size - 1)[:, None]
        weights = np.maximum(1 - np.abs(centre - inputs), 0)
    return weights
