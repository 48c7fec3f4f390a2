"""Random changes of training pictures, inside the compiled step.

All moves are one resampling: each pixel of the result has a place in the source. The four pixels
around that place are packed into one int32 beforehand, so that a pixel costs one gather. The places
are one matrix product, of each picture's coefficients and a constant basis: XLA stores the result
of a product, but would compute any other expression again for each pixel that uses it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from ..model.spec import INPUT_SHAPE
from .augmentation import Augmentation
from .compute.backend import keras
from .compute.randomness import fold_in, uniform

ops = keras.ops

SIDE = INPUT_SHAPE[0]
_PACKED = SIDE + 2  # places -1 to SIDE: everything around the picture is black
_CENTRE = (SIDE - 1) / 2
_MOVES, _ELASTIC, _STROKE, _NOISE = range(4)  # each kind of change draws from its own key


def augment(images: Any, key: Any, settings: Augmentation, first: Any = 0) -> Any:
    """Changed copies of `images` (n, 28, 28), n static, of whole numbers from 0 to 255.

    Returns float32 (n, 28, 28) from 0 to 255. `key`, int32 or uint32 (2,), is the seed and the
    step: the same key gives the same pictures. Where the pictures are a part of a larger batch,
    `first` is the place of their first one in it; the parts then equal the whole.
    """
    count = images.shape[0]
    pictures = ops.cast(images, "float32")
    if settings.moves:
        pictures = warp(images, coefficients(key, count, settings, first), basis(settings))
    if settings.stroke:
        limit = settings.stroke / 2  # both edges of a stroke move
        change = uniform(fold_in(key, _STROKE), (count, 1, 1), -limit, limit, first)
        pictures = change_strokes(pictures, change)
    if settings.noise:
        limit = 255 * settings.noise * math.sqrt(3)  # of a uniform distribution
        pixels = (count, SIDE, SIDE)
        pictures = pictures + uniform(fold_in(key, _NOISE), pixels, -limit, limit, first)
        pictures = ops.clip(pictures, 0.0, 255.0)
    return pictures


def coefficients(key: Any, count: int, settings: Augmentation, first: Any = 0) -> Any:
    """Coefficients of each picture, float32 (n, 2, k): where its pixels come from.

    Multiplied by `basis` they are columns (axis 1: 0) and rows (1) in the source, from its centre.
    """
    moves = affine(uniform(fold_in(key, _MOVES), (count, 6), -1.0, 1.0, first), settings)
    if not settings.elastic:
        return moves
    points = elastic_basis(settings.elastic_smoothness).shape[0]
    limit = settings.elastic * math.sqrt(3)  # of a uniform distribution
    grid = uniform(fold_in(key, _ELASTIC), (count, 2, points), -limit, limit, first)
    return ops.concatenate([moves, grid], axis=2)


def affine(draw: Any, settings: Augmentation) -> Any:
    """Factors float32 (n, 2, 3): of x, y and 1 in the source's x, and those in its y.

    `draw` (n, 6), -1 to 1, says how much each picture gets of the largest rotation, scale of x and
    of y, slant, shift of x and of y. A picture is scaled, slanted, turned, shifted; factors undo
    that.
    """
    angle = draw[:, 0] * math.radians(settings.rotation)
    wide, high = (1.0 / (1.0 + draw[:, axis] * settings.scale) for axis in (1, 2))
    slant = draw[:, 3] * settings.shear
    across, down = draw[:, 4] * settings.shift, draw[:, 5] * settings.shift
    cosine, sine = ops.cos(angle), ops.sin(angle)
    # y grows downwards: a positive angle turns clockwise, a positive slant leans to the right.
    from_x = [wide * (cosine - slant * sine), -high * sine]
    from_y = [wide * (sine + slant * cosine), high * cosine]
    constant = [-(x * across + y * down) for x, y in zip(from_x, from_y, strict=True)]
    rows = [ops.stack(row, axis=1) for row in zip(from_x, from_y, constant, strict=True)]
    return ops.stack(rows, axis=1)


def basis(settings: Augmentation) -> npt.NDArray[np.float32]:
    """What `coefficients` are multiplied by, float32 (k, 784): x, y, 1 and the elastic grid."""
    steps = np.arange(SIDE, dtype=np.float32) - np.float32(_CENTRE)
    x, y = np.meshgrid(steps, steps)
    rows = np.stack([x, y, np.ones_like(x)]).reshape(3, SIDE**2)
    if not settings.elastic:
        return rows
    return np.concatenate([rows, elastic_basis(settings.elastic_smoothness)])


def elastic_basis(smoothness: float) -> npt.NDArray[np.float32]:
    """How a coarse grid of random numbers displaces each pixel: float32 (points, 784).

    Simard, Steinkraus and Platt, "Best Practices for Convolutional Neural Networks Applied to
    Visual Document Analysis" (2003), with a grid just fine enough for their Gaussian of sigma
    `smoothness`. Each pixel's weights have length 1, so that the displacement varies as much at the
    border as in the middle.
    """
    points = math.ceil(SIDE / (1.5 * smoothness)) + 2
    places = (np.arange(points) - (points - 1) / 2) * 1.5 * smoothness
    distances = places[:, None] - (np.arange(SIDE) - _CENTRE)
    weights = np.exp(-0.5 * (distances / smoothness) ** 2)
    weights /= np.linalg.norm(weights, axis=0)
    return np.kron(weights, weights).astype(np.float32)


def warp(images: Any, numbers: Any, constants: npt.NDArray[np.float32]) -> Any:
    """`images` (n, 28, 28) resampled bilinearly where `coefficients` and `basis` say.

    Returns float32 (n, 28, 28). Outside a picture everything is black.
    """
    count, _, terms = numbers.shape
    product = ops.matmul(ops.reshape(numbers, (2 * count, terms)), ops.convert_to_tensor(constants))
    places = ops.reshape(product, (count, 2, SIDE, SIDE)) + (_CENTRE + 1.0)
    places = ops.clip(places, 0.0, _PACKED - 1.0)
    corners = ops.cast(places, "int32")  # never negative: cuts to the floor
    parts = places - ops.cast(corners, "float32")
    start = np.arange(count, dtype=np.int32)[:, None, None] * _PACKED**2
    indices = corners[:, 1] * _PACKED + (corners[:, 0] + start)
    return _blend(ops.take(ops.reshape(_packed(images), (-1,)), indices), parts[:, 0], parts[:, 1])


def _packed(images: Any) -> Any:
    """Int32 (n, 30, 30): a pixel (lowest byte), its right, lower, lower right one."""
    pixels = ops.pad(ops.cast(images, "int32"), ((0, 0), (1, 2), (1, 2)))
    pairs = pixels[:, :, :-1] + ops.left_shift(pixels[:, :, 1:], 8)
    return pairs[:, :-1] + ops.left_shift(pairs[:, 1:], 16)


def _blend(packed: Any, across: Any, down: Any) -> Any:
    """Float32 between four packed pixels, `across` and `down` from 0 to 1 of the way."""
    upper_left, upper_right, lower_left, lower_right = (
        ops.cast(ops.bitwise_and(ops.right_shift(packed, bits), 255), "float32")
        for bits in (0, 8, 16, 24)
    )
    upper = upper_left + across * (upper_right - upper_left)
    lower = lower_left + across * (lower_right - lower_left)
    return upper + down * (lower - upper)


def change_strokes(pictures: Any, change: Any) -> Any:
    """Strokes thicker by `change` (n, 1, 1), -1 to 1 pixel, on each side; thinner below 0.

    Float32 (n, 28, 28) in and out: a mixture with the brightest or darkest of 3 x 3 pixels.
    """
    brightest = _of_neighbours(ops.maximum, pictures)
    darkest = _of_neighbours(ops.minimum, pictures)
    other = ops.where(change > 0, brightest, darkest)
    return pictures + ops.abs(change) * (other - pictures)


def _of_neighbours(pick: Any, pictures: Any) -> Any:
    """`pick` of each pixel's 3 x 3 neighbours; around the picture it is black."""
    padded = ops.pad(pictures, ((0, 0), (1, 1), (1, 1)))
    rows = pick(pick(padded[:, :-2], padded[:, 1:-1]), padded[:, 2:])
    return pick(pick(rows[:, :, :-2], rows[:, :, 1:-1]), rows[:, :, 2:])
