"""Our own engine."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from ... import __version__

if TYPE_CHECKING:
    from ...inference.engine import Engine
    from . import Images, Probabilities


class DigitCli:
    """The C++ engine: NumPy in, NumPy out."""

    version = __version__

    def __init__(self, engine: Engine, threads: int) -> None:
        self.variant = engine.isa
        self.precision = engine.precision
        self._engine = engine
        self._threads = threads

    def probabilities(self, images: Images) -> Probabilities:
        """Answer uint8 (n, 28, 28) with float32 (n, 10)."""
        return self._engine.predict(images, self._threads).probabilities

    def prepare(self, images: Images) -> Callable[[], object]:
        """The call as a user makes it: nothing to prepare."""
        return partial(self._engine.predict, images, self._threads)
