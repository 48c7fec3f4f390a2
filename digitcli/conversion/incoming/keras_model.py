"""Keras models as a chain: layers of a loaded model, in the order of its description."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras
import numpy as np

from . import ops
from .keras_config import MODELS, TRAINING_ONLY, checked_config
from .ops import Affine, Chain, Channels, Op, refuse
from .source import Source


def load_keras(source: Source) -> tuple[Chain, Any]:
    """The chain of a .keras or .h5 file, and the model as Keras loads it.

    Raises ModelError, with the layer's name, for what is no chain of known layers.
    """
    config = checked_config(source)
    with source.written(f"model.{source.kind}") as path:
        model = keras.models.load_model(str(path), compile=False, safe_mode=True)
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        count = f"{len(model.inputs)} inputs and {len(model.outputs)} outputs"
        source.refuse(f"a model has one input and one output, this one {count}")
    found = [op for layer in _layers(config, model) for op in _translate(layer)]
    entry = model.inputs[0]
    batch, *shape = entry.shape
    if None in shape:
        source.refuse(
            f"takes pictures of any size: {entry.shape}", "give Input the shape (28, 28, 1)"
        )
    return Chain(tuple(shape), str(entry.dtype), found, batch), model


def _layers(config: dict[str, Any], model: Any) -> Iterator[Any]:
    """The layers of a model in the order in which a picture passes them."""
    entries = config["config"]
    entries = entries["layers"] if isinstance(entries, dict) else entries
    order = entries if config["class_name"] == "Sequential" else _ordered(entries)
    for entry in order:
        if entry["class_name"] == "InputLayer":
            continue
        layer = model.get_layer(_name(entry))
        if entry["class_name"] in MODELS:
            yield from _layers(entry, layer)
        else:
            yield layer


def _name(entry: dict[str, Any]) -> str:
    return str(entry["config"]["name"])


def _ordered(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The layers of a functional model, each behind the one that it takes its input from."""
    behind: dict[str | None, dict[str, Any]] = {}
    for entry in entries:
        sources = list(_sources(entry.get("inbound_nodes", [])))
        before = sources[0] if sources else None
        if len(sources) > 1 or before in behind:
            title = f"{_name(entry)} ({entry['class_name']})"
            refuse(title, "joins or leaves a branch: the model is not a chain")
        behind[before] = entry
    found: list[dict[str, Any]] = []
    while (at := _name(found[-1]) if found else None) in behind and len(found) < len(entries):
        found.append(behind[at])
    if len(found) != len(entries):
        refuse(_name(entries[-1]) if entries else "the model", "is not the end of one chain")
    return found


def _sources(nodes: Any) -> Iterator[str]:
    """The names of the layers that an entry's `inbound_nodes` name, of Keras 3 and of Keras 2."""
    if isinstance(nodes, dict):
        history = nodes.get("keras_history")
        if isinstance(history, list):
            yield str(history[0])
        else:
            for one in nodes.values():
                yield from _sources(one)
    elif isinstance(nodes, list):
        if len(nodes) >= 3 and isinstance(nodes[0], str) and isinstance(nodes[1], int):
            yield nodes[0]
        else:
            for one in nodes:
                yield from _sources(one)


def _translate(layer: Any) -> Sequence[Op]:
    kind = type(layer).__name__
    title = f"{layer.name} ({kind})"
    if kind in TRAINING_ONLY:
        return []
    if kind not in _KINDS:
        refuse(title, "has no counterpart in digitcli")
    found = list(_KINDS[kind](layer, title))
    activation = getattr(layer, "activation", None)
    return found if activation is None else found + _activation(activation, title)


def _activation(function: Any, title: str) -> list[Op]:
    match getattr(function, "__name__", str(function)):
        case "linear":
            return []
        case "relu":
            return [ops.Relu(title)]
        case "softmax":
            return [ops.Softmax(title)]
        case "log_softmax":
            return [ops.Softmax(title, log=True)]
        case other:
            refuse(title, f"ends in {other}, which has no counterpart in digitcli")


def _values(variable: Any) -> Any:
    """A variable's values; None for a bias that is not used."""
    return None if variable is None else np.asarray(keras.ops.convert_to_numpy(variable))


def _channels(layer: Any) -> Channels:
    return "first" if layer.data_format == "channels_first" else "last"


def _convolution(layer: Any, title: str) -> Sequence[Op]:
    weight, bias = _values(layer.kernel), _values(layer.bias)
    rest = layer.strides, layer.padding, _channels(layer), layer.dilation_rate, layer.groups
    return [ops.Convolution(title, weight, bias, *rest)]


def _depthwise(layer: Any, title: str, kernel: Any = None, bias: Any = None) -> ops.Convolution:
    weight = _values(layer.kernel if kernel is None else kernel)
    rows, columns, channels, each = weight.shape
    flat = weight.reshape(rows, columns, 1, channels * each)
    rest = layer.strides, layer.padding, _channels(layer), layer.dilation_rate, channels
    return ops.Convolution(title, flat, bias, *rest)


def _separable(layer: Any, title: str) -> Sequence[Op]:
    point = ops.Convolution(title, _values(layer.pointwise_kernel), _values(layer.bias),
                            channels=_channels(layer))  # fmt: skip
    return [_depthwise(layer, title, layer.depthwise_kernel), point]


def _dense(layer: Any, title: str) -> Sequence[Op]:
    if getattr(layer, "quantization_mode", None):
        refuse(title, "is quantised", "import the float model it was made from")
    return [ops.Dense(title, _values(layer.kernel), _values(layer.bias))]


def _batch_norm(layer: Any, title: str) -> Sequence[Op]:
    mean, variance = (_values(one) for one in (layer.moving_mean, layer.moving_variance))
    gain = 1 / np.sqrt(np.asarray(variance, np.float64) + layer.epsilon)
    gain = gain if layer.gamma is None else gain * _values(layer.gamma)
    offset = -mean * gain if layer.beta is None else _values(layer.beta) - mean * gain
    axis = layer.axis if isinstance(layer.axis, int) else layer.axis[0]
    rank = len(layer.input.shape)
    shape = [1] * (rank - 1)
    shape[axis % rank - 1] = -1
    return [Affine(title, gain.reshape(shape), offset.reshape(shape))]


def _rescaling(layer: Any, title: str) -> Sequence[Op]:
    return [Affine(title, np.asarray(layer.scale), np.asarray(layer.offset))]


def _normalization(layer: Any, title: str) -> Sequence[Op]:
    mean = np.asarray(_values(layer.mean), np.float64)
    deviation = np.sqrt(np.asarray(_values(layer.variance), np.float64))
    deviation = np.maximum(deviation, keras.backend.epsilon())
    if layer.invert:
        return [Affine(title, deviation, mean)]
    return [Affine(title, 1 / deviation, -mean / deviation)]


def _pool(layer: Any, title: str) -> Sequence[Op]:
    kind: Any = "max" if type(layer).__name__.startswith("Max") else "average"
    rest = layer.pool_size, layer.strides, layer.padding, _channels(layer)
    return [ops.Pool(title, kind, *rest)]


def _global_pool(layer: Any, title: str) -> Sequence[Op]:
    kind: Any = "max" if "Max" in type(layer).__name__ else "average"
    return [ops.Pool(title, kind, None, channels=_channels(layer), keeps_axes=layer.keepdims)]


def _relu(layer: Any, title: str) -> Sequence[Op]:
    if layer.max_value is not None or layer.negative_slope or layer.threshold:
        refuse(title, "has a limit, a slope or a threshold, which has no counterpart in digitcli")
    return [ops.Relu(title)]


def _flatten(layer: Any, title: str) -> Sequence[Op]:
    first = len(layer.input.shape) == 4 and layer.data_format == "channels_first"
    moved: list[Op] = [ops.Transpose(title, (1, 2, 0))] if first else []
    return [*moved, ops.Reshape(title, (-1,))]


_KINDS: dict[str, Callable[[Any, str], Sequence[Op]]] = {
    "Activation": lambda layer, title: [],
    "AveragePooling2D": _pool,
    "BatchNormalization": _batch_norm,
    "Conv2D": _convolution,
    "Dense": _dense,
    "DepthwiseConv2D": lambda layer, title: [_depthwise(layer, title, None, _values(layer.bias))],
    "Flatten": _flatten,
    "GlobalAveragePooling2D": _global_pool,
    "GlobalMaxPooling2D": _global_pool,
    "MaxPooling2D": _pool,
    "Normalization": _normalization,
    "Permute": lambda layer, title: [ops.Transpose(title, tuple(n - 1 for n in layer.dims))],
    "ReLU": _relu,
    "Rescaling": _rescaling,
    "Reshape": lambda layer, title: [ops.Reshape(title, tuple(layer.target_shape))],
    "SeparableConv2D": _separable,
    "Softmax": lambda layer, title: [ops.Softmax(title)],
    "ZeroPadding2D": lambda layer, title: [ops.Pad(title, layer.padding, _channels(layer))],
}
