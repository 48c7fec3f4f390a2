"""Several GPUs in one machine, or several machines: the `tf.distribute` strategy for them."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...errors import MachineError, UsageError
from ...interrupt import default_signals
from ..cluster.collective import CollectiveWorkers, Floats
from ..cluster.rendezvous import meet
from ..cluster.tf_config import Cluster, read_tf_config, time_limit
from ..cluster.workers import OneWorker, Workers
from .backend import Device, tensorflow


@dataclass(frozen=True)
class Replicas:
    """The `count` replicas that share each batch, and those of them that this process runs.

    `strategy` is a `tf.distribute` strategy, or None for a single device; `devices` are
    TensorFlow's names of this process's devices.
    """

    strategy: Any = None
    count: int = 1
    devices: tuple[str, ...] = ()
    why: str = ""
    workers: Workers = field(default_factory=OneWorker)


def find_replicas(device: Device) -> Replicas:
    """One device, all GPUs of this machine, or all workers that TF_CONFIG names.

    Raises UsageError when TF_CONFIG is wrong, MachineError when a worker does not come.
    """
    cluster = read_tf_config(os.environ)
    if cluster is not None:
        return _join_workers(cluster, device)
    gpus = [gpu.name for gpu in tensorflow().config.list_logical_devices("GPU")]
    return mirrored(gpus, device.why) if len(gpus) > 1 else Replicas()


def mirrored(devices: list[str], why: str) -> Replicas:
    """Several devices of this machine, each with a copy of everything."""
    strategy = tensorflow().distribute.MirroredStrategy(devices)
    return Replicas(strategy, len(devices), tuple(devices), f"{len(devices)} x {why}")


def refuse_uneven(batch_size: int, replicas: int) -> None:
    """Raise UsageError unless every replica gets the same number of pictures."""
    if batch_size % replicas == 0:
        return
    even = max(replicas, batch_size - batch_size % replicas)
    raise UsageError(
        f"batch_size {batch_size} cannot be shared evenly by {replicas} replicas",
        hint=f"--batch-size {even}",
    )


@functools.cache  # TensorFlow can be made part of a cluster once in a process
def _join_workers(cluster: Cluster, device: Device) -> Replicas:
    meet(cluster, time_limit(os.environ))
    tf = tensorflow()
    try:
        with default_signals():  # TensorFlow waits for the others without letting Python run
            strategy = tf.distribute.MultiWorkerMirroredStrategy()
    except (RuntimeError, tf.errors.OpError) as error:
        raise MachineError(
            f"TF_CONFIG: TensorFlow does not connect the workers ({error})",
            hint="see what the other workers say; start all of them again",
        ) from error
    failures = (
        tf.errors.AbortedError,
        tf.errors.CancelledError,
        tf.errors.DeadlineExceededError,
        tf.errors.UnavailableError,
    )
    workers = CollectiveWorkers(cluster, _adding(strategy), failures)
    count = strategy.num_replicas_in_sync
    why = f"{cluster.names[cluster.index]}, one of {workers.count} workers"
    why += f" with {count} replicas in all; {device.why}"
    return Replicas(strategy, count, tuple(strategy.extended.worker_devices), why, workers)


def _adding(strategy: Any) -> Callable[[Floats], Floats]:
    """The sum of an array over the workers of `strategy`."""
    tf = tensorflow()

    @tf.function(autograph=False)  # type: ignore[untyped-decorator]
    def add_up(array: Any) -> Any:
        return strategy.reduce(tf.distribute.ReduceOp.SUM, array, axis=None)

    return lambda array: np.asarray(add_up(tf.constant(array)))
