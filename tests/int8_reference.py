"""The oracle of quantised networks: int64 NumPy, slow and obviously right. Imports nothing of ours.

Pictures are (n, height, width, channels), unsigned bytes held in int64. The engine must return
exactly this: sums are whole numbers, and what follows is one rounded float32 operation at a time.
"""

from __future__ import annotations

import math

import numpy as np
from reference import sides


def windows(x, window, stride, same, padding=0):
    """(n, h', w', rows, columns, c): every window of x, TensorFlow's "same" or none."""
    (rows, columns), (down, across) = sides(window), sides(stride)
    if same:
        widths = [(0, 0)]
        for size, extent, step in zip(x.shape[1:3], (rows, columns), (down, across), strict=True):
            total = max((math.ceil(size / step) - 1) * step + extent - size, 0)
            widths.append((total // 2, total - total // 2))
        x = np.pad(x, [*widths, (0, 0)], constant_values=padding)
    height, width = (x.shape[1] - rows) // down + 1, (x.shape[2] - columns) // across + 1
    out = np.empty((len(x), height, width, rows, columns, x.shape[3]), np.int64)
    for row in range(height):
        for column in range(width):
            top, left = row * down, column * across
            out[:, row, column] = x[:, top : top + rows, left : left + columns]
    return out


def answer(sums, scale, logits):
    """int64 sums -> float32 logits, or bytes: one product, clamped, rounded half to even."""
    assert np.abs(sums).max(initial=0) < 2**31
    product = sums.astype(np.int32).astype(np.float32) * np.asarray(scale, np.float32)
    return product if logits else np.rint(np.clip(product, 0, 255)).astype(np.int64)


def step(layer, x):
    """One layer as the C++ module takes it."""
    kind, logits = layer["kind"], layer.get("logits", False)
    if kind == "max_pool":
        return windows(x, layer["window"], layer["stride"], layer["same"]).max(axis=(3, 4))
    if kind == "global_average_pool":
        return answer(x.sum(axis=(1, 2), keepdims=True), layer["scale"], logits)
    if kind == "conv":
        x = windows(x, layer["window"], layer["stride"], layer["same"])
    else:
        x = x.reshape(len(x), 1, 1, math.prod(x.shape[1:]))
    weight = np.int64(layer["weight"])
    sums = np.tensordot(x, weight, weight.ndim - 1) + np.int64(layer["bias"])
    return answer(sums, layer["scale"], logits)


def run(layers, x):
    """All `layers` on uint8 x: bytes as uint8, or float32 logits."""
    x = np.int64(x)
    for layer in layers:
        x = step(layer, x)
    return x if x.dtype == np.float32 else x.astype(np.uint8)
