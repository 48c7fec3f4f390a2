"""One layer of a network in its place: its name, shapes, padding and cost."""

from __future__ import annotations

import math

from .frozen import dataclass
from .layers import Conv, Dense, GlobalAveragePool, Layer, MaxPool, Shape, assert_never, pair


@dataclass(frozen=True)
class Step:
    """One layer of a network, with its name, input and output shape."""

    name: str
    layer: Layer
    input_shape: Shape
    output_shape: Shape

    @property
    def tensors(self) -> dict[str, Shape]:
        """Full tensor names and shapes, e.g. {"conv1.weight": (5, 5, 1, 32), ...}."""
        return {f"{self.name}.{k}": v for k, v in self.layer.tensors(self.input_shape).items()}

    @property
    def parameters(self) -> int:
        """Values in this layer's tensors, as deployed (batch norm folded)."""
        return sum(math.prod(shape) for shape in self.tensors.values())

    @property
    def padding(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Rows (above, below) and columns (left, right) that padding adds to a picture.

        As TensorFlow splits it: the odd one goes to the end.
        """
        missing = [0, 0]
        match self.layer:
            case (
                Conv(kernel=size, stride=stride, padding=padding)
                | MaxPool(size=size, stride=stride, padding=padding)
            ):
                if padding == "same":
                    sides = zip(
                        *(self.input_shape[:2], self.output_shape[:2], pair(size), pair(stride)),
                        strict=True,
                    )
                    missing = [
                        max((out - 1) * step + extent - length, 0)
                        for length, out, extent, step in sides
                    ]
            case GlobalAveragePool() | Dense():
                pass
            case other:
                assert_never(other)
        above, left = (count // 2 for count in missing)
        return (above, missing[0] - above), (left, missing[1] - left)

    @property
    def flops(self) -> int:
        """Multiplications and additions for one picture, computed directly."""
        return self.layer.flops(self.input_shape, self.output_shape)
