"""Gradients and compiling by JAX, on one device."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np
import numpy.typing as npt

from ...errors import UsageError
from ..cluster.tf_config import read_tf_config
from ..cluster.workers import OneWorker, Workers
from .backend import pick_device
from .protocol import Array


class JaxCompute:
    """See `Compute`. Everything is compiled by XLA, so `jit` makes no difference."""

    def __init__(self) -> None:
        if read_tf_config(os.environ) is not None:
            raise UsageError(
                "TF_CONFIG names several workers, but KERAS_BACKEND=jax trains on one device",
                hint="unset one of the two",
            )
        found = pick_device()
        self.device, self.kind, self.why = found.name, found.kind, found.why
        self.replicas = 1
        self.workers: Workers = OneWorker()

    def value_and_grad(
        self, loss: Callable[[Sequence[Array]], tuple[Array, Any]], values: Sequence[Array]
    ) -> tuple[Array, Any, list[Array]]:
        """See `Compute`."""
        (value, more), gradients = jax.value_and_grad(loss, has_aux=True)(list(values))
        return value, more, gradients

    def compile(self, function: Callable[..., Any], *, jit: bool) -> Callable[..., Any]:
        """See `Compute`."""
        compiled: Callable[..., Any] = jax.jit(function)
        return compiled

    def fuse(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """See `Compute`; the whole step is compiled so."""
        return function

    def place(self, array: npt.NDArray[Any]) -> Array:
        """See `Compute`."""
        return jax.device_put(array)

    def fetch(self, array: Array) -> npt.NDArray[Any]:
        """See `Compute`."""
        return np.asarray(array)

    def replica(self) -> Array:
        """See `Compute`."""
        return 0

    def add_up(self, arrays: Sequence[Array]) -> list[Array]:
        """See `Compute`."""
        return list(arrays)
