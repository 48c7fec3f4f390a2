"""From weights to a checked file of another format."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import ModelError, UsageError
from ..files import atomic_folder, atomic_write
from ..model.weights import Weights
from .answers import answers_of
from .check import Check, Images, check
from .formats import Form

SCHEMA = "digitcli.export/1"
DRAWN = "drawn"  # the source of the pictures on which networks for lines and maps are compared
PICTURES = 256  # pictures on which every exported file is compared with our engine


@dataclass(frozen=True)
class Exported:
    """What was written, and how it compared."""

    form: Form
    path: Path
    size: int  # bytes
    check: Check

    def to_json(self) -> dict[str, Any]:
        """The form, the path, the size, and the comparison."""
        return {
            "format": self.form,
            "path": str(self.path),
            "bytes": self.size,
            "check": self.check.to_json(),
        }


def export(
    weights: Weights,
    form: Form,
    path: Path,
    batches: Sequence[Images],
    classifier: Callable[[], Any] | None = None,
) -> Exported:
    """Write `weights` to `path` in another format, run it on pictures, then give it its name.

    `batches` are uint8 (n, height, width): (n, 28, 28), or of a network for lines or maps any sizes
    that are whole ones of `LineEngine` or `MapEngine`.

    `classifier` makes the Keras model that "keras" is and "tflite" and "savedmodel" are converted
    from; "onnx" and "safetensors" need none. "savedmodel" is a folder, and never replaces one.
    "safetensors" takes quantised weights too.

    Raises UsageError when TensorFlow cannot write to such a name, ModelError when the weights are
    quantised or the format cannot express a layer, GateError when the file's answers are not our
    engine's, MachineError when a package is missing or the disk refuses. Then nothing is written,
    and a file that was at `path` is untouched.
    """
    _refuse(weights, form, path)
    expected = answers_of(weights, batches)
    checks: list[Check] = []

    def verify(written: Path) -> None:
        checks.append(check(form, written, batches, expected))

    if form == "savedmodel":
        with atomic_folder(path, verify) as folder:
            _write_folder(classifier, folder)
    else:
        content = _content(weights, form, classifier)
        with atomic_write(path, verify) as file:
            file.write(content)
    return Exported(form, path, _size(path), checks[0])


def _refuse(weights: Weights, form: Form, path: Path) -> None:
    """Refuse what a format cannot hold, before any work."""
    if form != "safetensors":
        refuse_quantised(weights)
    if form == "savedmodel":
        _refuse_name(path)
    if form == "keras" and weights.spec.task == "map":
        raise ModelError(
            f"{weights.spec.name}: networks that find lines are not made of Keras layers alone",
            "export it to savedmodel or onnx",
        )


def refuse_quantised(weights: Weights) -> None:
    """Raise ModelError for weights that are not float32: other runtimes quantise for themselves."""
    precision = getattr(weights, "precision", "float32")
    if precision != "float32":
        raise ModelError(
            f"{weights.spec.name}: {precision} weights are for digitcli's own engine",
            hint="export the float32 file that they were quantised from",
        )


def _refuse_name(path: Path) -> None:
    """TensorFlow makes folders only at paths that are UTF-8."""
    try:
        os.path.realpath(path).encode()
    except UnicodeEncodeError as error:
        raise UsageError(
            f"{path}: TensorFlow cannot write to a path that is not UTF-8", "choose another name"
        ) from error


def _content(weights: Weights, form: Form, classifier: Callable[[], Any] | None) -> bytes:
    if form == "onnx":
        from .onnx import onnx_model

        return onnx_model(weights)
    if form == "safetensors":
        from .safetensors_file import safetensors_bytes

        return safetensors_bytes(weights)
    model = _made(classifier)  # first: where TensorFlow is missing, it says how to install it
    if form == "keras":
        from .keras_file import keras_bytes

        return keras_bytes(model)
    from .tflite import tflite_model

    return tflite_model(model)


def _write_folder(classifier: Callable[[], Any] | None, folder: Path) -> None:
    model = _made(classifier)
    from .savedmodel import write_savedmodel

    write_savedmodel(model, folder)


def _made(classifier: Callable[[], Any] | None) -> Any:
    assert classifier is not None, "this format is converted from a Keras model"
    return classifier()


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())
