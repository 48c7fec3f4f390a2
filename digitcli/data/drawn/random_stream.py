"""Random numbers that are the same on every machine and with every NumPy."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class RandomStream:
    """Random numbers that no NumPy release may change (NEP 19 fixes the raw bits of PCG64)."""

    def __init__(self, *seed: int) -> None:
        self._bits = np.random.PCG64(seed)

    def raw(self, *shape: int) -> npt.NDArray[np.uint64]:
        """Uniform 64-bit integers."""
        return self._bits.random_raw(math.prod(shape)).reshape(shape)

    def uniform(self, *shape: int) -> Floats:
        """Uniform in [0, 1), float64."""
        return (self.raw(*shape) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def bell(self, *shape: int) -> Floats:
        """Nearly Gaussian, mean 0, deviation 1, never beyond 3: three uniforms added."""
        a, b, c = self.uniform(3, *shape)
        total: Floats = a + b + c
        return (total - 1.5) * 2.0

    def below(self, *limits: int) -> tuple[int, ...]:
        """A whole number from 0 to just below each of `limits`."""
        draws = zip(self.values(len(limits)), limits, strict=True)
        return tuple(int(draw * limit) for draw, limit in draws)

    def values(self, count: int) -> list[float]:
        """Uniform in [0, 1), as plain numbers."""
        plain: list[float] = self.uniform(count).tolist()
        return plain
