"""Receptive fields: the pixels of the picture that one output of a layer depends on."""

from __future__ import annotations

from dataclasses import dataclass

from .layers import Conv, Dense, GlobalAveragePool, MaxPool, assert_never
from .spec import INPUT_SHAPE, NetworkSpec


@dataclass(frozen=True)
class ReceptiveField:
    """Output row i sees the pixel rows start + i * step to start + i * step + size - 1.

    The same holds for columns: pictures and windows are square. Rows that are not in the picture
    are padding.
    """

    start: int
    step: int
    size: int

    def pixels(self, index: int) -> slice:
        """The rows or columns of the picture that output `index` sees."""
        first = self.start + index * self.step
        end = min(first + self.size, INPUT_SHAPE[0])
        return slice(min(max(first, 0), end), end)


def receptive_fields(spec: NetworkSpec) -> dict[str, ReceptiveField]:
    """The receptive field of every convolution and max pool, by name."""
    found: dict[str, ReceptiveField] = {}
    field = ReceptiveField(0, 1, 1)
    for step in spec.steps:
        match step.layer:
            case Conv(kernel=size, stride=stride) | MaxPool(size=size, stride=stride):
                before = step.padding[0][0]
                field = ReceptiveField(
                    start=field.start - before * field.step,
                    step=field.step * stride,
                    size=field.size + (size - 1) * field.step,
                )
                found[step.name] = field
            case GlobalAveragePool() | Dense():
                pass
            case other:
                assert_never(other)
    return found
