"""Keras on its backend, imported once, without its messages, and only for training.

All modules of `training` take `keras` and `ops` from here, and what Keras does not have (gradients,
compiling, several devices) from a `Compute`, TensorFlow's or JAX's.
"""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np

from ...errors import MachineError, UsageError

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
NAME = os.environ.setdefault("KERAS_BACKEND", "tensorflow")
_EXTRA = {
    "tensorflow": 'pip install "digitcli[train]"',
    "jax": "pip install jax keras matplotlib tomli-w",
}
_TITLE = {"tensorflow": "TensorFlow", "jax": "JAX"}
if NAME not in _EXTRA:
    raise UsageError(
        f"KERAS_BACKEND={NAME}: training runs on {' or '.join(_EXTRA)}",
        hint="unset KERAS_BACKEND to train with TensorFlow",
    )


@contextlib.contextmanager
def _quiet_stderr() -> Iterator[None]:
    """Discard what a backend's C++ code prints before its log level takes effect."""
    kept = os.dup(2)
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(sink)


def _import_backend() -> Any:
    """Keras's backend itself; asking for devices makes it log what it finds of drivers now."""
    if NAME == "jax":
        import jax

        jax.devices()
        return jax
    import tensorflow

    tensorflow.config.list_physical_devices()
    return tensorflow


try:
    with _quiet_stderr(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _library = _import_backend()
        import keras
        from keras import ops
except ImportError as error:
    raise MachineError(
        f"this needs {_TITLE[NAME]}, which cannot be imported ({error})", hint=_EXTRA[NAME]
    ) from error

__all__ = ["NAME", "Device", "keras", "ops", "pick_device", "tensorflow", "to_numpy", "versions"]


def tensorflow() -> Any:
    """The module `tensorflow`. Raises MachineError when Keras runs on another backend."""
    if NAME != "tensorflow":
        raise MachineError(
            f"this needs TensorFlow, and KERAS_BACKEND is {NAME}",
            hint="unset KERAS_BACKEND",
        )
    return _library


def to_numpy(value: Any) -> Any:
    """A variable or an array of the backend as a NumPy array."""
    return np.asarray(ops.convert_to_tensor(value))


def versions() -> dict[str, str]:
    """Versions of the libraries that a trained network depends on."""
    return {name: version(name) for name in (NAME, "keras", "numpy")}


@dataclass(frozen=True)
class Device:
    """What the network trains on: the backend's name for it, its kind, and why it was picked."""

    name: str
    kind: str  # "cpu" or "gpu"
    why: str


def pick_device() -> Device:
    """The first GPU that the backend can use, else the CPU, with the reason in plain words."""
    return _jax_device() if NAME == "jax" else _tensorflow_device()


def _jax_device() -> Device:
    first = _library.devices()[0]
    if first.platform == "cpu":
        return Device("cpu:0", "cpu", "CPU: JAX found no GPU")
    return Device(f"{first.platform}:{first.id}", "gpu", f"GPU: {first.device_kind}, on JAX")


def _tensorflow_device() -> Device:
    tf = _library
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        details = tf.config.experimental.get_device_details(gpus[0])
        return Device("/GPU:0", "gpu", f"GPU: {details.get('device_name', gpus[0].name)}")
    if not tf.test.is_built_with_cuda():
        return Device("/CPU:0", "cpu", "CPU: this TensorFlow is built without GPU support")
    return Device(
        "/CPU:0", "cpu", "CPU: TensorFlow found no GPU (`digitcli info` says what is missing)"
    )
