"""TensorFlow SavedModels: checked node by node, then converted to TFLite, whose chain is read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from ...errors import ModelError
from .ops import FITS, refuse
from .source import Source

SIGNATURE = "serving_default"
# What graphs of chains consist of.
_KNOWN = frozenset(
    {"Add", "AddV2", "AvgPool", "BatchToSpaceND", "BiasAdd", "Cast", "ConcatV2", "Const", "Conv2D"}
    | {"DepthwiseConv2dNative", "DisableCopyOnRead", "ExpandDims", "Fill", "FusedBatchNormV3"}
    | {"GatherV2", "Identity", "IdentityN", "LogSoftmax", "MatMul", "Max", "MaxPool", "Maximum"}
    | {"Mean", "Mul", "Neg", "NoOp", "Pack", "Pad", "PadV2", "PartitionedCall", "Placeholder"}
    | {"PlaceholderWithDefault", "Prod", "ReadVariableOp", "RealDiv", "Relu", "Reshape", "Rsqrt"}
    | {"Select", "SelectV2", "Shape", "Softmax", "SpaceToBatchND", "Sqrt", "Square", "Squeeze"}
    | {"StatefulPartitionedCall", "StopGradient", "StridedSlice", "Sub", "Transpose"}
    | {"VarHandleOp", "VarIsInitializedOp"}
)
# What TensorFlow adds to save and restore variables: it reads and writes files.
_SAVING = frozenset(
    {"AssignVariableOp", "MergeV2Checkpoints", "RestoreV2", "SaveV2", "ShardedFilename"}
    | {"StaticRegexFullMatch", "StringJoin"}
)


def check_savedmodel(source: Source) -> None:
    """Refuse a graph with an operation that is not known, by its node's name; nothing is run.

    Operations that save and restore variables are refused where a call of the model, or loading it,
    would run them.
    """
    model = saved_model_pb2.SavedModel()
    model.ParseFromString(source.content)
    if len(model.meta_graphs) != 1:
        source.refuse(f"expected one graph, found {len(model.meta_graphs)}")
    graph = model.meta_graphs[0]
    if SIGNATURE not in graph.signature_def:
        names = ", ".join(sorted(graph.signature_def)) or "none"
        source.refuse(f"no signature {SIGNATURE!r} (there are: {names})")
    library = {one.signature.name: one.node_def for one in graph.graph_def.library.function}
    for node in [*graph.graph_def.node, *(node for nodes in library.values() for node in nodes)]:
        if node.op not in _KNOWN | _SAVING:
            refuse(f"{node.name} ({node.op})", "has no counterpart in digitcli")
    for node in _run(graph, library):
        if node.op in _SAVING:
            refuse(f"{node.name} ({node.op})", "reads or writes files when the model is used")


def _run(graph: Any, library: dict[str, Any]) -> Iterator[Any]:
    """The nodes that run when the model is loaded or called: all but those of its saver."""
    nodes = {node.name: node for node in graph.graph_def.node}
    waiting = [_node_of(info.name) for signature in graph.signature_def.values()
               for info in signature.outputs.values()]  # fmt: skip
    waiting += [_node_of(name) for one in graph.collection_def.values()
                for name in one.node_list.value]  # fmt: skip
    functions = list(graph.object_graph_def.concrete_functions)
    seen: set[str] = set()
    entered: set[str] = set()
    while waiting or functions:
        if waiting:
            found = [nodes[name] for name in [waiting.pop()] if name in nodes and name not in seen]
            seen.update(node.name for node in found)
            waiting += [_node_of(name) for node in found for name in node.input]
        else:
            name = functions.pop()
            found = [] if name in entered else list(library.get(name, ()))
            entered.add(name)
        yield from found
        functions += [value.func.name for node in found for value in node.attr.values()
                      if value.HasField("func")]  # fmt: skip


def _node_of(tensor: str) -> str:
    return tensor.lstrip("^").split(":")[0]


def as_tflite(folder: Path) -> bytes:
    """The signature `serving_default` of a SavedModel as a float TFLite model."""
    converter = tf.lite.TFLiteConverter.from_saved_model(str(folder), signature_keys=[SIGNATURE])
    try:
        return bytes(converter.convert())
    except Exception as error:  # the converter's own errors share no type
        lines = [line for line in str(error).splitlines() if line.strip()]
        reason = lines[0].strip() if lines else type(error).__name__
        raise ModelError(f"TensorFlow cannot convert it: {reason[:300]}", FITS) from error
