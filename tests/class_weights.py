"""Random networks that name other things than digits."""

from __future__ import annotations

import numpy as np

from digitcli.model.layers import Conv, Dense, GlobalAveragePool, MaxPool
from digitcli.model.spec import NetworkSpec
from digitcli.model.weights import Weights

CLOTHES = ("T-shirt/top", "Trouser", "Ankle boot")


def names(count: int) -> tuple[str, ...]:
    return tuple(f"class {number}" for number in range(count))


def class_weights(classes: tuple[str, ...] = CLOTHES, *, seed: int = 0) -> Weights:
    """A small network for `classes`, with weights that give different answers."""
    layers = (Conv(8), MaxPool(), Conv(16), GlobalAveragePool(), Dense(len(classes)))
    spec = NetworkSpec("clothes", layers, classes=classes)
    rng = np.random.default_rng(seed)
    tensors = {
        name: rng.standard_normal(shape, dtype=np.float32) * np.float32(0.5)
        for name, shape in spec.tensors.items()
    }
    return Weights(spec, tensors)
