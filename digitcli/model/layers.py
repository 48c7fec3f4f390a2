"""The layers a network can be made of: what each does to a shape, and what it holds.

A shape is (height, width, channels) for a picture, or (features,) for a vector. Sizes follow
TensorFlow: padding "same" gives ceil(size / stride), "valid" gives floor((size - kernel) / stride)
+ 1. A FLOP is a multiplication or an addition; multiplications with zero padding are counted.
"""

from __future__ import annotations

import math
from typing import ClassVar, Literal, NoReturn, TypeAlias

from ..errors import ModelError
from .frozen import dataclass, field
from .settings import means, setting

Shape: TypeAlias = tuple[int, ...]
Activation: TypeAlias = Literal["linear", "relu"]
Padding: TypeAlias = Literal["same", "valid"]
Window: TypeAlias = int | tuple[int, int]  # both sides alike, or (height, width)

MAX_WINDOW = 64  # pixels, a window's side or stride
MAX_WIDTH = 65_536  # filters or units in one layer: more is taken for a typo

# Settings that several kinds of layer have: meaning, unit.
SIDES = "sides of the window", "pixels"
STRIDE = "from one window to the next", "pixels"
PADDING = ('`"same"` keeps the size (divided by the stride), `"valid"` uses whole windows only',)
ACTIVATION = ("what follows the sums",)
DROPOUT = ("share of outputs that are dropped while training",)


@dataclass(frozen=True)
class Conv:
    """A convolution, then batch norm, activation and dropout if asked for.

    `kernel` and `stride` hold for both directions, or are (height, width).

    Batch norm, weight standardisation and dropout exist while training only: the first two are
    folded into weight and bias when the weights are saved, the third is dropped.
    """

    filters: int = field(metadata=means("channels of the output"))
    kernel: Window = setting(3, *SIDES)
    stride: Window = setting(1, *STRIDE)
    padding: Padding = setting("same", *PADDING)
    activation: Activation = setting("relu", *ACTIVATION)
    batch_norm: bool = setting(False, "normalise over the batch while training; folded when saved")
    dropout: float = setting(0.0, *DROPOUT)
    weight_standardization: bool = setting(
        False, "standardise each filter while training; folded when saved"
    )

    kind: ClassVar[str] = "conv"

    def check(self, name: str) -> None:
        """Refuse values that no convolution has."""
        _check_whole(name, "filters", self.filters, MAX_WIDTH)
        _check_window(name, "kernel", self.kernel)
        _check_window(name, "stride", self.stride)
        _check_choice(name, "padding", self.padding, ("same", "valid"))
        _check_choice(name, "activation", self.activation, ("linear", "relu"))
        _check_flag(name, "batch_norm", self.batch_norm)
        _check_flag(name, "weight_standardization", self.weight_standardization)
        if self.batch_norm and self.weight_standardization:
            raise ModelError(
                f"{name}: batch_norm and weight_standardization do the same work",
                hint="choose one of them",
            )
        _check_dropout(name, self.dropout)

    def output_shape(self, name: str, shape: Shape) -> Shape:
        """(height, width, channels) -> (height', width', filters)."""
        height, width, _ = _picture(name, self.kind, shape)
        sizes = _extents(name, (height, width), self.kernel, self.stride, self.padding)
        return (*sizes, self.filters)

    def tensors(self, shape: Shape) -> dict[str, Shape]:
        """Keras's own layout: weight (kernel height, kernel width, in, out), bias (out,)."""
        return {
            "weight": (*pair(self.kernel), shape[2], self.filters),
            "bias": (self.filters,),
        }

    def flops(self, shape: Shape, out: Shape) -> int:
        """Multiplications and additions for one picture."""
        return 2 * math.prod(out) * math.prod(pair(self.kernel)) * shape[2]


@dataclass(frozen=True)
class MaxPool:
    """The largest value of each window; padding never wins.

    `size` and `stride` hold for both directions, or are (height, width).
    """

    size: Window = setting(2, *SIDES)
    stride: Window = setting(2, *STRIDE)
    padding: Padding = setting("valid", *PADDING)

    kind: ClassVar[str] = "max_pool"

    def check(self, name: str) -> None:
        """Refuse values that no pooling has."""
        _check_window(name, "size", self.size)
        _check_window(name, "stride", self.stride)
        _check_choice(name, "padding", self.padding, ("same", "valid"))

    def output_shape(self, name: str, shape: Shape) -> Shape:
        """(height, width, channels) -> (height', width', channels)."""
        height, width, channels = _picture(name, self.kind, shape)
        sizes = _extents(name, (height, width), self.size, self.stride, self.padding)
        return (*sizes, channels)

    def tensors(self, shape: Shape) -> dict[str, Shape]:
        """Pooling learns nothing."""
        return {}

    def flops(self, shape: Shape, out: Shape) -> int:
        """Comparisons are not counted."""
        return 0


@dataclass(frozen=True)
class GlobalAveragePool:
    """The mean of each channel: (height, width, channels) -> (channels,)."""

    kind: ClassVar[str] = "global_average_pool"

    def check(self, name: str) -> None:
        """Accept: there is nothing to set."""

    def output_shape(self, name: str, shape: Shape) -> Shape:
        """(height, width, channels) -> (channels,)."""
        return (_picture(name, self.kind, shape)[2],)

    def tensors(self, shape: Shape) -> dict[str, Shape]:
        """Pooling learns nothing."""
        return {}

    def flops(self, shape: Shape, out: Shape) -> int:
        """One addition for each value, one multiplication for each channel."""
        return math.prod(shape) + math.prod(out)


@dataclass(frozen=True)
class Dense:
    """A matrix product with bias; a picture is flattened first, in (row, column, channel) order."""

    units: int = field(metadata=means("values of the output"))
    activation: Activation = setting("linear", *ACTIVATION)
    dropout: float = setting(0.0, *DROPOUT)

    kind: ClassVar[str] = "dense"

    def check(self, name: str) -> None:
        """Refuse values that no dense layer has."""
        _check_whole(name, "units", self.units, MAX_WIDTH)
        _check_choice(name, "activation", self.activation, ("linear", "relu"))
        _check_dropout(name, self.dropout)

    def output_shape(self, name: str, shape: Shape) -> Shape:
        """Any shape -> (units,)."""
        return (self.units,)

    def tensors(self, shape: Shape) -> dict[str, Shape]:
        """Keras's own layout: weight (in, out), bias (out,)."""
        return {"weight": (math.prod(shape), self.units), "bias": (self.units,)}

    def flops(self, shape: Shape, out: Shape) -> int:
        """Multiplications and additions for one picture."""
        return 2 * math.prod(shape) * self.units


Layer: TypeAlias = Conv | MaxPool | GlobalAveragePool | Dense
KINDS: dict[str, type[Conv] | type[MaxPool] | type[GlobalAveragePool] | type[Dense]] = {
    cls.kind: cls for cls in (Conv, MaxPool, GlobalAveragePool, Dense)
}


def assert_never(layer: NoReturn) -> NoReturn:
    """End a `match` over the kinds of layers: mypy reports every match that lacks a new kind.

    `typing` has it only from Python 3.11 on.
    """
    raise AssertionError(f"no case for {layer!r}")


def pair(window: Window) -> tuple[int, int]:
    """A window's (height, width)."""
    return (window, window) if isinstance(window, int) else window


def _extents(
    name: str, sizes: tuple[int, int], window: Window, stride: Window, padding: Padding
) -> tuple[int, ...]:
    """How often a window fits into a picture (height, width), down and across."""
    windows, strides = pair(window), pair(stride)
    if padding == "same":
        return tuple(math.ceil(size / step) for size, step in zip(sizes, strides, strict=True))
    if any(size < extent for size, extent in zip(sizes, windows, strict=True)):
        raise ModelError(
            f"{name}: a {windows[0]} x {windows[1]} window does not fit into "
            f"{sizes[0]} x {sizes[1]} pixels without padding",
            hint='use padding = "same", a smaller window, or one pooling less before it',
        )
    return tuple(
        (size - extent) // step + 1
        for size, extent, step in zip(sizes, windows, strides, strict=True)
    )


def _picture(name: str, kind: str, shape: Shape) -> Shape:
    if len(shape) != 3:
        raise ModelError(
            f"{name}: {kind} needs a picture (height, width, channels), but gets {shape[0]} values",
            hint="put convolutions and pooling before the first dense layer or global average",
        )
    return shape


def _check_whole(name: str, field: str, value: object, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise ModelError(f"{name}: {field} must be a whole number from 1 to {most}, got {value!r}")


def _check_window(name: str, field: str, value: object) -> None:
    sides = value if isinstance(value, tuple) else (value, value)
    if len(sides) != 2:
        raise ModelError(f"{name}: {field} must be one number or [height, width], got {value!r}")
    for side in sides:
        _check_whole(name, field, side, MAX_WINDOW)


def _check_choice(name: str, field: str, value: object, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ModelError(f"{name}: {field} must be one of {', '.join(choices)}; got {value!r}")


def _check_flag(name: str, field: str, value: object) -> None:
    if not isinstance(value, bool):
        raise ModelError(f"{name}: {field} must be true or false, got {value!r}")


def _check_dropout(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1:
        raise ModelError(f"{name}: dropout must be at least 0 and below 1, got {value!r}")
