"""The backend that computes, as Keras chose it."""

from __future__ import annotations

from .backend import NAME
from .protocol import Compute


def make_compute() -> Compute:
    """The backend's own, on the devices that this process should use."""
    if NAME == "jax":
        from .jax import JaxCompute

        return JaxCompute()
    from .tensorflow import TensorFlowCompute

    return TensorFlowCompute()
