"""Post-training quantisation: float32 weights and some pictures -> int8 weights.

Weights are symmetric, one scale for each output channel. Activations are unsigned bytes with zero
at zero, which fits pixels and what ReLU leaves; one scale for each layer, chosen on the calibration
pictures so that the mean squared error of rounding and clipping is least.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import ModelError, UsageError
from ..model.layers import Conv, Dense, GlobalAveragePool, Layer, MaxPool, assert_never
from ..model.precision import FLOAT32, INT8
from ..model.spec import Step
from ..model.weights import Weights
from .calibration import MAX_BYTE, METHOD, Images, OutputRange, calibrate
from .fold import fold_linear_chains
from .unused import with_small_unused

MIN_IMAGES = 100  # fewer than this say nothing about a range

_MAX_WEIGHT = 127
_MAX_BIAS = 2**29  # leaves three quarters of 32 bits to the products


@dataclass(frozen=True)
class LayerStatistics:
    """What quantising one layer did: to its weights, and to its output (None for logits).

    `weight_error` is the root mean square error relative to that of the weights themselves, None
    for a layer without weights.
    """

    name: str
    weight_error: float | None
    output: OutputRange | None


@dataclass(frozen=True)
class Quantized:
    """int8 weights, what was done to each layer, and the chains of layers that became one."""

    weights: Weights
    layers: tuple[LayerStatistics, ...]
    folded: tuple[tuple[str, ...], ...]


def quantize(weights: Weights, *batches: Images) -> Quantized:
    """Quantise float32 `weights`, calibrated on training pictures.

    These are uint8 (n, 28, 28); of a network for lines, a batch (n, height, width) for each width.
    Raises ModelError for weights that are int8 already or a layer whose output can be negative
    before another layer, UsageError for fewer than MIN_IMAGES pictures.
    """
    _refuse_int8(weights)
    if (count := sum(map(len, batches))) < MIN_IMAGES:
        raise UsageError(f"images: expected at least {MIN_IMAGES} to calibrate on, got {count}")
    source, folded = fold_linear_chains(weights)
    _refuse_signed(source)
    source = with_small_unused(source, batches)
    ranges = calibrate(source, batches)
    tensors: dict[str, npt.NDArray[Any]] = {}
    layers = []
    scale = source.spec.scale  # of the bytes that the next layer reads
    for step in source.spec.steps:
        error = None
        if step.tensors:
            found, error = _quantize_layer(source, step, scale)
            tensors |= found
        output = ranges.get(step.name)
        if output is not None:
            stored = np.array([output.range / MAX_BYTE], np.float32)
            tensors[f"{step.name}.output"] = stored
            scale = float(stored[0])
        if output is not None or error is not None:
            layers.append(LayerStatistics(step.name, error, output))
    trained = _provenance(weights, layers, folded, count)
    quantized = Weights(source.spec, tensors, trained, INT8, weights.temperature)
    return Quantized(quantized, tuple(layers), folded)


def _refuse_int8(weights: Weights) -> None:
    if weights.precision != FLOAT32:
        raise ModelError(
            f"{weights.spec.name}: expected float32 weights, found {weights.precision}",
            hint="quantise the float32 file that these were made from",
        )


def _refuse_signed(weights: Weights) -> None:
    for step in weights.spec.steps[:-1]:
        if _may_be_negative(step.layer):
            raise ModelError(
                f"{step.name}: no ReLU before the next layer, and int8 activations hold no "
                "negative values",
                hint='give the layer activation = "relu", or keep float32',
            )


def _may_be_negative(layer: Layer) -> bool:
    """Whether outputs can be below zero where all inputs are at least zero."""
    match layer:
        case Conv(activation=activation) | Dense(activation=activation):
            return activation != "relu"
        case MaxPool() | GlobalAveragePool():
            return False
        case other:
            assert_never(other)


def _quantize_layer(
    weights: Weights, step: Step, input_scale: float
) -> tuple[dict[str, npt.NDArray[Any]], float]:
    """Weight, bias and scale of one layer, and the relative error of its weights."""
    weight = weights.arrays[f"{step.name}.weight"].astype(np.float64)
    bias = weights.arrays[f"{step.name}.bias"].astype(np.float64)
    largest = np.abs(weight).max(axis=tuple(range(weight.ndim - 1)))
    smallest = np.abs(bias) / (input_scale * _MAX_BIAS)  # below it the bias would not fit
    floor = float(np.finfo(np.float32).tiny) / min(input_scale, 1.0)
    scale = np.maximum(np.maximum(largest / _MAX_WEIGHT, smallest), floor).astype(np.float32)
    q = np.clip(np.rint(weight / scale), -_MAX_WEIGHT, _MAX_WEIGHT)
    q_bias = np.clip(np.rint(bias / (scale * input_scale)), -_MAX_BIAS, _MAX_BIAS)
    tensors = {"weight": q.astype(np.int8), "bias": q_bias.astype(np.int32), "scale": scale}
    return {f"{step.name}.{part}": values for part, values in tensors.items()}, _relative(
        q * scale - weight, weight
    )


def _relative(error: npt.NDArray[np.float64], values: npt.NDArray[np.float64]) -> float:
    """Root mean square of `error` relative to that of `values`; 0 where these are all zero."""
    norm = float(np.sqrt(np.mean(values**2)))
    return float(np.sqrt(np.mean(error**2))) / norm if norm > 0 else 0.0


def _provenance(
    weights: Weights,
    layers: list[LayerStatistics],
    folded: tuple[tuple[str, ...], ...],
    images: int,
) -> dict[str, Any]:
    """The float32 file's provenance, and how its weights became these."""
    quantized = {
        "method": METHOD,
        "images": images,
        "folded": [list(chain) for chain in folded],
        "layers": [asdict(layer) for layer in layers],
    }
    return {**weights.trained, "quantized": quantized}
