"""The oracle: every layer in float64 NumPy, slow and obviously right. Imports nothing of ours.

Each function takes and returns pictures (n, height, width, channels) and also returns a bound on
what float32 arithmetic may differ by, in any order of summation: with u = eps / 2 a sum of k
products is off by at most (k + 1) u times the sum of the products' magnitudes (Higham, "Accuracy
and Stability of Numerical Algorithms", 2002, section 3.1), to which the inputs' own error adds.

The same bound holds where dense layers with nothing between them have been multiplied into one, in
double: each term x W1 W2 then meets the roundings of one sum and two of the product matrix, fewer
than those of the two sums that the bound counts. Convolutions by Winograd's method have a bound of
their own, see `winograd_bound`.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cache

import numpy as np

EPS = float(np.finfo(np.float32).eps)

# Winograd's method: the finite points, in the order in which they come into use, and the tiles
# (outputs per dimension) that a convolution of each window may be cut into, if it has stride 1 and
# enough channels.
POINTS = [Fraction(point) for point in ("0", "1", "-1", "2", "-1/2", "-2", "1/2")]
TILES = {3: (3, 4, 5, 6), 5: (2, 3, 4)}
LEAST_CHANNELS = 8


def sides(value):
    """(rows, columns) of a window or stride that may be given as one number."""
    return (value, value) if isinstance(value, int) else tuple(value)


def pad_same(x, window, stride, value):
    """Zero padding as TensorFlow's "same": the odd row or column goes behind."""
    widths = [(0, 0)]
    for size, extent, step in zip(x.shape[1:3], sides(window), sides(stride), strict=True):
        total = max((math.ceil(size / step) - 1) * step + extent - size, 0)
        widths.append((total // 2, total - total // 2))
    return np.pad(x, [*widths, (0, 0)], constant_values=value)


def windows(x, window, stride):
    """(n, h', w', rows, columns, c): every window of x, one by one."""
    found = np.lib.stride_tricks.sliding_window_view(x, sides(window), axis=(1, 2))
    down, across = sides(stride)
    return np.moveaxis(found[:, ::down, ::across], 3, 5)


def conv(x, weight, bias, *, stride=1, same=True, relu=False, error=0.0, tiles=()):
    """`tiles`: the bound is also to hold for Winograd's method with tiles of so many outputs."""
    window = weight.shape[:2]
    x64, error = np.float64(x), np.broadcast_to(error, x.shape)
    if same:
        x64, error = (pad_same(values, window, stride, 0.0) for values in (x64, error))
    y, bound = _product(
        windows(x64, window, stride), windows(error, window, stride), weight, bias, relu
    )
    for outputs in tiles:
        bound = np.maximum(bound, winograd_bound(x64, weight, bias, outputs, error))
    return y, bound


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


# ---- Winograd's method ---------------------------------------------------------------------------


@cache
def winograd_matrices(outputs, window):
    """A' (outputs, points), G (points, window) and B' (points, points) of F(outputs, window).

    Cook and Toom multiply two polynomials by their values at points: E_r g and E_m h, rows of
    powers, multiplied point by point, and interpolated (Lagrange) by the inverse C of E_n. Sliding
    a filter over a signal is the transpose of that: y = E_m' [E_r g . C' d], so A' = E_m', G = E_r
    and B' = C'. At infinity a polynomial is worth its leading coefficient.
    """
    finite = POINTS[: outputs + window - 2]
    a = [[point**i for point in finite] + [int(i + 1 == outputs)] for i in range(outputs)]
    g = [[point**k for k in range(window)] for point in finite]
    g.append([int(k + 1 == window) for k in range(window)])
    b = []
    for point in finite:
        others = [other for other in finite if other != point]
        scale = math.prod(point - other for other in others)
        b.append([value / scale for value in _polynomial(others)] + [0])
    b.append(_polynomial(finite))
    return tuple(np.array(matrix, dtype=np.float64) for matrix in (a, g, b))


def _polynomial(roots):
    """Coefficients of the product of all (x - root), that of x^0 first."""
    values = [Fraction(1)]
    for root in roots:
        up, down = [0, *values], [*values, 0]
        values = [higher - root * lower for higher, lower in zip(up, down, strict=True)]
    return values


def winograd(x, weight, matrices):
    """A' [sum over channels of (G g G') . (B' d B)] A for all tiles d of x, (n, h', w', filters).

    x is padded already; behind it, zeros complete the last tiles.
    """
    a, g, b = matrices
    (outputs, points), window = a.shape, weight.shape[0]
    sizes = [size - window + 1 for size in x.shape[1:3]]
    missing = [(-size) % outputs for size in sizes]
    x = np.pad(x, [(0, 0), (0, missing[0]), (0, missing[1]), (0, 0)])
    d = windows(x, points, outputs)
    n, down, across = d.shape[:3]
    v = np.tensordot(b, np.tensordot(b, d, (1, 4)), (1, 4))  # (points, points, n, down, across, c)
    u = np.tensordot(g, np.tensordot(g, np.float64(weight), (1, 1)), (1, 1))
    products = v.reshape(points, points, n * down * across, -1) @ u
    y = np.tensordot(a, np.tensordot(a, products, (1, 1)), (1, 1))
    y = y.reshape(outputs, outputs, n, down, across, -1).transpose(2, 3, 0, 4, 1, 5)
    y = y.reshape(n, down * outputs, across * outputs, -1)
    return y[:, : sizes[0], : sizes[1]]


def winograd_roundings(outputs, window, channels):
    """How many roundings each term of `winograd` passes at most, in any order of summation.

    A sum of k products rounds each of them at most k times: once as a product and k - 1 times in
    sums. So each pass of B' or A' costs as many as a row has entries that are not zero, there are
    two of each, and the sum over channels costs one more than there are channels (it starts from
    0). G g G' is computed in double and rounded to float32: once, and a second stands for all that
    double lost. Adding the bias is the last. Max pools and ReLU round nothing.
    """
    a, _, b = ((matrix != 0).sum(axis=1).max() for matrix in winograd_matrices(outputs, window))
    return int(2 + 2 * b + (channels + 1) + 2 * a + 1)


def winograd_bound(x, weight, bias, outputs, error):
    """What a convolution by Winograd's method in float32 may differ by; x is padded already.

    The answer is a sum of terms: an entry of A', two of G, two of B', another of A', a weight and
    an input. If each is multiplied by at most r factors (1 + delta), |delta| <= u, their sum is off
    by at most gamma_r = r u / (1 - r u) times the sum of their magnitudes (Higham, lemma 3.1), and
    that is |A'| [sum over channels of (|G| |g| |G'|) . (|B'| |d| |B|)] |A| + |bias|. How the engine
    scales G and B' does not matter: what divides a row of one multiplies that of the other, and it
    does so such that float32 holds all entries of B' and A'. Errors that the inputs bring along
    spread as in the direct way, which computes the same function of them.
    """
    window, channels = weight.shape[0], weight.shape[2]
    with np.errstate(invalid="ignore"):
        magnitudes = [np.abs(matrix) for matrix in winograd_matrices(outputs, window)]
        terms = winograd(np.abs(x) + error, np.abs(weight), magnitudes) + np.abs(bias)
        carried = np.tensordot(windows(error, window, 1), np.abs(np.float64(weight)), 3)
    rounding = winograd_roundings(outputs, window, channels) * EPS / 2
    return carried + rounding / (1 - rounding) * terms


# ---- whole networks ------------------------------------------------------------------------------


def run(layers, x, *, winograd=True):
    """All `layers` (as the C++ module takes them) on x; returns the answer and its bound.

    The bound holds whether or not convolutions go by Winograd's method where they may; without
    `winograd` it is the tighter one of the direct way.
    """
    error = 0.0
    for layer in layers:
        same, relu = layer.get("same", False), layer.get("relu", False)
        match layer["kind"]:
            case "conv":
                array, stride = (layer["weight"], layer["bias"]), layer["stride"]
                tiles = _tiles(*layer["weight"].shape[:3], stride) if winograd else ()
                options = {"stride": stride, "same": same, "relu": relu}
                x, error = conv(x, *array, **options, error=error, tiles=tiles)
            case "max_pool":
                size, stride = layer["window"], layer["stride"]
                x, error = max_pool(x, size=size, stride=stride, same=same, error=error)
            case "global_average_pool":
                x, error = global_average_pool(x, error=error)
            case "dense":
                x, error = dense(x, layer["weight"], layer["bias"], relu=relu, error=error)
    return x, error


def _tiles(rows, columns, channels, stride):
    fits = rows == columns and sides(stride) == (1, 1) and channels >= LEAST_CHANNELS
    return TILES.get(rows, ()) if fits else ()
