"""Windows of other programs as windows of a `NetworkSpec`, which pads "same" or not at all."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from .ops import NO_PADS, Padding, Pads, Pair, Values

SpecPadding: TypeAlias = Literal["valid", "same"]


@dataclass(frozen=True)
class Side:
    """A window along one direction, on `length` pixels with `before` and `after` zeros."""

    length: int
    window: int
    stride: int
    before: int
    after: int
    ceil: bool = False

    @property
    def count(self) -> int:
        """How often the window fits."""
        room = self.length + self.before + self.after - self.window
        count = (-(-room // self.stride) if self.ceil else room // self.stride) + 1
        if self.ceil and (count - 1) * self.stride >= self.length + self.before:
            count -= 1  # a window that begins behind the picture is none
        return count

    @property
    def padded(self) -> bool:
        """Whether any window sees more than the picture."""
        return self.before > 0 or (self.count - 1) * self.stride + self.window > self.length


def sides(
    lengths: tuple[int, ...], window: Pair, stride: Pair, padding: Padding, *, ceil: bool = False
) -> tuple[Side, Side]:
    """A window down and across a picture of (height, width)."""
    pads = _pads(lengths, window, stride, padding)
    down, across = (
        Side(length, size, step, *pad, ceil)
        for length, size, step, pad in zip(lengths, window, stride, pads, strict=True)
    )
    return down, across


def _pads(lengths: tuple[int, ...], window: Pair, stride: Pair, padding: Padding) -> Pads:
    if padding == "valid":
        return NO_PADS
    if padding != "same":
        return padding
    down, across = (
        _same(length, size, step)
        for length, size, step in zip(lengths, window, stride, strict=True)
    )
    return down, across


def _same(length: int, window: int, stride: int) -> Pair:
    """TensorFlow's padding "same": the odd one goes to the end."""
    missing = max((math.ceil(length / stride) - 1) * stride + window - length, 0)
    return missing // 2, missing - missing // 2


def spec_window(down: Side, across: Side, *, grow: bool) -> tuple[SpecPadding, Pair, Pair] | None:
    """Padding of a spec under which a window sees the same pixels, and (length, shift) each way.

    With `grow` the window may become a larger one, in which the original stands `shift` behind the
    beginning: with zeros around it, "same" begins where the original begins. None if none does.
    """
    first, second = _choices(down, grow), _choices(across, grow)
    paddings: tuple[SpecPadding, SpecPadding] = ("valid", "same")
    for padding in paddings:
        if padding in first and padding in second:
            return padding, first[padding], second[padding]
    return None


def _choices(one: Side, grow: bool) -> dict[SpecPadding, Pair]:
    """Length and shift of the window, for each padding that does."""
    found: dict[SpecPadding, Pair] = {}
    if not one.padded and one.count == (one.length - one.window) // one.stride + 1:
        found["valid"] = one.window, 0
    if one.count == math.ceil(one.length / one.stride):
        longest = 2 * (one.window + one.before + one.stride) + 1 if grow else one.window
        for window in range(one.window, longest + 1):
            shift = _same(one.length, window, one.stride)[0] - one.before
            if 0 <= shift <= window - one.window and (grow or not shift):
                found["same"] = window, shift
                break
    return found


def placed(weight: Values, down: Pair, across: Pair) -> Values:
    """`weight` (kh, kw, in, out) inside a larger kernel of zeros: (length, shift) a direction."""
    larger = np.zeros((down[0], across[0], *weight.shape[2:]), weight.dtype)
    rows, columns = weight.shape[:2]
    larger[down[1] : down[1] + rows, across[1] : across[1] + columns] = weight
    return larger


def dense_kernel(weight: Values, groups: int, dilation: Pair) -> Values:
    """The kernel (kh, kw, in, out) without groups and dilation that does the same."""
    rows, columns, inside, filters = weight.shape
    each = filters // groups
    full = np.zeros((rows, columns, inside * groups, filters), np.float64)
    for group in range(groups):
        chosen = slice(group * each, (group + 1) * each)
        full[:, :, group * inside : (group + 1) * inside, chosen] = weight[..., chosen]
    down, across = dilation
    wide = np.zeros(((rows - 1) * down + 1, (columns - 1) * across + 1, *full.shape[2:]))
    wide[::down, ::across] = full
    return wide
