"""Which other program a model file comes from, told by its first bytes; nothing of it is run."""

from __future__ import annotations

import os
import re
import zipfile
from pathlib import Path
from typing import Literal, TypeAlias

from ..errors import ModelError
from ..files.opening import open_regular

Kind: TypeAlias = Literal[
    "onnx", "keras", "h5", "savedmodel", "tflite", "safetensors", "weights", "pickle"
]

WORDS: dict[Kind, str] = {
    "onnx": "an ONNX model",
    "keras": "a Keras model",
    "h5": "a Keras model in HDF5",
    "savedmodel": "a TensorFlow SavedModel",
    "tflite": "a TFLite model",
    "safetensors": "a safetensors file",
    "weights": "a weight file of digitcli",
    "pickle": "a pickle, as PyTorch writes models",
}
PICKLE_HINT = (
    "a pickle can run any code, so it is never read: in PyTorch, write the model with "
    '`torch.onnx.export(model.eval(), picture, "model.onnx")` and import that'
)

_HEAD = 4096
_MOST_HEADER = 100_000_000  # bytes of JSON: what the safetensors format allows
# The version of the format, then the next field of a ModelProto.
_ONNX = re.compile(rb"\x08[\x01-\x1f][\x12\x1a\x22\x28\x32\x3a\x42]")


def kind_of(path: str | os.PathLike[str]) -> Kind | None:
    """Which kind of model is at `path`; None for no file, or none of these."""
    place = Path(path)
    try:
        if place.is_dir():
            names = ("saved_model.pb", "saved_model.pbtxt")
            return "savedmodel" if any((place / name).is_file() for name in names) else None
        with open_regular(place) as file:
            head = file.read(_HEAD)
    except (OSError, ValueError):
        return None
    return _kind(head, place)


def _kind(head: bytes, path: Path) -> Kind | None:
    if head.startswith(b"PK\x03\x04"):
        return _zip_kind(path)
    if head.startswith(b"\x89HDF\r\n\x1a\n"):
        return "h5"
    if head[4:8] == b"TFL3":
        return "tflite"
    length = int.from_bytes(head[:8], "little")
    if head[8:9] == b"{" and 2 <= length <= _MOST_HEADER:
        return "safetensors"
    if head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return "pickle"
    if path.suffix.lower() == ".onnx" or _ONNX.match(head):
        return "onnx"
    return None


def _zip_kind(path: Path) -> Kind | None:
    """By the names in the archive, or the file's own where the archive is broken."""
    try:
        with open_regular(path) as file, zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except (OSError, ValueError, NotImplementedError, RuntimeError, zipfile.BadZipFile):
        return "keras" if path.suffix.lower() == ".keras" else None
    if "header.npy" in names:
        return "weights"
    if "config.json" in names and "metadata.json" in names:
        return "keras"
    return "pickle" if any(name.endswith("data.pkl") for name in names) else None


def foreign_error(path: str | os.PathLike[str]) -> ModelError | None:
    """The error for another program's model where weights are needed; None for anything else."""
    kind = kind_of(path)
    if kind in (None, "weights"):
        return None
    name = os.fspath(path)
    hint = PICKLE_HINT if kind == "pickle" else f"digitcli import {name} --out weights.npz"
    return ModelError(f"{name}: {WORDS[kind]}, not a weight file of digitcli", hint)
