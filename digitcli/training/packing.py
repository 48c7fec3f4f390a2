"""A network's variables packed for the optimizer: a few long vectors instead of many small tensors.

An update is a dozen elementwise operations, each with a fixed overhead. For the 20 tensors of a
small network they take longer than the network's layers; for two vectors almost nothing. Large
tensors stay as they are, since joining them would copy megabytes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .compute.backend import ops

LARGE = 65_536  # values; for tensors of this size an operation's overhead does not matter


@dataclass(frozen=True)
class Slot:
    """One array that the optimizer updates, and the variables whose values lie in it, in order.

    `kind` is "matrix" (one kernel as a two-dimensional (inputs, outputs) array), "kernels" (values
    that weight decay shrinks) or "others" (biases and gains, which it does not).
    """

    name: str
    kind: str
    members: tuple[int, ...]
    shape: tuple[int, ...]


class Packing:
    """The variables of a model as slots, and back.

    With `matrices`, every kernel but the last layer's gets a slot of its own, as Muon needs.
    """

    def __init__(self, variables: Sequence[Any], *, matrices: bool = False) -> None:
        self._shapes = [tuple(variable.shape) for variable in variables]
        kernels = [index for index, shape in enumerate(self._shapes) if len(shape) > 1]
        alone = set(kernels[:-1]) if matrices else set()
        own = [index for index in kernels if index in alone or self._size(index) >= LARGE]
        rest = [index for index in range(len(self._shapes)) if index not in own]
        slots = [
            Slot(
                f"kernel{index}",
                "matrix" if index in alone else "kernels",
                (index,),
                self._flat(index),
            )
            for index in own
        ]
        for kind, members in (
            ("kernels", [index for index in rest if len(self._shapes[index]) > 1]),
            ("others", [index for index in rest if len(self._shapes[index]) <= 1]),
        ):
            if members:
                count = sum(self._size(index) for index in members)
                slots.append(Slot(kind, kind, tuple(members), (count,)))
        self.slots = tuple(slots)

    def _size(self, index: int) -> int:
        return math.prod(self._shapes[index])

    def _flat(self, index: int) -> tuple[int, int]:
        """(inputs, outputs) of a kernel; Keras keeps the outputs last."""
        shape = self._shapes[index]
        return math.prod(shape[:-1]), shape[-1]

    def pack(self, values: Sequence[Any]) -> list[Any]:
        """Values of the variables, in their order -> one array for each slot."""
        packed = []
        for slot in self.slots:
            parts = [ops.reshape(values[index], (-1,)) for index in slot.members]
            joined = parts[0] if len(parts) == 1 else ops.concatenate(parts)
            packed.append(ops.reshape(joined, slot.shape))
        return packed

    def unpack(self, packed: Sequence[Any]) -> list[Any]:
        """One array for each slot -> values of the variables, in their order."""
        values: list[Any] = [None] * len(self._shapes)
        for slot, array in zip(self.slots, packed, strict=True):
            parts = [array]
            if len(slot.members) > 1:
                ends, end = [], 0
                for index in slot.members[:-1]:
                    end += self._size(index)
                    ends.append(end)
                parts = ops.split(array, ends)
            for index, part in zip(slot.members, parts, strict=True):
                values[index] = ops.reshape(part, self._shapes[index])
        return values
