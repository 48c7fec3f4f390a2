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


def segment(marker: int, content: bytes) -> bytes:
    """A JPEG segment with its length."""
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def jpeg(
    side: int, scans: int, *, components: int = 1, before: bytes = b"", frame: int = 0xC2
) -> bytes:
    """A grey or coloured progressive JPEG of `side` x `side` pixels: zeros in so many AC scans."""
    parts = [b"\xff\xd8", before, segment(0xDB, b"\x00" + b"\x01" * 64)]
    layers = b"".join(bytes([n + 1, 0x11, 0]) for n in range(components))
    parts.append(segment(frame, struct.pack(">BHHB", 8, side, side, components) + layers))
    one_symbol = b"\x01" + bytes(15)
    parts.append(segment(0xC4, b"\x00" + one_symbol + b"\x00"))  # DC: 0 is "no change"
    parts.append(segment(0xC4, b"\x10" + one_symbol + b"\xe0"))  # AC: 0 and 14 bits end many blocks
    blocks = ((side + 7) // 8) ** 2
    runs = "0" + "1" * 14  # 32,767 blocks
    bits = runs * (blocks // 32_767 + 1)
    ended = bytes(int(bits[n : n + 8].ljust(8, "1"), 2) for n in range(0, len(bits), 8))
    ended = ended.replace(b"\xff", b"\xff\x00")
    names = b"".join(bytes([n + 1, 0]) for n in range(components))
    parts.append(segment(0xDA, bytes([components]) + names + b"\x00\x00\x00"))
    parts.append(bytes((blocks * components + 7) // 8))
    for n in range(scans - 1):
        parts.append(segment(0xDA, bytes([1, n % components + 1, 0, 1, 63, 0])) + ended)
    return b"".join([*parts, b"\xff\xd9"])
