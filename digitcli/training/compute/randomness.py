"""Random numbers that are a pure function of a key, the same on every backend and device.

Each number is a hash of its place in the draw. There is no state, so a resumed run draws the
numbers of the uninterrupted one, and a replica draws only its rows of the global batch. The
stateless generators of TensorFlow and JAX differ from each other; these numbers are the same on
both, for twenty integer operations each. They are not meant for cryptography.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .backend import keras

ops = keras.ops

_GOLDEN = 0x9E3779B9  # 2^32 over the golden ratio: no small number comes near a multiple of it


def key_of(seed: int, stream: int) -> Any:
    """The key of a run's `stream`th source of random numbers: uint32 (2,), for `fold_in`."""
    return fold_in(np.array([seed, 0], np.uint32), stream)


def fold_in(key: Any, data: Any) -> Any:
    """A new key from `key`, int32 or uint32 (2,), and a whole number, say the step: uint32 (2,)."""
    first, second = _words(key)
    mixed = _hash(ops.bitwise_xor(ops.cast(data, "uint32"), first))
    left = _hash(ops.bitwise_xor(mixed, second))
    right = _hash(ops.bitwise_xor(mixed + _uint32(_GOLDEN), _hash(second)))
    return ops.stack([left, right])


def uniform(key: Any, shape: tuple[int, ...], low: float, high: float, first: Any = 0) -> Any:
    """Float32 numbers from `low` up to `high` in 2^24 steps, of the static `shape`.

    `first`, static or not, says that the rows asked for begin there: rows 4 to 8 of one draw are
    rows 0 to 4 of a draw with `first` = 4.
    """
    return _unit(_bits(key, shape, first)) * (high - low) + low


def normal(key: Any, shape: tuple[int, ...], first: Any = 0) -> Any:
    """Float32 numbers of mean 0 and standard deviation 1; the rest as for `uniform`."""
    near, far = (uniform(fold_in(key, part), shape, 0.0, 1.0, first) for part in (0, 1))
    # Box and Muller, "A Note on the Generation of Random Normal Deviates" (1958)
    return ops.sqrt(-2.0 * ops.log(1.0 - near)) * ops.cos((2.0 * math.pi) * far)


def _bits(key: Any, shape: tuple[int, ...], first: Any) -> Any:
    """Uint32 of `shape`: every number's place in the draw, hashed twice with the key."""
    first_word, second_word = _words(key)
    places = np.arange(math.prod(shape), dtype=np.uint32).reshape(shape)
    row = math.prod(shape[1:])
    start = ops.cast(first, "uint32") * _uint32(row)
    place = ops.convert_to_tensor(places) + start
    return _hash(ops.bitwise_xor(_hash(ops.bitwise_xor(place, first_word)), second_word))


def _hash(word: Any) -> Any:
    """A bijection of uint32 in which each bit of the input flips half of the output's bits.

    The constants are those of Chris Wellons' lowbias32 (2018).
    """
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        word = ops.bitwise_xor(word, ops.right_shift(word, _uint32(shift)))
        word = ops.multiply(word, _uint32(factor))
    return ops.bitwise_xor(word, ops.right_shift(word, _uint32(16)))


def _unit(word: Any) -> Any:
    """The upper 24 bits as float32 from 0 up to, not including, 1."""
    whole = ops.cast(ops.right_shift(word, _uint32(8)), "int32")  # the cast that is fast everywhere
    return ops.cast(whole, "float32") * (2.0**-24)


def _words(key: Any) -> tuple[Any, Any]:
    """The two words of a key, the first one hashed: seeds and places are both small numbers, and
    must not cancel each other out."""
    words = ops.cast(key, "uint32")
    return _hash(words[0] + _uint32(_GOLDEN)), words[1]


def _uint32(value: int) -> Any:
    return ops.convert_to_tensor(np.uint32(value))
