"""Layers in int8 as the C++ module takes them, with random weights."""

from __future__ import annotations

import numpy as np


def conv(rng, channels, filters, window=3, same=True):
    depth = window * window * channels
    spread = 127 * 74 * np.sqrt(depth)  # of the sums
    return {
        "name": "conv",
        "kind": "conv",
        "units": filters,
        "window": window,
        "stride": 1,
        "same": same,
        "weight": rng.integers(-127, 128, (window, window, channels, filters), dtype=np.int8),
        "bias": rng.integers(-int(spread) // 2, int(spread) + 1, filters, dtype=np.int32),
        "scale": np.float32(rng.uniform(60, 400, filters) / spread),
    }


def pool(same=False):
    return {"name": "pool", "kind": "max_pool", "window": 2, "stride": 2, "same": same}


def dense(rng, depth, units):
    """The last layer: logits."""
    return {
        "name": "dense",
        "kind": "dense",
        "units": units,
        "logits": True,
        "weight": rng.integers(-127, 128, (depth, units), dtype=np.int8),
        "bias": rng.integers(-999, 999, units, dtype=np.int32),
        "scale": np.full(units, 1e-4, np.float32),
    }


def average(scale):
    return {"name": "average", "kind": "global_average_pool", "scale": np.float32([scale])}
