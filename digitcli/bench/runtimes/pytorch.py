"""PyTorch on the CPU, built from the weight file: no TensorFlow needed."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from ...model.layers import Conv, Dense, GlobalAveragePool, MaxPool, assert_never
from . import as_floats, demand

if TYPE_CHECKING:
    from ...model.spec import Step
    from ...model.weights import Weights
    from . import Images, Probabilities

LEAST = (2, 2)


class PyTorch:
    """A traced module, in one of two ways; in bf16, all but softmax is bf16.

    `jit`: frozen, the faster one for single pictures. `jit-optimized`: frozen and then handed to
    `optimize_for_inference`, which packs the weights for oneDNN, the faster one for many.

    It is given float32 (or bf16) pictures (n, 1, 28, 28), scaled and in its channels-last layout,
    outside the timed call. Float32 products are computed in float32, whatever the CPU offers.
    """

    version: str = torch.__version__.partition("+")[0]

    def __init__(self, weights: Weights, variant: str, precision: str, threads: int) -> None:
        demand("torch", self.version, LEAST)
        self.variant = variant
        torch.set_num_threads(threads)
        torch.set_num_interop_threads(1)
        torch.set_float32_matmul_precision("highest")
        self.precision = precision
        self._packs = variant == "jit-optimized"
        self._scale = weights.spec.scale
        self._dtype = torch.bfloat16 if precision == "bf16" else torch.float32
        self._network = network_of(weights, self._dtype).to(memory_format=torch.channels_last)

    def probabilities(self, images: Images) -> Probabilities:
        """Answer uint8 (n, 28, 28) with float32 (n, classes)."""
        answers: Probabilities = self.prepare(images)()
        return answers

    def prepare(self, images: Images) -> Callable[[], Any]:
        """Trace and freeze for this batch size."""
        floats = torch.from_numpy(as_floats(images, self._scale)).permute(0, 3, 1, 2)
        pictures = floats.to(self._dtype, memory_format=torch.channels_last)
        with torch.inference_mode(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # deprecated, and still the way without a compiler
            optimise = torch.jit.optimize_for_inference if self._packs else torch.jit.freeze
            traced = optimise(torch.jit.trace(self._network, pictures))

        def call() -> Any:
            with torch.inference_mode():
                return traced(pictures).numpy()

        return call

    def save(self, path: Path) -> None:
        """Write a TorchScript file: raw pictures uint8 (n, 28, 28) in, probabilities out."""
        example = torch.zeros((1, 28, 28), dtype=torch.uint8)
        with torch.inference_mode(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            raw = _Raw(self._network, self._scale).eval()
            torch.jit.freeze(torch.jit.trace(raw, example)).save(str(path))


def network_of(weights: Weights, dtype: Any = torch.float32) -> Any:
    """The network as a module: scaled `dtype` (n, 1, 28, 28) in, float32 (n, classes) out."""
    layers = [layer for step in weights.spec.steps for layer in _layers(step, weights)]
    network = nn.Sequential(*layers).to(dtype)
    return nn.Sequential(network, _Probabilities(weights.temperature)).eval()


def raw_network_of(weights: Weights) -> Any:
    """The same for raw pictures, uint8 (n, 28, 28), which it scales itself."""
    return _Raw(network_of(weights), weights.spec.scale).eval()


class _Raw(nn.Module):  # type: ignore[misc]
    def __init__(self, network: Any, scale: float) -> None:
        super().__init__()
        self.network, self.scale = network, scale

    def forward(self, images: Any) -> Any:
        """Raw pictures (n, 28, 28) -> what the network says of the scaled ones."""
        return self.network(images.unsqueeze(1).float() * self.scale)


class _Probabilities(nn.Module):  # type: ignore[misc]
    def __init__(self, temperature: float) -> None:
        super().__init__()
        self.temperature = temperature

    def forward(self, logits: Any) -> Any:
        """Logits of any precision -> float32 probabilities."""
        if self.temperature != 1:
            logits = logits.float() / self.temperature
        return torch.softmax(logits, dim=1, dtype=torch.float32)


class _Flatten(nn.Module):  # type: ignore[misc]
    def forward(self, picture: Any) -> Any:
        """(n, channel, row, column) -> (n, values) in our order: row, column, channel.

        Free of charge, because the picture lies in memory like that.
        """
        return picture.permute(0, 2, 3, 1).flatten(1)


def _layers(step: Step, weights: Weights) -> list[Any]:
    """One step of the network as modules."""
    match step.layer:
        case Conv() as conv:
            _, _, channels = step.input_shape
            module = nn.Conv2d(channels, conv.filters, conv.kernel, stride=conv.stride)
            _fill(module, step, weights, (3, 2, 0, 1))
            return [*_padding(step, 0.0, module), module, *_relu(conv.activation)]
        case MaxPool() as pool:
            module = nn.MaxPool2d(pool.size, pool.stride)
            return [*_padding(step, -torch.inf, module), module]
        case GlobalAveragePool():
            return [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
        case Dense() as dense:
            flatten = [_Flatten()] if len(step.input_shape) == 3 else []
            module = nn.Linear(int(np.prod(step.input_shape)), dense.units)
            _fill(module, step, weights, (1, 0))
            return [*flatten, module, *_relu(dense.activation)]
        case other:
            assert_never(other)


def _fill(module: Any, step: Step, weights: Weights, order: tuple[int, ...]) -> None:
    weight = np.ascontiguousarray(weights.arrays[f"{step.name}.weight"].transpose(order))
    bias = weights.arrays[f"{step.name}.bias"]
    with torch.no_grad():
        module.weight.copy_(torch.from_numpy(weight))
        module.bias.copy_(torch.from_numpy(bias.copy()))


def _padding(step: Step, value: float, module: Any) -> list[Any]:
    """Zeros on all sides belong to the convolution itself; anything else is a layer before it."""
    (top, bottom), (left, right) = step.padding
    if isinstance(module, nn.Conv2d) and (top, left) == (bottom, right):
        module.padding = (top, left)
        return []
    if not any((top, bottom, left, right)):
        return []
    return [nn.ConstantPad2d((left, right, top, bottom), value)]


def _relu(activation: str) -> list[Any]:
    return [nn.ReLU()] if activation == "relu" else []
