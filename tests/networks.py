"""Layers as the C++ module takes them, with random weights, and what it makes of them."""

from __future__ import annotations

import numpy as np
from reference import sides

from digitcli import _core

AVERAGE = {"name": "average", "kind": "global_average_pool"}


def conv(rng, channels, filters, window=3, stride=1, same=True, relu=True, name="conv"):
    rows, columns = sides(window)
    shape = (rows, columns, channels, filters)
    scale = np.sqrt(2 / (rows * columns * channels))
    return {
        "name": name,
        "kind": "conv",
        "units": filters,
        "window": window,
        "stride": stride,
        "same": same,
        "relu": relu,
        "weight": np.float32(rng.standard_normal(shape) * scale),
        "bias": np.float32(rng.standard_normal(filters)),
    }


def dense(rng, depth, units, relu=False, name="dense"):
    return {
        "name": name,
        "kind": "dense",
        "units": units,
        "relu": relu,
        "weight": np.float32(rng.standard_normal((depth, units)) / np.sqrt(depth)),
        "bias": np.float32(rng.standard_normal(units)),
    }


def pool(size=2, stride=2, same=False):
    return {"name": "pool", "kind": "max_pool", "window": size, "stride": stride, "same": same}


def plan(layers, shape, without=()):
    """(layer, algorithm) of each step that the engine takes on pictures (height, width, c)."""
    engine = _core.Engine(shape, 1.0, layers, without=list(without))
    return [(step["layer"], step["algorithm"]) for step in engine.plan]


def goes_by_winograd(layers, shape):
    """Does the first step go by Winograd's method?"""
    return plan(layers, shape)[0][1].startswith("winograd ")


def int8_conv(rng, channels, filters, window=3, same=True):
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


def int8_pool(same=False):
    return {"name": "pool", "kind": "max_pool", "window": 2, "stride": 2, "same": same}


def int8_dense(rng, depth, units):
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


def int8_average(scale):
    return {"name": "average", "kind": "global_average_pool", "scale": np.float32([scale])}
