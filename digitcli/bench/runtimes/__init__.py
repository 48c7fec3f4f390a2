"""One small adapter for each runtime that can run our network."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Images: TypeAlias = npt.NDArray[np.uint8]  # (n, 28, 28)
    Probabilities: TypeAlias = npt.NDArray[np.float32]  # (n, 10)


TENSORFLOW_VARIANTS = ("tf.function", "xla", "predict_on_batch")


class Runtime(Protocol):
    """A runtime with a network loaded, on a fixed number of threads.

    Every runtime is given the same raw uint8 pictures and answers with NumPy probabilities, so all
    do the same work.
    """

    variant: str  # which way of calling it, or which instruction set
    precision: str  # "float32", "int8", ...
    version: str

    def probabilities(self, images: Images) -> Probabilities:
        """Answer uint8 (n, 28, 28) with float32 (n, 10)."""

    def prepare(self, images: Images) -> Callable[[], object]:
        """Do what a user does once for a batch of this shape; return the call to be timed."""
