"""Weights as a safetensors file: the same tensors, and the weight file's header as metadata."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np

from ..errors import MachineError, ModelError
from ..model.precision import PRECISIONS, tensor_slots
from ..model.spec import NetworkSpec
from ..model.weights import FORMAT, Weights

try:
    from safetensors import SafetensorError
    from safetensors.numpy import load, save
except ImportError as error:
    raise MachineError(
        f"safetensors files need the package safetensors, which cannot be imported ({error})",
        hint='pip install "digitcli[export]"',
    ) from error

KEY = "digitcli"  # of the metadata: the header as JSON
_KEYS = {"format", "spec", "precision", "trained", "temperature", "normalization", "tensors"}
_FOREIGN = (
    "safetensors holds tensors, but not the network they belong to: write the model as ONNX, in "
    "PyTorch with `torch.onnx.export`, and import that"
)


def safetensors_bytes(weights: Weights) -> bytes:
    """The file; equal weights give equal bytes."""
    tensors = {name: np.ascontiguousarray(array) for name, array in weights.arrays.items()}
    header = {
        "format": FORMAT,
        "spec": weights.spec.to_json(),
        "precision": weights.precision,
        "trained": dict(weights.trained),
        "temperature": weights.temperature,
        "normalization": weights.normalization,
        "tensors": {name: _sha256(array) for name, array in tensors.items()},
    }
    return bytes(save(tensors, {KEY: json.dumps(header, allow_nan=False, sort_keys=True)}))


def weights_of_safetensors(content: bytes) -> Weights:
    """The weights in a safetensors file that digitcli wrote.

    Raises ModelError for a broken file, for one of another program, and for tensors that are not
    exactly those of its network.
    """
    header = _header(content)
    try:
        tensors = load(content)
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"not a sound safetensors file ({error})") from error
    spec = NetworkSpec.from_json(header["spec"])
    expected = tensor_slots(spec, header["precision"])
    for name, digest in header["tensors"].items():
        if name in tensors and _sha256(tensors[name]) != digest:
            raise ModelError(f"{name}: sha256 differs from the metadata's")
    if set(header["tensors"]) != set(expected):
        raise ModelError("metadata: `tensors` does not list the tensors of the network")
    rest = header["temperature"], header["normalization"]
    return Weights(spec, tensors, header["trained"], header["precision"], *rest)


def _header(content: bytes) -> dict[str, Any]:
    """The metadata, read apart: the library gives it for paths alone."""
    length = int.from_bytes(content[:8], "little")
    try:
        if length > len(content) - 8:
            raise ValueError(f"it ends too early: {length} bytes of header in {len(content)}")
        metadata = json.loads(content[8 : 8 + length]).get("__metadata__") or {}
        header = json.loads(metadata[KEY]) if KEY in metadata else None
    except (ValueError, RecursionError, AttributeError, TypeError) as error:
        raise ModelError(f"not a sound safetensors file ({error})") from error
    if header is None:
        raise ModelError("a safetensors file of another program", _FOREIGN)
    if not isinstance(header, dict) or set(header) != _KEYS or header["format"] != FORMAT:
        raise ModelError(f"metadata: expected format {FORMAT!r} with {', '.join(sorted(_KEYS))}")
    if header["precision"] not in PRECISIONS:
        raise ModelError(f"metadata: unknown precision {header['precision']!r}")
    for name in ("trained", "tensors"):
        if not isinstance(header[name], dict):
            raise ModelError(f"metadata: `{name}` must be an object")
    return header


def _sha256(array: Any) -> str:
    return hashlib.sha256(np.ascontiguousarray(array).data).hexdigest()
