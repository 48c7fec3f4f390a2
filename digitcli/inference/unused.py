"""Channels that no calibration picture reaches, and the large weights that read them.

Where batch norm is folded, a channel that is hardly ever active gets large weights in the next
layer. They would set the scale of every weight beside them and serve no picture.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from ..model.spec import Step
from ..model.weights import Weights
from .calibration import Images, outputs

_MOST_EXPONENT = 16  # of a factor: float32 stays far from its ends


def with_small_unused(weights: Weights, batches: Sequence[Images]) -> Weights:
    """An equal network without weights for unused channels that are large beside the others.

    Those more than twice as large are divided by a power of two, and what makes the channel
    multiplied by it: all outputs are as before, bit for bit, since ReLU and the pools keep factors.
    `weights` have ReLU in front of every layer. Raises ModelError where an output is not finite.
    """
    tensors: dict[str, npt.NDArray[Any]] = dict(weights.arrays)
    largest: dict[str, npt.NDArray[np.float32]] = {}
    for name, values in outputs(weights, batches):
        found = values.reshape(-1, values.shape[-1]).max(axis=0)
        largest[name] = np.maximum(largest.get(name, found), found)
    for before, after in _neighbours(weights.spec.steps):
        used = largest[before.name] > 0
        factors = _factors(tensors[f"{after.name}.weight"], used)
        for part in ("weight", "bias"):
            name = f"{before.name}.{part}"
            tensors[name] = np.ascontiguousarray(tensors[name] * factors)
        weight = tensors[f"{after.name}.weight"]
        smaller = _by_channel(weight, len(used)) / factors[:, np.newaxis]
        tensors[f"{after.name}.weight"] = np.ascontiguousarray(smaller.reshape(weight.shape))
    return replace(weights, tensors=tensors)


def _neighbours(steps: Sequence[Step]) -> Iterator[tuple[Step, Step]]:
    """Each layer with weights and the next one, whatever pools are between them."""
    weighted = [step for step in steps if step.tensors]
    yield from pairwise(weighted)


def _by_channel(weight: npt.NDArray[Any], channels: int) -> npt.NDArray[Any]:
    """Weights as (places, channels, outputs); behind flattening the channel comes last too."""
    return weight.reshape(-1, channels, weight.shape[-1])


def _factors(weight: npt.NDArray[Any], used: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """float32 (channels,): powers of two, 1 for every channel that is used."""
    sizes = np.abs(_by_channel(weight, len(used))).max(axis=(0, 2))
    factors = np.ones(len(used), np.float32)
    most = sizes[used].max(initial=0)
    large = ~used & (sizes > 2 * most) & (most > 0)
    factors[large] = np.exp2(np.minimum(np.ceil(np.log2(sizes[large] / most)), _MOST_EXPONENT))
    return factors
