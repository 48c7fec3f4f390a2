"""MAT files of version 5, as MATLAB writes them: arrays, structs (dict), text and cells (list)."""

from __future__ import annotations

import struct
import zlib

import numpy as np

HEAD = b"MATLAB 5.0 MAT-file".ljust(124) + struct.pack("<H", 0x0100) + b"IM"
TYPES = {"int8": 1, "uint8": 2, "int16": 3, "int32": 5, "float32": 7, "int64": 12, "float64": 9}
CLASSES = {"int8": 8, "uint8": 9, "int16": 10, "int32": 12, "float32": 7, "int64": 14, "float64": 6}


def element(kind: int, data: bytes) -> bytes:
    if 0 < len(data) <= 4 and kind != 14:
        return struct.pack("<2H", kind, len(data)) + data.ljust(4, b"\0")
    return struct.pack("<2I", kind, len(data)) + data + bytes(-len(data) % 8)


def matrix(name: str, value) -> bytes:
    if isinstance(value, dict):
        names = b"".join(key.encode().ljust(32, b"\0") for key in value)
        inner = element(5, struct.pack("<i", 32)) + element(1, names)
        return _whole(2, (1, 1), name, inner + b"".join(matrix("", v) for v in value.values()))
    if isinstance(value, str):
        return _whole(4, (1, len(value)), name, element(2, value.encode()))
    if isinstance(value, list):
        return _whole(1, (1, len(value)), name, b"".join(matrix("", np.array(0)) for _ in value))
    array = np.atleast_1d(value)
    shape = array.shape if array.ndim > 1 else (1, len(array))  # a vector is a row
    kind = array.dtype.name
    return _whole(CLASSES[kind], shape, name, element(TYPES[kind], array.tobytes("F")))


def _whole(kind: int, shape: tuple[int, ...], name: str, inner: bytes) -> bytes:
    head = element(6, struct.pack("<2I", kind, 0)) + element(
        5, struct.pack(f"<{len(shape)}i", *shape)
    )
    return element(14, head + element(1, name.encode()) + inner)


def mat_bytes(variables: dict, *, packed: bool = False) -> bytes:
    parts = [matrix(name, value) for name, value in variables.items()]
    if packed:
        parts = [struct.pack("<2I", 15, len(p)) + p for p in map(zlib.compress, parts)]
    return HEAD + b"".join(parts)
