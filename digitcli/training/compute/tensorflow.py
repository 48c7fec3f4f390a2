"""Gradients, compiling and data parallelism by TensorFlow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .backend import pick_device, tensorflow
from .distribute import Replicas, find_replicas
from .protocol import Array

tf = tensorflow()
# A step is compiled once for each shape of a batch, which is meant: lines have a few widths.
tf.get_logger().addFilter(lambda record: "tf.function retracing" not in record.getMessage())


class TensorFlowCompute:
    """See `Compute`; several replicas are a `tf.distribute` strategy's."""

    def __init__(self, replicas: Replicas | None = None) -> None:
        found = pick_device()
        self._replicas = replicas or find_replicas(found)
        self.device, self.kind, self.why = found.name, found.kind, self._replicas.why or found.why
        self.replicas, self.workers = self._replicas.count, self._replicas.workers

    def value_and_grad(
        self, loss: Callable[[Sequence[Array]], tuple[Array, Any]], values: Sequence[Array]
    ) -> tuple[Array, Any, list[Array]]:
        """See `Compute`."""
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(values)
            value, more = loss(values)
        return value, more, tape.gradient(value, list(values), unconnected_gradients="zero")

    def compile(self, function: Callable[..., Any], *, jit: bool) -> Callable[..., Any]:
        """See `Compute`."""
        strategy, device = self._replicas.strategy, self.device
        if strategy is None:
            compiled = tf.function(function, jit_compile=jit, autograph=False)

            def run(*arguments: Any) -> Any:
                with tf.device(device):
                    return compiled(*arguments)

            return run

        def run_on_all(*arguments: Any) -> Any:  # XLA compiles no sum over several replicas
            return strategy.run(function, arguments)

        shared: Callable[..., Any] = tf.function(run_on_all, autograph=False)
        return shared

    def fuse(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """See `Compute`."""
        if self._replicas.strategy is not None:
            return function
        fused: Callable[..., Any] = tf.function(function, jit_compile=True, autograph=False)
        return fused

    def place(self, array: npt.NDArray[Any]) -> Array:
        """See `Compute`."""
        devices = self._replicas.devices or (self.device,)
        copies = []
        for device in devices:
            with tf.device(device):
                copies.append(tf.constant(array))
        if len(copies) == 1:
            return copies[0]
        each = iter(copies)
        return self._replicas.strategy.experimental_distribute_values_from_function(
            lambda _: next(each)
        )

    def fetch(self, array: Array) -> npt.NDArray[Any]:
        """See `Compute`."""
        if len(self._replicas.devices) > 1:
            array = self._replicas.strategy.experimental_local_results(array)[0]
        return np.asarray(array)

    def replica(self) -> Array:
        """See `Compute`."""
        if self._replicas.strategy is None:
            return 0
        return tf.distribute.get_replica_context().replica_id_in_sync_group

    def add_up(self, arrays: Sequence[Array]) -> list[Array]:
        """See `Compute`."""
        if self._replicas.strategy is None:
            return list(arrays)
        context = tf.distribute.get_replica_context()
        # On this replica's device by name, and of one type, so that all go in one message.
        here = [tf.identity(tf.cast(array, tf.float32)) for array in arrays]
        sums = context.all_reduce(tf.distribute.ReduceOp.SUM, here)
        return [tf.cast(sum_, array.dtype) for sum_, array in zip(sums, arrays, strict=True)]
