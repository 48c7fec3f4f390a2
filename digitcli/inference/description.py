"""The layers of a network as the C++ module wants them: plain values, and memory; without NumPy."""

from __future__ import annotations

import math
from array import array
from typing import Any

from ..errors import ModelError
from ..model.layers import Conv, Dense, GlobalAveragePool, MaxPool, assert_never
from ..model.spec import Step
from ..model.weights import Weights

Description = dict[str, Any]


def describe_layers(weights: Weights) -> list[Description]:
    """The layers of float32 weights, with their tensors as they are."""
    return [_describe(step) | _tensors(weights, step) for step in weights.spec.steps]


def describe_int8_layers(weights: Weights) -> list[Description]:
    """The same for int8: whole numbers, and the scale from each sum to the next layer's bytes.

    Raises ModelError when the scales of neighbouring layers cannot be combined in float32.
    """
    described, scale = [], weights.spec.scale  # of the bytes between two layers
    for step in weights.spec.steps:
        tensors, last = _tensors(weights, step), step is weights.spec.steps[-1]
        own, output = tensors.pop("scale", None), tensors.pop("output", None)
        layer = _describe(step) | tensors
        if last or output is not None:
            after = 1.0 if output is None else float(output[0])
            sums = [1 / _pixels(step)] if own is None else list(own)
            layer |= {"scale": _combined(step.name, sums, scale / after), "logits": last}
            scale = after
        described.append(layer)
    return described


def output_scales(weights: Weights) -> list[float]:
    """What one unit of each layer's output stands for: int8 weights store bytes; logits are 1."""
    scales, scale = [], weights.spec.scale
    for step in weights.spec.steps:
        output = weights.tensors.get(f"{step.name}.output")
        if output is not None:
            scale = float(output[0])
        scales.append(scale)
    scales[-1] = 1.0
    return scales


def _tensors(weights: Weights, step: Step) -> Description:
    """The tensors of one layer by their last name: "weight", "bias", and int8's scales."""
    prefix = f"{step.name}."
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in weights.tensors.items()
        if name.startswith(prefix)
    }


def _pixels(step: Step) -> int:
    return step.input_shape[0] * step.input_shape[1]


def _combined(name: str, scales: list[float], factor: float) -> array[float]:
    """Each scale times `factor`, multiplied in double and rounded to float32 once."""
    single = array("f", [float(scale) * factor for scale in scales])
    if not all(math.isfinite(value) and value > 0 for value in single):
        raise ModelError(f"{name}: the scales around it do not fit into float32 together")
    return single


def _describe(step: Step) -> Description:
    common = {"name": step.name, "kind": step.layer.kind}
    match step.layer:
        case Conv() as conv:
            return common | {
                "units": conv.filters,
                "window": conv.kernel,
                "stride": conv.stride,
                "same": conv.padding == "same",
                "relu": conv.activation == "relu",
            }
        case MaxPool() as pool:
            return common | {
                "window": pool.size,
                "stride": pool.stride,
                "same": pool.padding == "same",
            }
        case GlobalAveragePool():
            return common
        case Dense() as dense:
            return common | {"units": dense.units, "relu": dense.activation == "relu"}
        case other:
            assert_never(other)
