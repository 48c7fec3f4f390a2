"""The format of MAT files of versions 5 to 7: arrays of numbers, and structs of them.

Own code, because SciPy's reader ends the whole process on some damaged files, and takes 110 MB.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np

from .arrays import Array

MAGIC, HEAD = b"MATLAB ", 128  # bytes: text, version, byte order
MOST_BYTES = 4 * 2**30  # of all variables, unpacked
_MATRIX, _COMPRESSED = 14, 15
_STRUCT, _NUMBERS = 2, range(6, 16)  # classes of arrays
_COMPLEX = 0x800
_TYPES = {
    **{1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4"},
    **{7: "f4", 9: "f8", 12: "i8", 13: "u8"},
}
_MOST_EXPANSION = 100  # deflate makes pictures smaller by 3 to 20
_FREE = 16 * 2**20  # bytes of a variable that may expand more
_PIECE = 1 << 20
_DEEPEST = 3  # structs in structs; EMNIST has two
_MOST_FIELDS = 1_000

Variable = tuple[str, Array | None]  # of a struct `dataset.train.images`; None where no numbers


class MatError(ValueError):
    """What is wrong with a file, in words."""


def variables(file: BinaryIO) -> Iterator[Variable]:
    """All variables of a file whose header is read. Raises MatError for one cut or damaged."""
    file.seek(HEAD - 2)
    order, total = "<" if file.read(2) == b"IM" else ">", 0
    while tag := file.read(8):
        if len(tag) < 8:
            raise MatError("cut short")
        kind, size = struct.unpack(f"{order}2I", tag)
        data = file.read(size) if size <= MOST_BYTES else b""
        if len(data) < size:
            raise MatError(f"cut short: a variable of {size:,} bytes has {len(data):,}")
        element = memoryview(tag + data)
        if kind == _COMPRESSED:
            element = memoryview(_inflated(data))
        total += len(element)
        if total > MOST_BYTES:
            raise MatError(f"more than {MOST_BYTES:,} bytes of variables")
        kind, content, _ = _Elements(element, order).next()
        if kind == _MATRIX:
            yield from _matrix(content, order, "", 0)


def _inflated(data: bytes) -> bytes:
    most, parts, total = _FREE + _MOST_EXPANSION * len(data), [], 0
    packed = zlib.decompressobj()
    try:
        while data and not packed.eof:
            parts.append(packed.decompress(data, _PIECE))
            data, total = packed.unconsumed_tail, total + len(parts[-1])
            if total > most:
                raise MatError(f"a variable inflates to more than {most:,} bytes")
    except zlib.error as error:
        raise MatError(f"damaged ({error})") from error
    return b"".join(parts)


class _Elements:
    """The data elements of a matrix, one after the other."""

    def __init__(self, data: memoryview, order: str) -> None:
        self._data, self._order, self._at = data, order, 0

    def next(self) -> tuple[int, memoryview, str]:
        """Type, content and byte order. Raises MatError where it is not all there."""
        tag = self._data[self._at : self._at + 8]
        if len(tag) < 8:
            raise MatError("damaged: a variable ends too early")
        kind, size = struct.unpack(f"{self._order}2I", tag)
        start = self._at + 8
        if kind >> 16:  # up to four bytes stand in the tag itself
            kind, size, start = kind & 0xFFFF, kind >> 16, self._at + 4
            if size > 4:
                raise MatError("damaged: a short element of more than four bytes")
            self._at += 8
        else:
            self._at = start + size + -size % 8
        content = self._data[start : start + size]
        if len(content) < size:
            raise MatError("damaged: a variable ends too early")
        return kind, content, self._order

    def numbers(self) -> Array:
        """The next element as an array (n,)."""
        kind, content, order = self.next()
        dtype = np.dtype(order + _TYPES[kind]) if kind in _TYPES else None
        if dtype is None or len(content) % dtype.itemsize:
            raise MatError(f"damaged: an element of type {kind}, {len(content):,} bytes")
        return np.frombuffer(content, dtype)


def _matrix(data: memoryview, order: str, prefix: str, depth: int) -> Iterator[Variable]:
    """A variable, or the fields of a struct; `prefix` is the name of the struct with a dot."""
    if not data:
        return
    elements = _Elements(data, order)
    flags, shape = elements.numbers(), elements.numbers().tolist()
    name = prefix or bytes(elements.next()[1]).decode("latin-1")
    if not len(flags) or any(not isinstance(side, int) or side < 0 for side in shape):
        raise MatError("damaged: a variable without a shape")
    kind = int(flags[0]) & 0xFF
    if prefix:
        elements.next()  # fields have no name of their own
    if kind == _STRUCT and math.prod(shape) == 1 and depth < _DEEPEST:
        yield from _fields(elements, order, name, depth)
    elif kind not in _NUMBERS or int(flags[0]) & _COMPLEX:
        yield name, None
    else:
        values = elements.numbers()
        if len(values) != math.prod(shape):
            raise MatError(f"damaged: {name} has {len(values):,} numbers, expected {shape}")
        yield name, values.reshape(shape, order="F").astype(values.dtype.newbyteorder("="), "C")


def _fields(elements: _Elements, order: str, name: str, depth: int) -> Iterator[Variable]:
    length = int((elements.numbers().tolist() or [0])[0])
    text = bytes(elements.next()[1])
    count = len(text) // length if length > 0 else 0
    if count > _MOST_FIELDS:
        raise MatError(f"a struct of {count:,} fields")
    for at in range(count):
        field = text[at * length : (at + 1) * length].partition(b"\0")[0].decode("latin-1")
        kind, content, _ = elements.next()
        if kind != _MATRIX:
            raise MatError(f"damaged: {name}.{field} is no variable")
        yield from _matrix(content, order, f"{name}.{field}", depth + 1)
