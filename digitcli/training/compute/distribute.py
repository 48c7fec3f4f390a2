"""Several GPUs in one machine, or several machines: the `tf.distribute` strategy that they need."""

from __future__ import annotations

import contextlib
import functools
import os
from dataclasses import dataclass, field
from typing import Any

from ...errors import UsageError
from ..cluster.tf_config import Cluster, read_tf_config, time_limit
from ..cluster.workers import OneWorker, Workers
from .backend import Device, tensorflow


@dataclass(frozen=True)
class Team:
    """The replicas that share each batch, and those of them that this process runs.

    `strategy` is a `tf.distribute` strategy, or None for a single device; `devices` are this
    process's, by TensorFlow's names.
    """

    strategy: Any = None
    replicas: int = 1
    devices: tuple[str, ...] = ()
    why: str = ""
    workers: Workers = field(default_factory=OneWorker)


def join_team(device: Device) -> Team:
    """One device, all GPUs of this machine, or all workers that TF_CONFIG names.

    Raises UsageError when TF_CONFIG makes no sense, MachineError when a worker does not come.
    """
    cluster = read_tf_config(os.environ)
    if cluster is not None:
        return _join_workers(cluster, device)
    gpus = [gpu.name for gpu in tensorflow().config.list_logical_devices("GPU")]
    return mirrored(gpus, device.why) if len(gpus) > 1 else Team()


def mirrored(devices: list[str], why: str) -> Team:
    """Several devices of this machine, each with a copy of everything."""
    strategy = tensorflow().distribute.MirroredStrategy(devices)
    return Team(strategy, len(devices), tuple(devices), f"{len(devices)} x {why}")


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
def _join_workers(cluster: Cluster, device: Device) -> Team:
    from ..cluster.linked import LinkedWorkers
    from ..cluster.rendezvous import meet

    tf, seconds = tensorflow(), time_limit(os.environ)
    workers = LinkedWorkers(cluster, meet(cluster, seconds), seconds)
    workers.on_loss = _abort_collectives
    _leave_failures_to_links()
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    workers.wait_for_all()
    count = strategy.num_replicas_in_sync
    why = f"{cluster.names[cluster.index]}, one of {workers.count} workers"
    why += f" with {count} replicas in all; {device.why}"
    return Team(strategy, count, tuple(strategy.extended.worker_devices), why, workers)


def _leave_failures_to_links() -> None:
    """Turn off TensorFlow's own watch over the workers.

    It notices a killed worker after ten seconds or more, and waits for all of them at the end of
    the process. There is no public name for this; without it everything takes longer to fail.
    """
    with contextlib.suppress(ImportError, AttributeError, TypeError):
        from tensorflow.python.distribute import collective_all_reduce_strategy as collectives
        from tensorflow.python.eager import context

        context.context().configure_coordination_service(service_type="")
        collectives.CollectiveAllReduceExtended._enable_check_health = False


def _abort_collectives(text: str) -> None:
    """Wake up the thread that waits in a step for a worker that will never answer."""
    with contextlib.suppress(ImportError, AttributeError, ValueError, RuntimeError):
        from tensorflow.python.eager import context

        context.context().abort_collective_ops(tensorflow().errors.UNAVAILABLE, text)
