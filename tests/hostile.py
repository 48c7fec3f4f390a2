"""Files that ask for far more time or memory than their size, made in a few lines each."""

from __future__ import annotations

import bz2
import lzma
import struct
import zipfile
import zlib

ZIP_VERSION = 20


def archive(
    packed: bytes = b"",
    method: int = zipfile.ZIP_STORED,
    size: int | None = None,
    crc: int = 0,
    *,
    name: bytes = b"1.png",
    version: int = ZIP_VERSION,
    flags: int = 0,
    members: int = 1,
) -> bytes:
    """A ZIP archive of one member, listed `members` times, with headers as they are told."""
    size = len(packed) if size is None else size
    fields = (version, flags, method, 0, 0, crc, len(packed), size, len(name), 0)
    local = struct.pack("<4s5H3L2H", b"PK\x03\x04", *fields) + name + packed
    entry = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", version, *fields, *([0] * 5)) + name
    count = min(members, 65_535)
    end = (b"PK\x05\x06", 0, 0, count, count, len(entry) * members, len(local), 0)
    return local + entry * members + struct.pack("<4s4H2LH", *end)


def packed_zeros(method: int, size: int) -> bytes:
    """So many zeros, compressed as a member of a ZIP archive is."""
    zeros = bytes(size)
    if method == zipfile.ZIP_BZIP2:
        return bz2.compress(zeros)
    if method == zipfile.ZIP_LZMA:
        options = {"id": lzma.FILTER_LZMA1, "dict_size": 1 << 23}
        properties = struct.pack("<BBHBL", 9, 4, 5, 93, 1 << 23)
        return properties + lzma.compress(zeros, lzma.FORMAT_RAW, filters=[options])
    deflate = zlib.compressobj(wbits=-15)
    return deflate.compress(zeros) + deflate.flush()
