"""TFLite models as a chain."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np

from ...errors import MachineError
from . import ops
from .graph import Described, Graph, Node
from .ops import Affine, Chain, Op, Padding, Pair, Values, refuse
from .source import Source

# Of the format's own table (schema.fbs): codes do not change.
_TYPES = {0: "float32", 1: "float16", 2: "int32", 3: "uint8", 4: "int64", 9: "int8", 10: "float64"}
_NO_ACTIVATION, _RELU = 0, 1
_ACTIVATIONS = {2: "ReLU from -1 to 1", 3: "ReLU6", 4: "tanh"}
_SHAPES = frozenset({"SHAPE", "PACK", "STRIDED_SLICE"})
_MOST = 1 << 27  # values of one constant


def _schema() -> Any:
    """The reader of the format that LiteRT or TensorFlow brings."""
    if find_spec("ai_edge_litert") is not None:
        from ai_edge_litert import schema_py_generated

        return schema_py_generated
    try:
        from tensorflow.lite.python import schema_py_generated
    except ImportError as error:
        raise MachineError(
            f"TFLite files need LiteRT or TensorFlow, which cannot be imported ({error})",
            hint="pip install ai-edge-litert",
        ) from error
    return schema_py_generated


def read_tflite(source: Source, content: bytes) -> Chain:
    """The chain of a TFLite model.

    Raises ModelError, with the node's name, for what is no chain of known float operations.
    """
    schema = _schema()
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(content, 0))
    if len(model.subgraphs) != 1 or len(model.subgraphs[0].inputs) != 1:
        source.refuse("a model has one graph with one input, this one has more")
    return _Reader(schema, model, source).chain()


class _Reader:
    """A model's only graph. Tensors are named by their number: their own names may repeat."""

    def __init__(self, schema: Any, model: Any, source: Source) -> None:
        self._model, self._graph = model, model.subgraphs[0]
        codes = {value: name for name, value in vars(schema.BuiltinOperator).items()
                 if isinstance(value, int)}  # fmt: skip
        self._kinds = [codes.get(_code(one), "?") for one in model.operatorCodes]
        self._source = source

    def chain(self) -> Chain:
        """The operations from the input to the output."""
        graph = self._graph
        first, last = int(graph.inputs[0]), int(graph.outputs[0])
        if len(graph.outputs) != 1:
            self._source.refuse(f"a model has one output, this one {len(graph.outputs)}")
        shapes = {str(n): tuple(map(int, self._shape(n))) for n in range(len(graph.tensors))}
        constants = self._constants()
        found = Graph(str(first), str(last), shapes, constants, _SHAPES)
        steps = found.walk(graph.operators, self._describe, _translate)
        tensor = graph.tensors[first]
        kind = _TYPES.get(tensor.type, "?")
        if tensor.quantization is not None and tensor.quantization.scale is not None:
            refuse(self._title(first), "is quantised", "import the float model it was made from")
        return Chain(found.shape_of("the input", str(first)), kind, steps)

    def _shape(self, number: int) -> Sequence[int]:
        shape = self._graph.tensors[number].shape
        return [] if shape is None else list(shape)

    def _constants(self) -> dict[str, Values]:
        found = {}
        for number, tensor in enumerate(self._graph.tensors):
            data = self._model.buffers[tensor.buffer].data
            if data is None or len(data) == 0:
                continue
            kind, shape = _TYPES.get(tensor.type), self._shape(number)
            if kind is None or math.prod(shape) > _MOST:
                refuse(self._title(number), f"a constant of type {tensor.type}, shape {shape}")
            values = np.frombuffer(bytes(data), kind)
            found[str(number)] = values.reshape(shape)
        for node in self._graph.operators:  # float16 weights
            source = str(node.inputs[0]) if node.inputs is not None and len(node.inputs) else ""
            if self._kinds[node.opcodeIndex] == "DEQUANTIZE" and source in found:
                if found[source].dtype != np.float16:
                    refuse(self._title(node.outputs[0]), "is quantised", _FLOAT)
                found[str(node.outputs[0])] = np.asarray(found[source], np.float32)
        return found

    def _title(self, number: int) -> str:
        name = self._graph.tensors[number].name or b"?"
        return str(name.decode("utf-8", "replace")).split(";")[0]

    def _describe(self, node: Any) -> Described:
        inputs = () if node.inputs is None else tuple(str(n) for n in node.inputs)
        outputs = () if node.outputs is None else tuple(str(n) for n in node.outputs)
        kind = self._kinds[node.opcodeIndex]
        name = self._title(int(outputs[0])) if outputs else "?"
        return Described(f"{name} ({kind})", kind, inputs, outputs)


_FLOAT = "import the float model it was made from"


def _code(code: Any) -> int:
    """Codes above 127 have a field of their own."""
    return max(int(code.builtinCode or 0), int(code.deprecatedBuiltinCode or 0))


def _translate(node: Node) -> Sequence[Op]:
    if node.kind not in _KINDS:
        refuse(node.title, "has no counterpart in digitcli")
    options = node.raw.builtinOptions
    for values in node.given.values():
        if node.kind in _WEIGHTED and values.dtype.kind != "f":
            refuse(node.title, f"is quantised: its weights are {values.dtype}", _FLOAT)
    found = list(_KINDS[node.kind](node, options))
    activation = getattr(options, "fusedActivationFunction", _NO_ACTIVATION)
    if activation == _RELU:
        found.append(ops.Relu(node.title))
    elif activation != _NO_ACTIVATION:
        refuse(node.title, f"ends in {_ACTIVATIONS.get(activation, 'an unknown activation')}")
    return found


_WEIGHTED = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")


def _padding(options: Any) -> Padding:
    return "same" if options.padding == 0 else "valid"


def _stride(options: Any) -> Pair:
    return int(options.strideH), int(options.strideW)


def _dilation(options: Any) -> Pair:
    return int(options.dilationHFactor), int(options.dilationWFactor)


def _convolution(node: Node, options: Any) -> Sequence[Op]:
    weight, kind = node.constant(1), node.kind
    if kind == "DEPTHWISE_CONV_2D":  # (1, rows, columns, filters), a group for each channel
        kernel, groups = weight.transpose(1, 2, 0, 3), node.shape[-1]
    else:  # (filters, rows, columns, channels)
        kernel = weight.transpose(1, 2, 3, 0)
        groups = node.shape[-1] // max(kernel.shape[2], 1)
    rest = _stride(options), _padding(options), "last", _dilation(options), groups
    return [ops.Convolution(node.title, kernel, node.optional(2), *rest)]  # type: ignore[arg-type]


def _product(node: Node, options: Any) -> Sequence[Op]:
    weight, bias = node.constant(1), None
    if len(node.inputs) > 2 and node.inputs[2] != "-1":
        bias = node.constant(2)
    found: list[Op] = [ops.Dense(node.title, weight.T, bias)]
    if math.prod(node.shape) == weight.shape[1] and len(node.shape) > 1:
        found.insert(0, ops.Reshape(node.title, (-1,)))  # it flattens what it gets
    return found


def _pool(node: Node, options: Any) -> Sequence[Op]:
    size = int(options.filterHeight), int(options.filterWidth)
    kind: Any = "max" if node.kind == "MAX_POOL_2D" else "average"
    return [ops.Pool(node.title, kind, size, _stride(options), _padding(options))]


def _mean(node: Node, options: Any) -> Sequence[Op]:
    axes = sorted(int(axis) % 4 for axis in node.constant(1).ravel())
    if len(node.shape) != 3 or axes != [1, 2]:
        refuse(node.title, f"is taken along axes {axes}, not along rows and columns")
    kind: Any = "average" if node.kind == "MEAN" else "max"
    return [ops.Pool(node.title, kind, None, keeps_axes=bool(options.keepDims))]


def _arithmetic(node: Node, options: Any) -> Sequence[Op]:
    other, turned = np.asarray(node.constant(1 - node.place), np.float64), node.place == 1
    one, none = np.ones(()), np.zeros(())
    match node.kind:
        case "ADD":
            return [Affine(node.title, one, other)]
        case "MUL":
            return [Affine(node.title, other, none)]
        case "SUB":
            return [Affine(node.title, -one, other) if turned else Affine(node.title, one, -other)]
    if turned or not other.all():
        refuse(node.title, "divides by what is computed from pixels, or by 0")
    return [Affine(node.title, 1 / other, none)]


def _transpose(node: Node, options: Any) -> Sequence[Op]:
    axes = [int(axis) for axis in node.constant(1)]
    if axes[0] != 0:
        refuse(node.title, f"moves the axis of the batch: {axes}")
    return [ops.Transpose(node.title, tuple(axis - 1 for axis in axes[1:]))]


def _pad(node: Node, options: Any) -> Sequence[Op]:
    pads = [(int(before), int(after)) for before, after in node.constant(1)]
    if len(pads) != 4 or pads[0] != (0, 0) or pads[3] != (0, 0):
        refuse(node.title, "pads with other than zeros around the picture")
    return [ops.Pad(node.title, (pads[1], pads[2]))]


def _softmax(node: Node, options: Any) -> Sequence[Op]:
    beta = getattr(options, "beta", 1.0)
    if node.shape[-1] != np.prod(node.shape) or beta != 1:
        refuse(node.title, f"is taken over several places, or with beta {beta:g}")
    return [ops.Softmax(node.title, node.kind == "LOG_SOFTMAX")]


def _cast(node: Node, options: Any) -> Sequence[Op]:
    # TensorFlow's converter may leave the options away; what comes out is compared in the end.
    kind = 0 if options is None else options.outDataType
    if not _TYPES.get(kind, "").startswith("float"):
        refuse(node.title, "rounds values to another type")
    return []


_KINDS: dict[str, Callable[[Node, Any], Sequence[Op]]] = {
    **dict.fromkeys(("ADD", "SUB", "MUL", "DIV"), _arithmetic),
    **dict.fromkeys(("CONV_2D", "DEPTHWISE_CONV_2D"), _convolution),
    **dict.fromkeys(("MAX_POOL_2D", "AVERAGE_POOL_2D"), _pool),
    **dict.fromkeys(("MEAN", "REDUCE_MAX"), _mean),
    **dict.fromkeys(("SOFTMAX", "LOG_SOFTMAX"), _softmax),
    **dict.fromkeys(
        ("RESHAPE", "SQUEEZE", "EXPAND_DIMS"),
        lambda node, options: [ops.Reshape(node.title, node.out_shape)],
    ),
    "CAST": _cast,
    "FULLY_CONNECTED": _product,
    "PAD": _pad,
    "RELU": lambda node, options: [ops.Relu(node.title)],
    "TRANSPOSE": _transpose,
}
