"""From a chain of operations to a `NetworkSpec` and its tensors."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np

from ...model.layers import Activation, Conv, GlobalAveragePool, MaxPool
from ...model.layers import Dense as DenseLayer
from ...model.spec import NetworkSpec
from ...model.weights import Weights
from . import ops
from .ops import Chain, Pair, Values, refuse
from .stack import Stack
from .value import Value
from .windows import Side, dense_kernel, placed, sides, spec_window

Output: TypeAlias = Literal["logits", "probabilities", "log probabilities"]


@dataclass(frozen=True)
class Built:
    """A network of a chain, and what the chain's last operation gives."""

    weights: Weights
    output: Output


def build(chain: Chain, name: str, gain: float, offset: float) -> Built:
    """The network of `chain`, which takes pixels as raw * `gain` + `offset`, raw 0 to 255.

    Raises ModelError, with the node's name, for what a spec cannot express.
    """
    stack = Stack(chain.shape, gain, offset)
    output: Output = "logits"
    for op in chain.ops:
        if isinstance(op, ops.Softmax):
            output = "log probabilities" if op.log else "probabilities"
        elif output != "logits" and not isinstance(op, ops.Reshape):
            refuse(op.node, "comes after softmax", "cut the model behind softmax")
        else:
            _ADD[type(op)](stack, op)
    return Built(_finish(stack, name), output)


def _finish(stack: Stack, name: str) -> Weights:
    if stack.value.pending is not None:
        _materialise(stack, stack.value.pending.node, "linear")
    order = stack.value.order.ravel()
    if not np.array_equal(order, np.arange(order.size)):
        refuse("the output", "its values are in another order than the last layer's")
    if stack.value.shape[:-1] == (1, 1):
        stack.append(GlobalAveragePool())  # of one pixel: the same values as a vector
    spec = NetworkSpec(_spec_name(name), tuple(one.layer for one in stack.layers), stack.scale)
    tensors: dict[str, Values] = {}
    for step, one in zip(spec.steps, stack.layers, strict=True):
        if one.weight is not None and one.bias is not None:
            parts = {"weight": one.weight, "bias": one.bias}
            tensors |= {
                f"{step.name}.{part}": np.ascontiguousarray(values, np.float32)
                for part, values in parts.items()
            }
    return Weights(spec, tensors)


def _reshape(stack: Stack, op: ops.Reshape) -> None:
    stack.value.need_unpadded(op)
    try:
        order = stack.value.order.reshape(op.shape)
    except ValueError:
        refuse(op.node, f"makes {op.shape} of one picture, which is {stack.value.order.shape}")
    stack.value = replace(stack.value, order=order)


def _transpose(stack: Stack, op: ops.Transpose) -> None:
    stack.value.need_unpadded(op)
    if sorted(op.axes) != list(range(stack.value.order.ndim)):
        refuse(op.node, f"axes {op.axes} of one picture, which is {stack.value.order.shape}")
    stack.value = replace(stack.value, order=stack.value.order.transpose(op.axes))


def _pad(stack: Stack, op: ops.Pad) -> None:
    stack.value.need_unpadded(op)
    stack.value.need_picture(op, op.channels)
    stack.value = replace(stack.value, pads=op.pads, padded_by=op.node)


def _affine(stack: Stack, op: ops.Affine) -> None:
    """Fold it into the layer behind which it stands, or let the next layer do it."""
    fresh = stack.value.pending is None
    stack.value = stack.value.affine(op.node, np.asarray(op.gain), np.asarray(op.offset))
    pending, behind = stack.value.pending, stack.behind()
    assert pending is not None
    if not fresh or behind is None or behind.activation != "linear":
        return
    if behind is not stack.layers[-1] and (pending.gain < 0).any():
        return  # the largest value before the pool would be the smallest behind it
    gain, offset = pending.gain, pending.offset
    if isinstance(behind.layer, Conv):
        if not stack.value.is_even():
            return
        gain, offset = stack.value.channel_values()
    behind.scale(gain, offset)
    stack.value = replace(stack.value, pending=None)


def _relu(stack: Stack, op: ops.Relu) -> None:
    pending, behind = stack.value.pending, stack.behind()
    if pending is not None and (pending.offset.any() or (pending.gain < 0).any()):
        _materialise(stack, op.node, "relu")
    elif behind is None:
        return  # pixels are never negative
    elif isinstance(behind.layer, GlobalAveragePool):
        _materialise(stack, op.node, "relu")
    else:  # the largest value of ReLUs is the ReLU of the largest
        behind.activate("relu")


def _materialise(stack: Stack, node: str, activation: Activation) -> None:
    """Do what is pending, or nothing, with a layer of its own, with this activation behind."""
    value, count = stack.value, stack.value.shape[-1]
    stack.value = replace(value, order=Value.of(value.shape).order)
    if len(value.shape) == 1:
        _dense(stack, ops.Dense(node, np.eye(count)))
    else:
        _convolution(stack, ops.Convolution(node, np.eye(count)[None, None]))
    stack.layers[-1].activate(activation)
    stack.value = replace(stack.value, order=value.order)


def _dense(stack: Stack, op: ops.Dense) -> None:
    stack.value.need_unpadded(op)
    stack.take_scale()
    value, rows, units = stack.value, *op.weight.shape
    if value.order.size != rows or value.order.shape[-1] != rows:
        shape = " x ".join(map(str, value.order.shape))
        refuse(op.node, f"takes {rows} values, but gets {shape}", "flatten the picture before it")
    weight = np.empty(op.weight.shape)
    weight[value.order.ravel()] = op.weight
    bias = _bias(op.bias, weight)
    if value.pending is not None:
        bias = bias + value.pending.offset.ravel() @ weight
        weight = weight * value.pending.gain.ravel()[:, None]
    stack.append(DenseLayer(units), weight, bias)
    stack.value = Value.of((units,))


def _convolution(stack: Stack, op: ops.Convolution) -> None:
    stack.value.need_picture(op, op.channels)
    stack.take_scale()
    kernel = dense_kernel(np.asarray(op.weight, np.float64), op.groups, op.dilation)
    if kernel.shape[2] != stack.value.shape[2]:
        refuse(op.node, f"takes {kernel.shape[2]} channels, but gets {stack.value.shape[2]}")
    window = kernel.shape[0], kernel.shape[1]
    at = sides(stack.value.shape[:2], window, op.stride, stack.padding(op.padding, op))
    found = spec_window(*at, grow=True)
    if found is None:
        refuse(op.node, _no_window(at))
    padding, down, across = found
    kernel, bias = _scaled(stack, kernel, _bias(op.bias, kernel), at)
    size = down[0], across[0]
    layer = Conv(kernel.shape[3], size, op.stride, padding, activation="linear")
    stack.append(layer, placed(kernel, down, across), bias)
    stack.step_behind(layer, op.node, op.channels)


def _scaled(
    stack: Stack, kernel: Values, bias: Values, at: tuple[Side, Side]
) -> tuple[Values, Values]:
    """Kernel and bias that do what is pending, too.

    Where zeros stand around the picture, an offset is not the same everywhere. Then a channel of
    ones, which has zeros around it too, carries it.
    """
    if stack.value.pending is None:
        return kernel, bias
    gain, offset = stack.value.channel_values()
    scaled = kernel * gain[:, None]
    if not offset.any():
        return scaled, bias
    if not (at[0].padded or at[1].padded):
        return scaled, bias + np.einsum("hwio,i->o", kernel, offset)
    stack.add_ones()
    ones = np.einsum("hwio,i->hwo", kernel, offset)
    return np.concatenate([scaled, ones[:, :, None]], axis=2), bias


def _pool(stack: Stack, op: ops.Pool) -> None:
    stack.value.need_picture(op, op.channels)
    size = op.size or (stack.value.shape[0], stack.value.shape[1])
    padding = stack.padding(op.padding, op)
    at = sides(stack.value.shape[:2], size, op.stride, padding, ceil=op.ceil)
    if op.kind == "max":
        _max_pool(stack, op, size, at)
    elif (at[0].count, at[1].count) == (1, 1) and size == stack.value.shape[:2]:
        _global_average(stack, op)
    else:
        _average_pool(stack, op, size, at)
    if not op.keeps_axes:
        stack.value = replace(stack.value, order=stack.value.order.reshape(-1))


def _max_pool(stack: Stack, op: ops.Pool, size: Pair, at: tuple[Side, Side]) -> None:
    if stack.value.pads != ops.NO_PADS and not stack.never_negative():
        refuse(op.node, "the zeros around the picture may be larger than its values")
    pending = stack.value.pending
    if pending is not None and (stack.value.channel_values()[0] < 0).any():
        _materialise(stack, pending.node, "linear")
    found = spec_window(*at, grow=False)
    if found is None:
        refuse(op.node, _no_window(at))
    layer = MaxPool(size, op.stride, found[0])
    stack.append(layer)
    stack.step_behind(layer, op.node, op.channels)


def _average_pool(stack: Stack, op: ops.Pool, size: Pair, at: tuple[Side, Side]) -> None:
    """A mean of each window is a convolution, every channel by itself."""
    if (at[0].padded or at[1].padded) and not op.counts_padding:
        refuse(op.node, "averages windows that reach over the picture's edge")
    if op.ceil and any(one.count != replace(one, ceil=False).count for one in at):
        refuse(op.node, "averages windows that are not whole (ceil_mode)")
    count = stack.value.shape[2]
    kernel = np.zeros((*size, count, count))
    kernel[:, :, np.arange(count), np.arange(count)] = 1 / (size[0] * size[1])
    positive = stack.never_negative()
    _convolution(stack, ops.Convolution(op.node, kernel, None, op.stride, op.padding, op.channels))
    if positive:  # then ReLU changes nothing, and int8 needs it
        stack.layers[-1].activate("relu")


def _global_average(stack: Stack, op: ops.Pool) -> None:
    stack.value.need_unpadded(op)
    stack.append(GlobalAveragePool())
    stack.step_behind(GlobalAveragePool(), op.node, op.channels)
    shape = (-1, 1, 1) if op.channels == "first" else (1, 1, -1)
    stack.value = replace(stack.value, order=stack.value.order.reshape(shape))


_ADD: dict[type[Any], Callable[[Stack, Any], None]] = {
    ops.Affine: _affine,
    ops.Convolution: _convolution,
    ops.Dense: _dense,
    ops.Pad: _pad,
    ops.Pool: _pool,
    ops.Relu: _relu,
    ops.Reshape: _reshape,
    ops.Transpose: _transpose,
}


def _bias(bias: Values | None, weight: Values) -> Values:
    return np.zeros(weight.shape[-1]) if bias is None else np.asarray(bias, np.float64)


def _no_window(at: tuple[Side, Side]) -> str:
    down, across = at
    return (
        f"a window of {down.window} x {across.window} pixels with stride {down.stride} x "
        f"{across.stride} and {down.before} + {down.after} rows, {across.before} + {across.after} "
        f'columns of padding on {down.length} x {across.length} pixels is neither "same" nor '
        '"valid" padding'
    )


def _spec_name(name: str) -> str:
    """A file's name as a network may be called."""
    plain = re.sub(r"[^\w.-]", "-", name, flags=re.ASCII)
    return (plain if re.match(r"\w", plain, re.ASCII) else f"model{plain}")[:64]
