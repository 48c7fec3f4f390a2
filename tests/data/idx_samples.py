"""Small IDX files for the tests, made by NumPy and struct alone."""

from __future__ import annotations

import struct

import numpy as np
from data import idx_oracle

CODES = {"uint8": 8, "int8": 9, "int16": 11, "int32": 12, "float32": 13, "float64": 14}
SHAPES = {1: (5,), 2: (2, 3), 3: (2, 2, 3), 4: (1, 2, 3, 2)}


def header(*shape: int, code: int = 8, rank: int | None = None) -> bytes:
    rank = len(shape) if rank is None else rank
    return struct.pack(f">HBB{len(shape)}I", 0, code, rank, *shape)


def labels_file(*labels: int) -> bytes:
    return header(len(labels)) + bytes(labels)


def example(dtype: str, shape: tuple[int, ...]) -> np.ndarray:
    rng = np.random.default_rng(len(shape))
    return rng.integers(0, 100, shape).astype(dtype)


def payload_of(array: np.ndarray) -> bytes:
    return array.astype(array.dtype.newbyteorder(">")).tobytes()


def file_of(array: np.ndarray) -> bytes:
    """The IDX file of `array`."""
    return header(*array.shape, code=CODES[array.dtype.name]) + payload_of(array)


def answer(array: np.ndarray) -> idx_oracle.Answer:
    """`array` in the oracle's terms."""
    letter = idx_oracle.FORMATS[CODES[array.dtype.name]]
    return idx_oracle.Answer(letter, array.shape, payload_of(array))
