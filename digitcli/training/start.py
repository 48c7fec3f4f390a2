"""Weights that a run begins with, in place of random ones."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ..errors import ModelError
from ..model.precision import FLOAT32
from ..model.spec import NetworkSpec
from ..model.weights import Weights, find_weights, load_weights
from .compute.backend import keras, ops, to_numpy
from .keras_layers import STANDARD_EPSILON, STANDARD_GAIN, StandardizedConv

_NORM = 3.0  # of a kernel before batch norm, over the root of its inputs: see `_as_learnt`

Values: TypeAlias = Sequence[npt.NDArray[np.float32]]
Start: TypeAlias = Callable[[Any], Values]  # of a Keras twin: its trainable variables' first values


@dataclass(frozen=True, eq=False)
class StartWeights:
    """Weights to go on from; `sha256` is of their file."""

    weights: Weights
    sha256: str

    def on(self, pixels: npt.NDArray[Any]) -> Start:
        """A start at which a twin computes what the weights compute.

        Batch norm was folded into them, so its gain and shift are set from a layer's outputs on
        `pixels` (n, height, width), 0 to 255, as the network is shown them.
        """
        return lambda model: _set(model, self.weights, pixels)


def start_weights(name: str, spec: NetworkSpec) -> StartWeights:
    """The weights of a name, file or run folder, to train `spec` from.

    Raises ModelError when there are none such, or none of this network in float32.
    """
    path = find_weights(name)
    weights = load_weights(path)
    if weights.precision != FLOAT32 or _shapes(weights.spec) != _shapes(spec):
        raise ModelError(
            f"{name}: training of {spec.name} cannot start from {weights.spec.name} "
            f"in {weights.precision}",
            hint="start from float32 weights of the same network",
        )
    return StartWeights(weights, hashlib.sha256(path.read_bytes()).hexdigest())


def _shapes(spec: NetworkSpec) -> dict[str, Any]:
    return {name: shape for step in spec.steps for name, shape in step.tensors.items()}


def _set(model: Any, weights: Weights, pixels: npt.NDArray[Any]) -> Values:
    """Set all variables of `model`; return the values of the trainable ones."""
    steps = {step.name: step for step in weights.spec.steps if step.tensors}
    flow, shift, times = ops.convert_to_tensor(pixels.astype(np.float32)), np.zeros(0), 1.0
    for layer in model.layers:
        if layer.name in steps:
            kernel, shift = (weights.arrays[f"{layer.name}.{part}"] for part in ("weight", "bias"))
            normed = not isinstance(layer, StandardizedConv) and len(layer.get_weights()) == 1
            times = _as_learnt(kernel) if normed else 1.0
            layer.set_weights([kernel * times] if normed else _values(layer, kernel, shift))
        elif isinstance(layer, keras.layers.BatchNormalization):
            outputs = to_numpy(flow).astype(np.float64).reshape(-1, len(shift))
            mean, variance = outputs.mean(axis=0), outputs.var(axis=0)
            gain = np.sqrt(variance + layer.epsilon)
            layer.set_weights([gain / times, shift + mean / times, mean, variance])
        flow = layer(flow)
    return [to_numpy(value) for value in model.trainable_variables]


def _as_learnt(kernel: npt.NDArray[Any]) -> float:
    """By how much a folded kernel is multiplied to be as large as it was while it was learnt.

    Batch norm takes the factor away again, but the larger a kernel is, the less a step changes it.
    """
    norm = float(np.linalg.norm(kernel))
    return _NORM * float(np.sqrt(kernel[..., 0].size)) / norm if norm else 1.0


def _values(layer: Any, kernel: npt.NDArray[Any], bias: npt.NDArray[Any]) -> list[Any]:
    """What a layer's variables are when it computes with this kernel and bias."""
    if isinstance(layer, StandardizedConv):
        fan_in = kernel[..., 0].size
        spread = np.sqrt(kernel.var(axis=(0, 1, 2)) * fan_in + STANDARD_EPSILON)
        return [kernel, spread / STANDARD_GAIN, bias]
    return [kernel, bias]
