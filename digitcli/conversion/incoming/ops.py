"""What the readers of other formats give: a chain of operations on one picture.

Every operation has `node`, its name and kind in the file it comes from, for messages. Shapes and
axes leave out the batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NoReturn, TypeAlias

import numpy.typing as npt

from ...errors import ModelError

Values: TypeAlias = "npt.NDArray[Any]"
Pair: TypeAlias = tuple[int, int]
Pads: TypeAlias = tuple[Pair, Pair]  # rows (above, below), columns (left, right)
Padding: TypeAlias = Literal["same", "valid"] | Pads  # "same" as TensorFlow splits it
Channels: TypeAlias = Literal["first", "last"]  # where the axis of channels is

NO_PADS: Pads = ((0, 0), (0, 0))
FITS = (
    "digitcli runs chains of convolution, batch norm, ReLU, max and average pool, dense and "
    "softmax layers"
)


@dataclass(frozen=True)
class Affine:
    """value * gain + offset; both broadcast to the value's shape."""

    node: str
    gain: Values
    offset: Values


@dataclass(frozen=True)
class Dense:
    """value @ weight + bias: weight (in, out), bias (out,)."""

    node: str
    weight: Values
    bias: Values | None = None


@dataclass(frozen=True)
class Convolution:
    """A convolution: weight (kernel height, kernel width, in / groups, out), bias (out,)."""

    node: str
    weight: Values
    bias: Values | None = None
    stride: Pair = (1, 1)
    padding: Padding = "valid"
    channels: Channels = "last"
    dilation: Pair = (1, 1)
    groups: int = 1


@dataclass(frozen=True)
class Pool:
    """The largest value or the mean of each window; `size` None is the whole picture.

    `ceil` keeps a last window that is not whole. `counts_padding`: means count padding as zeros.
    """

    node: str
    kind: Literal["max", "average"]
    size: Pair | None
    stride: Pair = (1, 1)
    padding: Padding = "valid"
    channels: Channels = "last"
    ceil: bool = False
    counts_padding: bool = False
    keeps_axes: bool = True


@dataclass(frozen=True)
class Relu:
    """max(value, 0)."""

    node: str


@dataclass(frozen=True)
class Softmax:
    """Softmax over the last axis, or its logarithm."""

    node: str
    log: bool = False


@dataclass(frozen=True)
class Reshape:
    """Another shape for the same values in the same order; -1 is what is left."""

    node: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Transpose:
    """Axes in another order, as numpy.transpose takes it."""

    node: str
    axes: tuple[int, ...]


@dataclass(frozen=True)
class Pad:
    """Zeros around a picture."""

    node: str
    pads: Pads
    channels: Channels = "last"


Op: TypeAlias = Affine | Dense | Convolution | Pool | Relu | Softmax | Reshape | Transpose | Pad


@dataclass(frozen=True)
class Chain:
    """A model as a reader found it.

    `shape` and `dtype` (a NumPy name) are those of its input, without the batch; `batch` is how
    many pictures it takes at a time, None for any number.
    """

    shape: tuple[int, ...]
    dtype: str
    ops: Sequence[Op]
    batch: int | None = None


def refuse(node: str, reason: str, hint: str = FITS) -> NoReturn:
    """Raise the ModelError for a node that does not fit."""
    raise ModelError(f"{node}: {reason}", hint)
