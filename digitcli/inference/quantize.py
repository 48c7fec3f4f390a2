"""Post-training quantisation: float32 weights and some pictures -> int8 weights.

Weights are symmetric, one scale for each output channel. Activations are unsigned bytes with zero
at zero, which fits pixels and what ReLU leaves; one scale for each layer, chosen on the calibration
pictures so that the mean squared error of rounding and clipping is least.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import _core
from ..errors import ModelError, UsageError
from ..model.layers import Conv, Dense, GlobalAveragePool, MaxPool
from ..model.precision import FLOAT32, INT8
from ..model.spec import Step
from ..model.weights import Weights
from .engine import describe_layers
from .fold import fold_linear_chains

MIN_IMAGES = 100  # fewer than this say nothing about a range
METHOD = "least mean squared error over 64 ranges"

_CHUNK = 100  # pictures at a time: the widest layer then takes some 10 MB
_BINS = 4096
_RANGES = 64
_MAX_WEIGHT = 127
_MAX_BYTE = 255
_MAX_BIAS = 2**29  # leaves three quarters of 32 bits to the products


@dataclass(frozen=True)
class LayerStatistics:
    """What quantising one layer did.

    `largest` output on the calibration pictures and `range`, which is what 255 stands for (None for
    logits); the shares of outputs that are `clipped` at it and that are exactly zero; and the
    root mean square error of the weights relative to that of the weights (None without weights).
    """

    name: str
    largest: float | None
    range: float | None
    clipped: float | None
    zeros: float | None
    weight_error: float | None


@dataclass(frozen=True)
class Quantized:
    """int8 weights, what was done to each layer, and the chains of layers that became one."""

    weights: Weights
    layers: tuple[LayerStatistics, ...]
    folded: tuple[tuple[str, ...], ...]


def quantize(weights: Weights, images: npt.NDArray[np.uint8]) -> Quantized:
    """Quantise float32 `weights`, calibrated on uint8 `images` (n, 28, 28) of training data.

    Raises ModelError for weights that are int8 already or a layer whose output can be negative
    before another layer, UsageError for fewer than MIN_IMAGES pictures.
    """
    if weights.precision != FLOAT32:
        raise ModelError(
            f"{weights.spec.name}: expected float32 weights, found {weights.precision}",
            hint="quantise the float32 file that these were made from",
        )
    if len(images) < MIN_IMAGES:
        raise UsageError(
            f"images: expected at least {MIN_IMAGES} to calibrate on, got {len(images)}"
        )
    source, folded = fold_linear_chains(weights)
    _refuse_signed(source)
    outputs = _calibrate(source, images)
    tensors: dict[str, npt.NDArray[Any]] = {}
    layers = []
    scale = source.spec.scale
    for step in source.spec.steps:
        output = outputs.get(step.name)
        found, error = _quantize_layer(source, step, scale) if step.tensors else ({}, None)
        if output is not None:
            scale = output.range / _MAX_BYTE
            found |= {f"{step.name}.output": np.float32([scale])}
            scale = float(found[f"{step.name}.output"][0])
        if found:
            layers.append(_statistics(step.name, output, error))
        tensors |= found
    trained = _provenance(weights, layers, folded, len(images))
    return Quantized(Weights(source.spec, tensors, trained, INT8), tuple(layers), folded)


def _refuse_signed(weights: Weights) -> None:
    for step in weights.spec.steps[:-1]:
        if isinstance(step.layer, (Conv, Dense)) and step.layer.activation != "relu":
            raise ModelError(
                f"{step.name}: no ReLU before the next layer, and int8 activations hold no "
                "negative values",
                hint='give the layer activation = "relu", or keep float32',
            )


@dataclass
class _Output:
    """The outputs of one layer on all calibration pictures, as a histogram from 0 to `largest`."""

    largest: float = 0.0
    count: int = 0
    zeros: int = 0
    bins: npt.NDArray[np.float64] = None  # type: ignore[assignment]
    range: float = 1.0

    def centres(self) -> npt.NDArray[np.float64]:
        return (np.arange(_BINS) + 0.5) * (self.largest / _BINS)

    def choose_range(self) -> None:
        """The range with the least mean squared error; 1 if nothing but zeros came."""
        if self.largest <= 0:
            return
        values = self.centres()
        candidates = self.largest * np.arange(1, _RANGES + 1) / _RANGES
        steps = candidates[:, None] / _MAX_BYTE
        rounded = np.minimum(np.rint(values / steps), _MAX_BYTE) * steps
        errors = ((rounded - values) ** 2) @ self.bins
        self.range = float(candidates[int(np.argmin(errors))])

    def clipped(self) -> float:
        return float(self.bins[self.centres() > self.range].sum()) / max(self.count, 1)


def _calibrate(weights: Weights, images: npt.NDArray[np.uint8]) -> dict[str, _Output]:
    """The histogram and the range of every layer's output that is stored in bytes.

    Measured behind the max pooling that follows, since only the largest values get that far.
    """
    outputs: dict[str, _Output] = {}
    for name, values in _outputs(weights, images):
        output = outputs.setdefault(name, _Output(bins=np.zeros(_BINS)))
        output.largest = max(output.largest, float(values.max(initial=0.0)))
    for name, values in _outputs(weights, images):
        output = outputs[name]
        output.count += values.size
        output.zeros += int((values == 0).sum())
        positive = values[values > 0]
        output.bins += np.histogram(positive, _BINS, (0, output.largest or 1.0))[0]
    for output in outputs.values():
        output.choose_range()
    return outputs


def _outputs(
    weights: Weights, images: npt.NDArray[np.uint8]
) -> Iterator[tuple[str, npt.NDArray[np.float32]]]:
    """(name, values) for each layer that is stored in bytes and each chunk of pictures."""
    steps, layers = weights.spec.steps, describe_layers(weights)
    for start in range(0, len(images), _CHUNK):
        chunk = images[start : start + _CHUNK, :, :, np.newaxis]
        x = np.ascontiguousarray(chunk * np.float32(weights.spec.scale), np.float32)
        producer = ""
        for step, layer, after in zip(steps, layers, [*steps[1:], None], strict=True):
            x = _core.run_layers([layer], x)
            if not isinstance(step.layer, MaxPool):
                producer = step.name
            if producer and after is not None and not isinstance(after.layer, MaxPool):
                yield producer, x


def _quantize_layer(
    weights: Weights, step: Step, input_scale: float
) -> tuple[dict[str, npt.NDArray[Any]], float]:
    """Weight, bias and scale of one layer, and the relative error of its weights."""
    weight = np.float64(weights.tensors[f"{step.name}.weight"])
    bias = np.float64(weights.tensors[f"{step.name}.bias"])
    largest = np.abs(weight).max(axis=tuple(range(weight.ndim - 1)))
    smallest = np.abs(bias) / (input_scale * _MAX_BIAS)  # below it the bias would not fit
    scale = np.maximum(np.maximum(largest / _MAX_WEIGHT, smallest), np.finfo(np.float32).tiny)
    scale = np.float64(np.float32(scale))
    q = np.clip(np.rint(weight / scale), -_MAX_WEIGHT, _MAX_WEIGHT)
    q_bias = np.clip(np.rint(bias / (scale * input_scale)), -_MAX_BIAS, _MAX_BIAS)
    norm = float(np.sqrt(np.mean(weight**2)))
    error = float(np.sqrt(np.mean((q * scale - weight) ** 2))) / norm if norm > 0 else 0.0
    found = {"weight": q.astype(np.int8), "bias": q_bias.astype(np.int32)}
    found |= {"scale": scale.astype(np.float32)}
    return {f"{step.name}.{part}": values for part, values in found.items()}, error


def _statistics(name: str, output: _Output | None, error: float | None) -> LayerStatistics:
    if output is None:
        return LayerStatistics(name, None, None, None, None, error)
    zeros = output.zeros / max(output.count, 1)
    return LayerStatistics(name, output.largest, output.range, output.clipped(), zeros, error)


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
