"""What an adapted network has of the one before: its layers, and the record of its origin."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import numpy as np

from ...model.layers import Conv, Dense, GlobalAveragePool, Layer, MaxPool, assert_never
from ...model.spec import NetworkSpec
from ...model.weights import Weights


def before_adapting(weights: Weights) -> dict[str, Any]:
    """The record of the weight file that another one was made from."""
    names = ("data", "seed", "steps", "test", "adapted")
    kept = {name: weights.trained[name] for name in names if name in weights.trained}
    tensors = hashlib.sha256()
    for name in sorted(weights.tensors):
        tensors.update(np.ascontiguousarray(weights.arrays[name]).data)
    return {"network": weights.spec.name, "tensors_sha256": tensors.hexdigest(), **kept}


def deployed(spec: NetworkSpec) -> NetworkSpec:
    """`spec` without what only training needs, so that its layers hold a file's tensors.

    A folded kernel cannot be split into kernel and normalisation again, and a few small steps do
    not need the normalisation.
    """
    return replace(spec, layers=tuple(map(_plain, spec.layers)))


def _plain(layer: Layer) -> Layer:
    match layer:
        case Conv():
            off = replace(layer, batch_norm=False, weight_standardization=False)
            return replace(off, dropout=0.0)
        case Dense():
            return replace(layer, dropout=0.0)
        case MaxPool() | GlobalAveragePool():
            return layer
        case other:
            assert_never(other)
