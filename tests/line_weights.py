"""A small network for lines with random weights."""

from __future__ import annotations

import numpy as np

from digitcli.model.spec import NetworkSpec
from digitcli.model.weights import Weights

SPEC = NetworkSpec.from_json(
    {
        "name": "short",
        "task": "line",
        "input": [40, 0, 1],
        "layers": [
            {"type": "conv", "filters": 8, "kernel": 5, "stride": 4, "batch_norm": True},
            {"type": "conv", "filters": 16, "kernel": [10, 3], "padding": "valid", "dropout": 0.1},
            {"type": "conv", "filters": 16, "kernel": 1, "activation": "linear"},
        ],
    }
)


def line_weights(trained=None):
    """The same weights every time."""
    random = np.random.default_rng(3)
    tensors = {}
    for step in SPEC.steps:
        for name, shape in step.tensors.items():
            size = 0.0 if name.endswith("bias") else (2 / np.prod(shape[:-1])) ** 0.5
            tensors[name] = (size * random.normal(size=shape)).astype(np.float32)
    return Weights(SPEC, tensors, trained or {})
