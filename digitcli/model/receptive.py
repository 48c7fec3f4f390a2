"""Receptive fields: the pixels of the picture that one output of a layer depends on."""

from __future__ import annotations

from .frozen import dataclass
from .layers import Conv, Dense, GlobalAveragePool, MaxPool, assert_never, pair
from .spec import NetworkSpec


@dataclass(frozen=True)
class ReceptiveField:
    """Along one side of a picture `length` pixels long: what each output of a layer sees.

    Output i sees the pixels start + i * step to start + i * step + size - 1. Those that are not in
    the picture are padding.
    """

    start: int
    step: int
    size: int
    length: int

    def pixels(self, index: int) -> slice:
        """The rows or columns of the picture that output `index` sees."""
        first = self.start + index * self.step
        end = min(first + self.size, self.length)
        return slice(min(max(first, 0), end), end)

    def behind(self, window: int, stride: int, before: int) -> ReceptiveField:
        """The field behind one more layer, which pads `before` places at the beginning."""
        return ReceptiveField(
            start=self.start - before * self.step,
            step=self.step * stride,
            size=self.size + (window - 1) * self.step,
            length=self.length,
        )


def receptive_fields(spec: NetworkSpec) -> dict[str, tuple[ReceptiveField, ReceptiveField]]:
    """For every convolution and max pool, by name: the fields along the rows and the columns."""
    found: dict[str, tuple[ReceptiveField, ReceptiveField]] = {}
    height, width = spec.steps[0].input_shape[:2]
    fields = ReceptiveField(0, 1, 1, height), ReceptiveField(0, 1, 1, width)
    for step in spec.steps:
        match step.layer:
            case Conv(kernel=window, stride=stride) | MaxPool(size=window, stride=stride):
                sides = zip(fields, pair(window), pair(stride), step.padding, strict=True)
                rows, columns = (
                    field.behind(extent, apart, padding[0])
                    for field, extent, apart, padding in sides
                )
                fields = rows, columns
                found[step.name] = fields
            case GlobalAveragePool() | Dense():
                pass
            case other:
                assert_never(other)
    return found
