"""The value that flows through a chain: where each number of it stands, and what is still to do.

A spec's value is a picture (row, column, channel) or a vector. Another program may hold the same
numbers in any shape and order. `order` has that shape, and tells for each place the index of its
number in the spec's value: reshaping and transposing only move indices.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from .ops import NO_PADS, Channels, Op, Pads, Values, refuse


@dataclass(frozen=True)
class Pending:
    """x * gain + offset, still to be done to the spec's value; both float64 of its shape."""

    node: str
    gain: Values
    offset: Values


@dataclass(frozen=True)
class Value:
    """A value between two operations; `padded_by` still has to put the zeros `pads` around it."""

    shape: tuple[int, ...]
    order: Values
    pending: Pending | None = None
    pads: Pads = NO_PADS
    padded_by: str = ""

    @classmethod
    def of(cls, shape: tuple[int, ...], channels: Channels = "last") -> Value:
        """A value in the usual order: a vector, or a picture with its channels first or last."""
        order = np.arange(math.prod(shape)).reshape(shape)
        return cls(shape, order.transpose(2, 0, 1) if channels == "first" else order)

    def need_picture(self, op: Op, channels: Channels) -> None:
        """Refuse `op` unless the value is a picture with its channels there."""
        if len(self.shape) != 3 or not np.array_equal(
            self.order, Value.of(self.shape, channels).order
        ):
            refuse(
                op.node,
                f"needs a picture with its channels {channels}, in the order of rows and columns; "
                f"gets {' x '.join(map(str, self.order.shape))} values in another order",
            )

    def need_unpadded(self, op: Op) -> None:
        """Refuse `op` while zeros are to be put around the value."""
        if self.pads != NO_PADS:
            refuse(self.padded_by, f"padding is possible right before a convolution, not {op.node}")

    def affine(self, node: str, gain: Values, offset: Values) -> Value:
        """The value with x * gain + offset still to do; both broadcast to the source's shape."""
        if self.pads != NO_PADS and np.any(offset):
            refuse(node, f"adds to the zeros of {self.padded_by}")
        gains, offsets = (self._canonical(node, values) for values in (gain, offset))
        if self.pending is not None:
            offsets = self.pending.offset * gains + offsets
            gains = self.pending.gain * gains
        return replace(self, pending=Pending(node, gains, offsets))

    def _canonical(self, node: str, values: Values) -> Values:
        """A constant of the source's shape, or one that broadcasts to it, as the spec has it."""
        shape = self.order.shape
        if values.ndim == len(shape) + 1 and values.shape[0] == 1:
            values = values[0]  # the axis of the batch
        try:
            there = np.broadcast_to(values, shape)
        except ValueError:
            refuse(node, f"a constant {values.shape} does not fit values of shape {shape}")
        flat = np.empty(self.order.size)
        flat[self.order.ravel()] = there.ravel()
        return flat.reshape(self.shape)

    def is_even(self) -> bool:
        """Whether what is pending is the same for all places of a channel."""
        assert self.pending is not None
        both = (one.reshape(-1, self.shape[-1]) for one in (self.pending.gain, self.pending.offset))
        return all(bool((one == one[:1]).all()) for one in both)

    def channel_values(self) -> tuple[Values, Values]:
        """What is pending as one gain and offset a channel; refused where places differ."""
        assert self.pending is not None
        if not self.is_even():
            reason = "differs from pixel to pixel, and a convolution or pool follows"
            refuse(self.pending.node, reason)
        gain, offset = self.pending.gain, self.pending.offset
        return gain.reshape(-1, self.shape[-1])[0], offset.reshape(-1, self.shape[-1])[0]
