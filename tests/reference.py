"""The oracle: every layer in float64 NumPy, slow and obviously right. Imports nothing of ours.

Each function takes and returns pictures (n, height, width, channels) and also returns a bound on
what float32 arithmetic may differ by, in any order of summation: with u = eps / 2 a sum of k
products is off by at most (k + 1) u times the sum of the products' magnitudes (Higham, "Accuracy
and Stability of Numerical Algorithms", 2002, section 3.1), to which the inputs' own error adds.
"""

from __future__ import annotations

import math

import numpy as np

EPS = float(np.finfo(np.float32).eps)


def pad_same(x, window, stride, value):
    """Zero padding as TensorFlow's "same": the odd row or column goes behind."""
    widths = [(0, 0)]
    for size in x.shape[1:3]:
        total = max((math.ceil(size / stride) - 1) * stride + window - size, 0)
        widths.append((total // 2, total - total // 2))
    return np.pad(x, [*widths, (0, 0)], constant_values=value)


def windows(x, window, stride):
    """(n, h', w', window, window, c): every window of x, one by one."""
    height = (x.shape[1] - window) // stride + 1
    width = (x.shape[2] - window) // stride + 1
    out = np.empty((len(x), height, width, window, window, x.shape[3]))
    for row in range(height):
        for column in range(width):
            top, left = row * stride, column * stride
            out[:, row, column] = x[:, top : top + window, left : left + window]
    return out


def conv(x, weight, bias, *, stride=1, same=True, relu=False, error=0.0):
    window = weight.shape[0]
    x64, error = np.float64(x), np.broadcast_to(error, x.shape)
    if same:
        x64, error = (pad_same(values, window, stride, 0.0) for values in (x64, error))
    return _product(
        windows(x64, window, stride), windows(error, window, stride), weight, bias, relu
    )


def dense(x, weight, bias, *, relu=False, error=0.0):
    flat = np.float64(x).reshape(len(x), 1, 1, -1)
    error = np.broadcast_to(error, x.shape).reshape(flat.shape)
    return _product(flat, error, weight, bias, relu)


def _product(x, error, weight, bias, relu):
    axes = weight.ndim - 1
    weight, bias = np.float64(weight), np.float64(bias)
    terms = math.prod(weight.shape[:-1]) + 1
    with np.errstate(invalid="ignore"):
        y = np.tensordot(x, weight, axes) + bias
        magnitude = np.tensordot(np.abs(x) + error, np.abs(weight), axes) + np.abs(bias)
        carried = np.tensordot(error, np.abs(weight), axes)
    return (np.maximum(y, 0) if relu else y), carried + (terms + 1) * EPS * magnitude


def max_pool(x, *, size, stride, same=False, error=0.0):
    x64, error = np.float64(x), np.broadcast_to(error, x.shape)
    if same:
        x64 = pad_same(x64, size, stride, -np.inf)
        error = pad_same(error, size, stride, 0.0)
    return (windows(values, size, stride).max(axis=(3, 4)) for values in (x64, error))


def global_average_pool(x, *, error=0.0):
    x64, error = np.float64(x), np.broadcast_to(error, x.shape)
    count = x.shape[1] * x.shape[2]
    rounding = (count + 2) * EPS * np.abs(x64).mean(axis=(1, 2), keepdims=True)
    return (
        x64.mean(axis=(1, 2), keepdims=True),
        error.mean(axis=(1, 2), keepdims=True) + rounding,
    )


def softmax(logits):
    exponent = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return exponent / exponent.sum(axis=-1, keepdims=True)


def run(layers, x):
    """All `layers` (as the C++ module takes them) on x; returns the answer and its bound."""
    error = 0.0
    for layer in layers:
        same, relu = layer.get("same", False), layer.get("relu", False)
        match layer["kind"]:
            case "conv":
                array, stride = (layer["weight"], layer["bias"]), layer["stride"]
                x, error = conv(x, *array, stride=stride, same=same, relu=relu, error=error)
            case "max_pool":
                size, stride = layer["window"], layer["stride"]
                x, error = max_pool(x, size=size, stride=stride, same=same, error=error)
            case "global_average_pool":
                x, error = global_average_pool(x, error=error)
            case "dense":
                x, error = dense(x, layer["weight"], layer["bias"], relu=relu, error=error)
    return x, error
