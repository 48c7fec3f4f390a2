"""The network as an ONNX graph, written straight from the weights: no TensorFlow."""

from __future__ import annotations

import json
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from ..errors import MachineError
from ..inference.line_engine import WIDTH_STEP
from ..inference.map_engine import SIZE_STEP
from ..model.layers import Conv, Dense, GlobalAveragePool, MaxPool, Window, assert_never, pair
from ..model.spec import COLUMN_CLASSES, MAP_CLASSES, NetworkSpec, Step, Task
from ..model.weights import Weights
from ..signs import SIGNS
from ..version import __version__

try:
    import onnx
    from onnx import TensorProto, helper, numpy_helper
except ImportError as error:
    raise MachineError(
        f"ONNX files need the package onnx, which cannot be imported ({error})",
        hint='pip install "digitcli[export]"',
    ) from error

Pixels: TypeAlias = Literal["uint8", "scaled"]

# The version of 2020, which old runtimes read too; the first with quantisation by channel.
OPSET, IR_VERSION = 13, 7
INPUT, OUTPUT = "images", "probabilities"


def onnx_model(weights: Weights, pixels: Pixels = "uint8") -> bytes:
    """`weights` as a checked ONNX model; any batch size, probabilities float32 (n, classes) out.

    Of a network for lines: pictures of any width, and (n, columns, 16) out; of one for maps: of any
    size, and (n, height / 4, width / 4, 2) out. `pixels` "uint8" takes what our engine takes, raw
    pictures uint8 (n, height, width), and scales them inside; "scaled" takes float32
    (n, 1, height, width) that are scaled already. The layout inside is ONNX's own, (n, channel,
    row, column); equal weights give equal bytes.
    """
    graph = _Graph()
    value = graph.pictures(weights.spec) if pixels == "uint8" else INPUT
    for step in weights.spec.steps:
        value = _add(graph, value, step, weights)
    value = graph.ordered(value, weights.spec)
    if weights.temperature != 1:
        divisor = graph.constant("temperature", np.array(weights.temperature, np.float32))
        value = graph.node("Div", [value, divisor], "calibrated")
    graph.node("Softmax", [value], OUTPUT, axis=-1)
    model = helper.make_model(
        graph.finish(weights.spec, pixels),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="digitcli",
        producer_version=__version__,
    )
    helper.set_model_props(model, _metadata(weights.spec, pixels))
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString(deterministic=True))


def _metadata(spec: NetworkSpec, pixels: Pixels) -> dict[str, str]:
    size = ", ".join(map(str, _sides(spec)))
    scaled = f"float32 (n, 1, {size}), raw pixels times {spec.scale!r}"
    raw = f"none: raw pixels, uint8 (n, {size}); the graph multiplies them by {spec.scale!r}"
    common = {"network": spec.name, "preprocessing": raw if pixels == "uint8" else scaled}
    if spec.task == "line":
        return common | {
            "labels": json.dumps([*SIGNS, ""]),
            "decoding": "CTC: the last class of a column is the blank",
            "picture": "light ink on dark, one line as high as the picture; filled up with 0 on "
            f"the right to a multiple of {WIDTH_STEP} columns, as digitcli does it",
        }
    if spec.task == "map":
        return common | {
            "labels": json.dumps(["outside", "inside"]),
            "picture": f"grey; filled up on the right and below to multiples of {SIZE_STEP} pixels "
            "with its usual tone, as digitcli does it",
        }
    return common | {
        "labels": json.dumps(list(spec.classes)),
        "picture": "light ink on dark, one digit, centred by its mass as in MNIST"
        if spec.names_digits
        else "as in the data set that was learnt",
    }


def _sides(spec: NetworkSpec) -> list[int | str]:
    """Height and width of the input; those that may be any have names."""
    height, width, _ = spec.input
    return [height or "height", width or "width"]


class _Graph:
    """Nodes and constants so far."""

    def __init__(self) -> None:
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def node(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        """Add one node with one output; return the output's name."""
        self._nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def constant(self, name: str, values: npt.NDArray[Any]) -> str:
        """Add one constant; return its name."""
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def pictures(self, spec: NetworkSpec) -> str:
        """uint8 (n, height, width) -> float32 (n, 1, height, width), scaled."""
        floats = self.node("Cast", [INPUT], "pixels", to=TensorProto.FLOAT)
        scale = self.constant("scale", np.array(spec.scale, np.float32))
        scaled = self.node("Mul", [floats, scale], "scaled")
        axes = self.constant("channel_axis", np.array([1], np.int64))
        return self.node("Unsqueeze", [scaled, axes], "picture")

    def ordered(self, value: str, spec: NetworkSpec) -> str:
        """Classes last: (n, classes, 1, columns) -> (n, columns, classes), maps likewise."""
        if spec.task == "digit":
            return value
        if spec.task == "map":
            return self.node("Transpose", [value], "places", perm=[0, 2, 3, 1])
        axes = self.constant("row_axis", np.array([2], np.int64))
        rows = self.node("Squeeze", [value, axes], "row")
        return self.node("Transpose", [rows], "columns", perm=[0, 2, 1])

    def finish(self, spec: NetworkSpec, pixels: Pixels) -> Any:
        """The graph, from `INPUT` to `OUTPUT`."""
        kind, shape = TensorProto.UINT8, ["n", *_sides(spec)]
        if pixels == "scaled":
            kind, shape = TensorProto.FLOAT, ["n", spec.input[2], *_sides(spec)]
        out: dict[Task, list[int | str]] = {
            "digit": ["n", len(spec.classes)],
            "line": ["n", "columns", COLUMN_CLASSES],
            "map": ["n", "rows", "columns", MAP_CLASSES],
        }
        source = helper.make_tensor_value_info(INPUT, kind, shape)
        target = helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, out[spec.task])
        return helper.make_graph(self._nodes, spec.name, [source], [target], self._constants)


def _add(graph: _Graph, value: str, step: Step, weights: Weights) -> str:
    """Append what `step` does to `value`; return the name of the result."""
    match step.layer:
        case Conv() as conv:
            weight, bias = _tensors(step, weights)
            names = [
                graph.constant(f"{step.name}.weight", weight.transpose(3, 2, 0, 1)),
                graph.constant(f"{step.name}.bias", bias),
            ]
            window = _window(step, conv.kernel, conv, weights.spec)
            value = graph.node("Conv", [value, *names], step.name, **window)
            return _activated(graph, value, step.name, conv.activation)
        case MaxPool() as pool:
            return graph.node(
                "MaxPool", [value], step.name, **_window(step, pool.size, pool, weights.spec)
            )
        case GlobalAveragePool():
            means = graph.node("GlobalAveragePool", [value], f"{step.name}_picture")
            return graph.node("Flatten", [means], step.name, axis=1)
        case Dense() as dense:
            if len(step.input_shape) == 3:
                value = graph.node("Flatten", [value], f"{step.name}_flat", axis=1)
            weight, bias = _tensors(step, weights)
            names = [
                graph.constant(f"{step.name}.weight", _rows_by_channel(weight, step)),
                graph.constant(f"{step.name}.bias", bias),
            ]
            value = graph.node("Gemm", [value, *names], step.name)
            return _activated(graph, value, step.name, dense.activation)
        case other:
            assert_never(other)


def _tensors(step: Step, weights: Weights) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    return weights.arrays[f"{step.name}.weight"], weights.arrays[f"{step.name}.bias"]


def _rows_by_channel(weight: npt.NDArray[Any], step: Step) -> npt.NDArray[Any]:
    """A dense layer's rows in the order in which ONNX flattens a picture: channel, row, column."""
    if len(step.input_shape) == 1:
        return weight
    by_picture = weight.reshape(*step.input_shape, -1)
    return by_picture.transpose(2, 0, 1, 3).reshape(weight.shape)


def _activated(graph: _Graph, value: str, name: str, activation: str) -> str:
    return graph.node("Relu", [value], f"{name}_relu") if activation == "relu" else value


class _Slides(Protocol):
    """A layer with a sliding window."""

    @property
    def stride(self) -> Window: ...
    @property
    def padding(self) -> str: ...


def _window(step: Step, size: Window, layer: _Slides, spec: NetworkSpec) -> dict[str, Any]:
    """Attributes of a sliding window; its padding spelled out, unless it depends on the picture."""
    common = {"kernel_shape": [*pair(size)], "strides": [*pair(layer.stride)]}
    if spec.task != "digit" and layer.padding == "same" and pair(layer.stride) != (1, 1):
        return common | {"auto_pad": "SAME_UPPER"}  # the odd one goes to the end, as in Keras
    (top, bottom), (left, right) = step.padding
    return common | {"pads": [top, left, bottom, right]}
