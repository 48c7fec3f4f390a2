"""Linear chains folded: dense layers with nothing between them are one matrix.

C++ decides which layers are a chain (`cpp/network/fold.cpp`). Its engine folds the chains that save
work; int8 weights need all of them folded, because int8 activations hold no negative values.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from .. import _core
from ..model.spec import NetworkSpec
from ..model.weights import Weights
from .description import describe_layers

Pair = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]


def fold_linear_chains(weights: Weights) -> tuple[Weights, tuple[tuple[str, ...], ...]]:
    """An equal network without linear layers before dense ones, and the chains that it folded.

    Computed in float64, rounded once: equal up to float32 rounding. The layers are numbered anew,
    so that (("dense1", "dense2", "dense3"),) are now `dense1`.
    """
    chains = _core.linear_chains(describe_layers(weights))
    steps = {step.name: step for step in weights.spec.steps}
    spec = replace(weights.spec, layers=tuple(steps[chain[-1]].layer for chain in chains))
    pairs = [_product(weights, chain) if steps[chain[0]].tensors else None for chain in chains]
    folded = tuple(tuple(chain) for chain in chains if len(chain) > 1)
    return replace(weights, spec=spec, tensors=_tensors(spec, pairs)), folded


def _product(weights: Weights, chain: list[str]) -> Pair:
    """Weight and bias of the one layer that does what `chain` does."""
    weight, bias = _pair(weights, chain[0])
    for name in chain[1:]:
        after, offset = _pair(weights, name)
        weight, bias = weight @ after, bias @ after + offset
    return weight, bias


def _pair(weights: Weights, name: str) -> Pair:
    weight, bias = (weights.arrays[f"{name}.{part}"] for part in ("weight", "bias"))
    return weight.astype(np.float64), bias.astype(np.float64)


def _tensors(spec: NetworkSpec, pairs: list[Pair | None]) -> dict[str, npt.NDArray[np.float32]]:
    tensors: dict[str, npt.NDArray[np.float32]] = {}
    for step, pair in zip(spec.steps, pairs, strict=True):
        if pair is not None:
            tensors |= {
                f"{step.name}.{part}": np.ascontiguousarray(values, np.float32)
                for part, values in zip(("weight", "bias"), pair, strict=True)
            }
    return tensors
