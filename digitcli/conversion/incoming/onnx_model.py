"""ONNX models as a chain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...errors import MachineError
from . import ops
from .graph import Described, Graph, Node
from .ops import Affine, Chain, Op, Padding, Pair, refuse
from .source import Source
from .windows import sides

try:
    import onnx

    from .onnx_constants import COMPUTED, constants_of, embed_external
except ImportError as error:
    raise MachineError(
        f"ONNX files need the package onnx, which cannot be imported ({error})",
        hint='pip install "digitcli[export]"',
    ) from error

_FLOAT_MAX = 3e38  # and more: no upper limit
_SHAPES = frozenset({"Shape"})


def read_onnx(source: Source) -> tuple[Chain, bytes]:
    """The chain of an ONNX model, and the model with all its tensors inside, for a runtime.

    Raises ModelError, with the node's name, for what is no chain of known operations.
    """
    model = onnx.load_model_from_string(source.content)
    graph = model.graph
    _check_kinds(graph)
    embed_external(model, source)
    constants = constants_of(graph)
    inputs = [value for value in graph.input if value.name not in constants]
    if len(inputs) != 1 or len(graph.output) != 1:
        names = f"{len(inputs)} inputs and {len(graph.output)} outputs"
        source.refuse(f"a model has one input and one output, this one {names}")
    shape = _sizes(inputs[0])
    batch, fixed = (shape[0] if shape else 0), model.SerializeToString()
    found = Graph(inputs[0].name, graph.output[0].name, _shapes(model), constants, _SHAPES)
    ops_found = found.walk(graph.node, _describe, _translate)
    kind = onnx.helper.tensor_dtype_to_np_dtype(inputs[0].type.tensor_type.elem_type)
    return Chain(
        found.shape_of("the input", inputs[0].name), kind.name, ops_found, batch or None
    ), fixed


def _check_kinds(graph: Any) -> None:
    """Refuse the first node of an unknown kind, before anything is computed."""
    for node in graph.node:
        found = _describe(node)
        if found.kind not in _KINDS and found.kind not in COMPUTED | _SHAPES | {"Constant"}:
            refuse(found.title, "has no counterpart in digitcli")


def _sizes(value: Any) -> tuple[int, ...]:
    """The shape of a value; 0 for a size that is not fixed."""
    return tuple(size.dim_value for size in value.type.tensor_type.shape.dim)


def _shapes(model: Any) -> dict[str, tuple[int, ...]]:
    """The shape of every value for a batch of one, as far as ONNX can tell."""
    one = onnx.ModelProto()
    one.CopyFrom(model)
    initial = {tensor.name for tensor in one.graph.initializer}
    for value in [*one.graph.input, *one.graph.output]:
        dims = value.type.tensor_type.shape.dim
        if value.name not in initial and len(dims) and not dims[0].dim_value:
            dims[0].dim_value = 1
    del one.graph.value_info[:]
    known = onnx.shape_inference.infer_shapes(one, data_prop=True).graph
    values = [*known.input, *known.value_info, *known.output]
    return {value.name: _sizes(value) for value in values if all(_sizes(value))}


def _describe(node: Any) -> Described:
    kind = node.op_type if node.domain in ("", "ai.onnx") else f"{node.domain}.{node.op_type}"
    name = node.name or (node.output[0] if node.output else "")
    return Described(f"{name} ({kind})", kind, tuple(node.input), tuple(node.output))


def _translate(node: Node) -> Sequence[Op]:
    if node.kind not in _KINDS:
        refuse(node.title, "has no counterpart in digitcli")
    return _KINDS[node.kind](node, _Attributes(node.raw))


class _Attributes:
    """The attributes of a node."""

    def __init__(self, raw: Any) -> None:
        self._by_name = {one.name: onnx.helper.get_attribute_value(one) for one in raw.attribute}

    def get(self, name: str, usual: Any) -> Any:
        """One of them; text is bytes in ONNX."""
        value = self._by_name.get(name, usual)
        return value.decode() if isinstance(value, bytes) else value

    def pair(self, name: str) -> Pair:
        """(down, across), 1 where nothing is said."""
        down, across = self.get(name, (1, 1))
        return down, across


def _convolution(node: Node, attributes: _Attributes) -> Sequence[Op]:
    weight = node.constant(1)
    if weight.ndim != 4:
        refuse(node.title, f"convolves along {weight.ndim - 2} directions, not 2")
    stride, dilation = attributes.pair("strides"), attributes.pair("dilations")
    reach = [(size - 1) * step + 1 for size, step in zip(weight.shape[2:], dilation, strict=True)]
    found = ops.Convolution(
        node.title,
        weight.transpose(2, 3, 1, 0),
        node.optional(2),
        stride,
        _padding(node, attributes, (reach[0], reach[1]), stride),
        "first",
        dilation,
        attributes.get("group", 1),
    )
    return [found]


def _padding(node: Node, attributes: _Attributes, window: Pair, stride: Pair) -> Padding:
    automatic = attributes.get("auto_pad", "NOTSET")
    if automatic == "VALID":
        return "valid"
    if automatic == "SAME_UPPER":
        return "same"
    if automatic == "SAME_LOWER":
        both = sides(node.shape[1:], window, stride, "same")
        down, across = ((one.after, one.before) for one in both)
        return down, across
    top, left, bottom, right = attributes.get("pads", (0, 0, 0, 0))
    return (top, bottom), (left, right)


def _pool(kind: Any) -> Callable[[Node, _Attributes], Sequence[Op]]:
    def pool(node: Node, attributes: _Attributes) -> Sequence[Op]:
        if attributes.pair("dilations") != (1, 1):
            refuse(node.title, "pools with dilation")
        if len(node.outputs) > 1 or len(node.shape) != 3:
            refuse(node.title, "gives places too, or pools along other than 2 directions")
        size, stride = attributes.pair("kernel_shape"), attributes.pair("strides")
        padding = _padding(node, attributes, size, stride)
        ceil, counts = (attributes.get(n, 0) for n in ("ceil_mode", "count_include_pad"))
        return [
            ops.Pool(node.title, kind, size, stride, padding, "first", bool(ceil), bool(counts))
        ]

    return pool


def _global_pool(kind: Any) -> Callable[[Node, _Attributes], Sequence[Op]]:
    return lambda node, attributes: [ops.Pool(node.title, kind, None, channels="first")]


def _mean(node: Node, attributes: _Attributes) -> Sequence[Op]:
    given = node.optional(1)
    axes = attributes.get("axes", None) if given is None else given.tolist()
    if len(node.shape) != 3 or sorted(axis % 4 for axis in axes or ()) != [2, 3]:
        refuse(node.title, f"averages along axes {axes}, not along rows and columns")
    keeps = bool(attributes.get("keepdims", 1))
    return [ops.Pool(node.title, "average", None, channels="first", keeps_axes=keeps)]


def _batch_norm(node: Node, attributes: _Attributes) -> Sequence[Op]:
    gamma, beta, mean, variance = (np.float64(node.constant(place)) for place in range(1, 5))
    if attributes.get("training_mode", 0):
        refuse(node.title, "uses the statistics of the batch", "export the model for inference")
    gain = gamma / np.sqrt(variance + attributes.get("epsilon", 1e-5))
    shape = (-1,) + (1,) * (len(node.shape) - 1)
    return [Affine(node.title, gain.reshape(shape), (beta - mean * gain).reshape(shape))]


def _arithmetic(node: Node, attributes: _Attributes) -> Sequence[Op]:
    other, turned = np.asarray(node.constant(1 - node.place), np.float64), node.place == 1
    one, none = np.ones(()), np.zeros(())
    match node.kind:
        case "Add":
            return [Affine(node.title, one, other)]
        case "Mul":
            return [Affine(node.title, other, none)]
        case "Sub":
            return [Affine(node.title, -one, other) if turned else Affine(node.title, one, -other)]
    if turned or not other.all():
        refuse(node.title, "divides by what is computed from pixels, or by 0")
    return [Affine(node.title, 1 / other, none)]


def _gemm(node: Node, attributes: _Attributes) -> Sequence[Op]:
    if attributes.get("transA", 0) or node.place != 0:
        refuse(node.title, "multiplies the transposed value")
    weight, bias = np.float64(node.constant(1)), node.optional(2)
    weight = (weight.T if attributes.get("transB", 0) else weight) * attributes.get("alpha", 1.0)
    if bias is not None:
        bias = np.broadcast_to(np.float64(bias) * attributes.get("beta", 1.0), (1, weight.shape[1]))
    return [ops.Dense(node.title, weight, None if bias is None else bias[0])]


def _product(node: Node, attributes: _Attributes) -> Sequence[Op]:
    weight = node.constant(1)
    if node.place != 0 or weight.ndim != 2:
        refuse(node.title, "is not a product of pictures with one matrix")
    return [ops.Dense(node.title, weight)]


def _clip(node: Node, attributes: _Attributes) -> Sequence[Op]:
    low, high = (_limit(node, attributes, n, place) for n, place in (("min", 1), ("max", 2)))
    if low != 0 or (high is not None and high < _FLOAT_MAX):
        refuse(node.title, f"limits values to {low} ... {high}, which is not ReLU")
    return [ops.Relu(node.title)]


def _limit(node: Node, attributes: _Attributes, name: str, place: int) -> float | None:
    given = node.optional(place)
    value = attributes.get(name, None) if given is None else given
    return None if value is None else float(np.asarray(value).reshape(()))


def _transpose(node: Node, attributes: _Attributes) -> Sequence[Op]:
    count = len(node.shape) + 1
    axes = attributes.get("perm", tuple(range(count))[::-1])
    if len(axes) != count or axes[0] != 0:
        refuse(node.title, f"moves the axis of the batch: {list(axes)}")
    return [ops.Transpose(node.title, tuple(axis - 1 for axis in axes[1:]))]


def _pad(node: Node, attributes: _Attributes) -> Sequence[Op]:
    given, value = node.optional(1), node.optional(2)
    pads = list(attributes.get("pads", ()) if given is None else given.tolist())
    fill = attributes.get("value", 0.0) if value is None else float(np.asarray(value).reshape(()))
    zeros = attributes.get("mode", "constant") == "constant" and fill == 0
    if len(node.inputs) > 3 and node.inputs[3]:
        refuse(node.title, "pads axes that another input names")
    if not any(pads):
        return []
    if not zeros or len(pads) != 8 or any(pads[at] for at in (0, 1, 4, 5)) or min(pads) < 0:
        refuse(node.title, "pads with other than zeros around the picture")
    return [ops.Pad(node.title, ((pads[2], pads[6]), (pads[3], pads[7])), "first")]


def _cast(node: Node, attributes: _Attributes) -> Sequence[Op]:
    kinds = onnx.TensorProto
    if attributes.get("to", 0) not in (kinds.FLOAT, kinds.DOUBLE, kinds.FLOAT16):
        refuse(node.title, "rounds values to another type")
    return []


def _dropout(node: Node, attributes: _Attributes) -> Sequence[Op]:
    training = node.optional(2)
    if training is not None and np.any(training):
        refuse(node.title, "drops values outside training too", "export the model for inference")
    return []


def _softmax(node: Node, attributes: _Attributes) -> Sequence[Op]:
    if node.shape[-1] != np.prod(node.shape) or attributes.get("axis", -1) == 0:
        refuse(node.title, f"is taken over several places: {list(node.shape)}")
    return [ops.Softmax(node.title, node.kind == "LogSoftmax")]


_KINDS: dict[str, Callable[[Node, _Attributes], Sequence[Op]]] = {
    **dict.fromkeys(("Add", "Sub", "Mul", "Div"), _arithmetic),
    "Cast": _cast,
    "Identity": lambda node, attributes: [],
    **dict.fromkeys(
        ("Reshape", "Flatten", "Squeeze", "Unsqueeze"),
        lambda node, attributes: [ops.Reshape(node.title, node.out_shape)],
    ),
    **dict.fromkeys(("Softmax", "LogSoftmax"), _softmax),
    "AveragePool": _pool("average"),
    "BatchNormalization": _batch_norm,
    "Clip": _clip,
    "Conv": _convolution,
    "Dropout": _dropout,
    "Gemm": _gemm,
    "GlobalAveragePool": _global_pool("average"),
    "GlobalMaxPool": _global_pool("max"),
    "MatMul": _product,
    "MaxPool": _pool("max"),
    "Pad": _pad,
    "ReduceMean": _mean,
    "Relu": lambda node, attributes: [ops.Relu(node.title)],
    "Transpose": _transpose,
}
