"""What a training step needs and Keras does not have, on either backend.

A step is a pure function of a state (a dictionary of arrays), so that both backends compile it, it
can be timed without changing anything, and its state is all that a checkpoint must hold.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeAlias

import numpy.typing as npt

from ..cluster.workers import Workers

Array: TypeAlias = Any  # of the backend
State: TypeAlias = dict[str, Array]


class Compute(Protocol):
    """Gradients, compiling and devices. `replicas`, of all `workers`, share each batch."""

    replicas: int
    workers: Workers
    device: str
    why: str
    kind: str  # "cpu" or "gpu"

    def value_and_grad(
        self, loss: Callable[[Sequence[Array]], tuple[Array, Any]], values: Sequence[Array]
    ) -> tuple[Array, Any, list[Array]]:
        """`loss(values)` is (scalar, more); returns both and the scalar's gradients."""

    def compile(self, function: Callable[..., Any], *, jit: bool) -> Callable[..., Any]:
        """`function` as one call into the backend, on every replica; `jit` asks for XLA."""

    def fuse(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """`function`, a part of a step made of small elementwise operations, compiled by XLA."""

    def place(self, array: npt.NDArray[Any]) -> Array:
        """Copy an array to the device, or to each device of this process."""

    def fetch(self, array: Array) -> npt.NDArray[Any]:
        """Copy an array back; with several replicas, the first one's of this process."""

    def replica(self) -> Array:
        """Inside a step: the number of the replica that runs it, 0 to `replicas` - 1."""

    def add_up(self, arrays: Sequence[Array]) -> list[Array]:
        """Inside a step: the sums of `arrays` over all replicas; whole numbers below 2^24."""
