"""The layers of a network while it is built, and the value behind the last one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...model.layers import Conv, Dense, GlobalAveragePool, Layer, MaxPool, assert_never
from ...model.spec import INPUT_SHAPE
from .ops import NO_PADS, Channels, Op, Padding, Values, refuse
from .value import Value

MAX_PIXEL = 255
_ROUNDING = 1e-6  # of 1 / 255 as a float32


@dataclass
class Placed:
    """A layer of the spec with its tensors in Keras's layout, float64."""

    layer: Layer
    weight: Values | None = None
    bias: Values | None = None

    @property
    def activation(self) -> str:
        """That of a convolution or dense layer; nothing for a pool."""
        return str(getattr(self.layer, "activation", ""))

    def activate(self, activation: str) -> None:
        """Set it."""
        changed: dict[str, Any] = {"activation": activation}
        self.layer = replace(self.layer, **changed)

    def scale(self, gain: Values, offset: Values) -> None:
        """Let the layer give x * gain + offset instead of x."""
        assert self.weight is not None
        assert self.bias is not None
        self.weight, self.bias = self.weight * gain, self.bias * gain + offset

    def add_ones(self) -> None:
        """One more channel, always 1."""
        assert isinstance(self.layer, Conv)
        assert self.weight is not None
        assert self.bias is not None
        blank = np.zeros((*self.weight.shape[:3], 1))
        self.weight = np.concatenate([self.weight, blank], axis=3)
        self.bias = np.append(self.bias, 1.0)
        self.layer = replace(self.layer, filters=self.layer.filters + 1)


class Stack:
    """Layers so far; `value` is behind the last, `scale` that of the spec.

    It starts with pixels as raw * `gain` + `offset`, raw 0 to 255, in an input of `shape`.
    """

    def __init__(self, shape: tuple[int, ...], gain: float, offset: float) -> None:
        self.layers: list[Placed] = []
        self.scale = 1 / MAX_PIXEL
        start = Value.of(INPUT_SHAPE)
        self.value = replace(start, order=start.order.reshape(shape)).affine(
            "the pixels", np.array(gain * MAX_PIXEL), np.array(offset)
        )

    def behind(self) -> Placed | None:
        """The last layer that is no max pool; None for pixels."""
        return next((one for one in reversed(self.layers) if not _is_pool(one)), None)

    def never_negative(self) -> bool:
        """Whether the value is at least 0 everywhere."""
        pending = self.value.pending
        if pending is not None and min(pending.gain.min(), pending.offset.min()) < 0:
            return False
        behind = self.behind()
        return behind is None or behind.activation == "relu"

    def append(
        self, layer: Layer, weight: Values | None = None, bias: Values | None = None
    ) -> None:
        """Add a layer."""
        self.layers.append(Placed(layer, weight, bias))

    def step_behind(self, layer: Layer, node: str, channels: Channels) -> None:
        """Let `value` be what `layer` gives; what is pending stays so behind a pool."""
        old = self.value
        shape = layer.output_shape(node, old.shape)
        new = Value.of(shape, channels if len(shape) == 3 else "last")
        match layer:
            case MaxPool() | GlobalAveragePool():
                if old.pending is not None:
                    gain, offset = (np.broadcast_to(one, shape) for one in old.channel_values())
                    new = replace(new, pending=replace(old.pending, gain=gain, offset=offset))
            case Conv() | Dense():
                pass
            case other:
                assert_never(other)
        self.value = new

    def take_scale(self) -> None:
        """Let the spec scale the pixels where nothing else is to be done to them."""
        pending = self.value.pending
        if pending is None or any(one.weight is not None for one in self.layers):
            return
        gain = float(pending.gain.flat[0])
        if abs(gain - 1) < _ROUNDING:
            gain = 1.0
        even = not pending.offset.any() and bool((pending.gain == pending.gain.flat[0]).all())
        if even and 0 < gain <= MAX_PIXEL:
            self.scale = gain / MAX_PIXEL
            self.value = replace(self.value, pending=None)

    def add_ones(self) -> None:
        """One more channel of ones in the last convolution, or in a first one that keeps pixels."""
        behind = self.behind()
        if behind is not None:
            behind.add_ones()
            return
        keep = Placed(Conv(2, 1), np.array([[[[1.0, 0.0]]]]), np.array([0.0, 1.0]))
        self.layers.insert(0, keep)

    def padding(self, padding: Padding, op: Op) -> Padding:
        """The padding of a window, and of a `Pad` before it."""
        if self.value.pads == NO_PADS:
            return padding
        before = self.value.pads
        if padding == "valid":
            return before
        if padding == "same":
            refuse(op.node, f'padding "same" behind the padding of {self.value.padded_by}')
        down, across = (
            (one[0] + two[0], one[1] + two[1]) for one, two in zip(before, padding, strict=True)
        )
        return down, across


def _is_pool(one: Placed) -> bool:
    return isinstance(one.layer, MaxPool)
