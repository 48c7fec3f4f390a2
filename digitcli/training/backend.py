"""Keras and TensorFlow, imported once, quietly, and only when somebody trains.

Every other module of this room takes `keras` and `tf` from here.
"""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import MachineError

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")


@contextlib.contextmanager
def _quiet_stderr() -> Iterator[None]:
    """Swallow what TensorFlow's C++ side prints before its log level counts."""
    kept = os.dup(2)
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(sink)


try:
    with _quiet_stderr(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import keras
        import tensorflow as tf

        tf.config.list_physical_devices()  # says its piece about drivers now, unheard
except ImportError as error:
    raise MachineError(
        f"this needs TensorFlow, which cannot be imported ({error})",
        hint='pip install "digitcli[train]"',
    ) from error

__all__ = ["Device", "keras", "pick_device", "tf"]


@dataclass(frozen=True)
class Device:
    """What the network trains on: TensorFlow's name for it, and why it was picked."""

    name: str
    why: str


def pick_device() -> Device:
    """The first GPU that TensorFlow can use, else the CPU, with the reason in plain words."""
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        details = tf.config.experimental.get_device_details(gpus[0])
        return Device("/GPU:0", f"GPU: {details.get('device_name', gpus[0].name)}")
    if not tf.test.is_built_with_cuda():
        return Device("/CPU:0", "CPU: this TensorFlow is built without GPU support")
    return Device("/CPU:0", "CPU: TensorFlow found no GPU (`digitcli info` says what is missing)")
