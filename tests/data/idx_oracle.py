"""What an IDX file says, decided slowly and strictly. Imports nothing of ours.

`zlib` in its gzip mode checks each member's header, CRC and length; the rest is spelled out here.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

FORMATS = {0x08: "B", 0x09: "b", 0x0B: "h", 0x0C: "i", 0x0D: "f", 0x0E: "d"}
MOST_BYTES = 2**62


class RefusedError(Exception):
    """The bytes are not exactly one IDX file, compressed or not."""


@dataclass(frozen=True)
class Answer:
    format: str  # one letter of `struct`
    shape: tuple[int, ...]
    payload: bytes  # as in the file: big-endian

    def values(self) -> tuple[float, ...]:
        count = len(self.payload) // struct.calcsize(f">{self.format}")
        return struct.unpack(f">{count}{self.format}", self.payload)


def read(data: bytes) -> Answer:
    if data[:2] == b"\x1f\x8b":
        data = gunzip(data)
    if len(data) < 4 or data[:2] != b"\0\0":
        raise RefusedError("magic")
    code, rank = data[2], data[3]
    if code not in FORMATS:
        raise RefusedError("type")
    if rank not in (1, 2, 3, 4):
        raise RefusedError("rank")
    start = 4 + 4 * rank
    if len(data) < start:
        raise RefusedError("header")
    shape = struct.unpack(f">{rank}I", data[4:start])
    size = bound = struct.calcsize(f">{FORMATS[code]}")
    for dimension in shape:
        size *= dimension
        bound *= max(dimension, 1)
    if bound >= MOST_BYTES:
        raise RefusedError("dimensions")
    if len(data) - start != size:
        raise RefusedError("payload")
    return Answer(FORMATS[code], shape, data[start:])


def gunzip(data: bytes) -> bytes:
    out = b""
    while True:
        member = zlib.decompressobj(wbits=31)
        try:
            out += member.decompress(data) + member.flush()
        except zlib.error as error:
            raise RefusedError("gzip") from error
        if not member.eof:
            raise RefusedError("cut short")
        data = member.unused_data.lstrip(b"\0")
        if not data:
            return out
        if data[:2] != b"\x1f\x8b":
            raise RefusedError("trailing")
