"""Our own engine."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from ...inference.layer_times import layer_times
from ...version import __version__

if TYPE_CHECKING:
    from ...inference.engine import Engine
    from . import Images, Probabilities


class DigitCli:
    """The C++ engine: NumPy in, NumPy out."""

    version = __version__

    def __init__(self, engine: Engine, precision: str, threads: int) -> None:
        self.variant = engine.isa
        self.precision = "int8" if engine.precision == "int8" else precision
        self._engine = engine
        self._threads = threads

    def probabilities(self, images: Images) -> Probabilities:
        """Answer uint8 (n, 28, 28) with float32 (n, classes)."""
        return self._engine.predict(images, self._threads).probabilities

    def prepare(self, images: Images) -> Callable[[], object]:
        """The call as a user makes it: nothing to prepare."""
        return partial(self._engine.predict, images, self._threads)

    def prepare_fresh(self, images: Images) -> Callable[[Images], object]:
        """The same for pictures that are others each time."""
        return lambda fresh: self._engine.predict(fresh, self._threads)

    @property
    def has_kernel_times(self) -> bool:
        """Whether `kernel_seconds` works: the engine times its layers on one thread."""
        return self._threads == 1

    def kernel_seconds(self, images: Images, repeats: int) -> list[float]:
        """The seconds that all convolutions and dense layers took together, in each repeat."""
        counted = {step.name for step in self._engine.spec.steps if step.tensors}
        passes = (layer_times(self._engine, images, 1) for _ in range(repeats))
        return [
            sum(layer.us for layer in layers if not counted.isdisjoint(layer.layers)) / 1e6
            for layers in passes
        ]
