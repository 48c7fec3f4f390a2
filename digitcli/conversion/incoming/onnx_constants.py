"""The constants of an ONNX graph: from the file, from files beside it, or computed from others."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper
from onnx.reference import ReferenceEvaluator

from ...errors import ModelError
from .ops import Values
from .source import Source

# Cheap operations whose results are never larger than their inputs together.
COMPUTED = frozenset(
    {"Add", "Cast", "Concat", "Div", "Flatten", "Gather", "Identity", "Mul", "Neg", "Pow"}
    | {"Reciprocal", "Reshape", "Slice", "Sqrt", "Squeeze", "Sub", "Transpose", "Unsqueeze"}
)
_MOST = 1 << 27  # values of one constant


def embed_external(model: Any, source: Source) -> None:
    """Read the tensors that stand in files beside the model into it.

    Raises ModelError for a file outside the model's folder, or one that is too short.
    """
    for tensor in _tensors(model.graph):
        if tensor.data_location != onnx.TensorProto.EXTERNAL:
            continue
        entries = {entry.key: entry.value for entry in tensor.external_data}
        data = _external(source, tensor.name, entries.get("location", ""))
        start, length = int(entries.get("offset", 0)), int(entries.get("length", len(data)))
        if not 0 <= start <= start + length <= len(data):
            source.refuse(f"{tensor.name}: its data ends behind the end of {entries['location']}")
        tensor.raw_data = data[start : start + length]
        tensor.data_location = onnx.TensorProto.DEFAULT
        del tensor.external_data[:]


def _external(source: Source, tensor: str, location: str) -> bytes:
    if location in source.files:
        return source.files[location]
    parts = PurePosixPath(location.replace("\\", "/"))
    folder = source.path.resolve().parent
    inside = (folder / parts).resolve()
    if not location or parts.is_absolute() or ".." in parts.parts or folder not in inside.parents:
        source.refuse(f"{tensor}: its data is in {location!r}, outside the model's folder")
    return source.add(location, folder / parts)


def _tensors(graph: Any) -> list[Any]:
    """Every tensor in a graph: initialisers, and constants of nodes."""
    found = [*graph.initializer]
    for node in graph.node:
        for attribute in node.attribute:
            found += [attribute.t, *attribute.tensors] if attribute.type in (4, 9) else []
    return found


def constants_of(graph: Any) -> dict[str, Values]:
    """Constants by name, those that nodes compute from constants alone included."""
    found = {tensor.name: _array(tensor) for tensor in graph.initializer}
    for node in graph.node:
        if node.domain not in ("", "ai.onnx") or len(node.output) != 1:
            continue
        if node.op_type == "Constant":
            value = _constant(node)
            if value is not None:
                found[node.output[0]] = value
        elif node.op_type in COMPUTED and all(name in found for name in node.input if name):
            found[node.output[0]] = _computed(node, [found[name] for name in node.input if name])
    return found


def _array(tensor: Any) -> Values:
    count = 1
    for size in tensor.dims:
        count *= size
    if not 0 <= count <= _MOST:
        raise ModelError(f"{tensor.name}: a constant of {list(tensor.dims)} values is too large")
    return np.asarray(numpy_helper.to_array(tensor))


def _constant(node: Any) -> Values | None:
    for attribute in node.attribute:
        value = onnx.helper.get_attribute_value(attribute)
        if attribute.name == "value":
            return _array(value)
        if attribute.name in ("value_float", "value_floats"):
            return np.asarray(value, np.float32)
        if attribute.name in ("value_int", "value_ints"):
            return np.asarray(value, np.int64)
    return None


def _computed(node: Any, inputs: list[Values]) -> Values:
    result = ReferenceEvaluator(node).run(
        None, dict(zip([name for name in node.input if name], inputs, strict=True))
    )
    value = np.asarray(result[0])
    if value.size > _MOST:
        raise ModelError(f"{node.name or node.output[0]}: a constant that is too large")
    return value
