"""Files of every kind that is read, and what becomes of them when bytes are changed at random.

The same files in each run: `random.Random` alone decides.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable

import hostile
from pdf_files import pdf_of
from pictures import digit_picture, encoded
from PIL import Image
from vision.files.encodings import ENCODINGS

_EDGES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF)
_MOST = 64  # bytes that one mutation cuts, doubles or writes


def pictures() -> dict[str, bytes]:
    """A digit in every encoding that is read, by name; TIFF and GIF also of several pages."""
    found = {name: make() for name, make in ENCODINGS.items()}
    picture, pages = digit_picture(), [digit_picture(n) for n in (1, 2)]
    for kind in ("TIFF", "GIF", "WEBP", "PNG"):
        found[f"{kind.lower()}-pages"] = encoded(picture, kind, save_all=True, append_images=pages)
    found["bmp-runs"] = hostile.bmp(28, 28, b"\x1c\x07\x00\x00" * 28 + b"\x00\x01")
    found["jpeg-scans"] = hostile.jpeg(64, 3, components=3)
    found["webp-codes"] = hostile.webp_codes(64)
    found["tiff-tile"] = hostile.tile(28, 32, zlib.compress(bytes(1_024)))
    found["tiff-strips"] = hostile.strips(28, 4, 7, zlib.compress(bytes(28 * 7)))
    found["exif"] = encoded(picture, "JPEG", exif=hostile.exif_of_the_same_value(20, 400)[6:])
    if _has("AVIF"):
        found["avif"] = encoded(picture.convert("RGB"), "AVIF")
    if (heic := _heic(picture)) is not None:
        found["heic"] = heic
    return found


def containers() -> dict[str, bytes]:
    """Small pictures in ZIP and tar archives, packed in each way that is read, PDF and IDX."""
    members = {"1.png": encoded(digit_picture(1)), "a/2.jpg": encoded(digit_picture(2), "JPEG")}
    found = {}
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", method) as archive:
            for name, data in members.items():
                archive.writestr(zipfile.ZipInfo(name), data, method)
        found[f"zip-{method}"] = buffer.getvalue()
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    tar = found["tar"] = buffer.getvalue()
    found |= {"tar-gz": _gzip(tar), "tar-bz2": bz2.compress(tar), "tar-xz": lzma.compress(tar)}
    found["zip-by-hand"] = hostile.archive(members["1.png"], crc=zlib.crc32(members["1.png"]))
    found["idx"] = struct.pack(">BBBBLLL", 0, 0, 8, 3, 2, 28, 28) + bytes(range(224)) * 7
    found["idx-gzip"] = _gzip(found["idx"])
    found["pdf"] = pdf_of(2)
    return found


def lists(names: list[str]) -> dict[str, bytes]:
    """Lists of these names, in the encodings that editors write."""
    text = "\n".join(names) + "\n"
    return {
        "list": text.encode(),
        "list-windows": text.replace("\n", "\r\n").encode("utf-8-sig"),
        "list-utf-16": text.encode("utf-16"),
        "list-utf-16-be": b"\xfe\xff" + text.encode("utf-16-be"),
    }


def mutated(data: bytes, rng: random.Random, others: list[bytes]) -> bytes:
    """`data` after one to eight changes; in a PNG half of the time with right checksums again.

    `others` are files that pieces are taken from.
    """
    found = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        if not found:
            break
        rng.choice(_CHANGES)(found, rng, others)
    if found[:4] == b"\x89PNG" and rng.random() < 0.5:
        return with_checksums(bytes(found))
    return bytes(found)


def with_checksums(png: bytes) -> bytes:
    """A PNG whose chunks, as far as there are whole ones, have the checksums that they need."""
    parts, at = [png[:8]], 8
    while at + 12 <= len(png):
        (size,) = struct.unpack_from(">L", png, at)
        end = at + 8 + size
        if end + 4 > len(png):
            break
        parts.append(png[at:end] + struct.pack(">L", zlib.crc32(png[at + 4 : end])))
        at = end + 4
    return b"".join([*parts, png[at:]])


def _flip(data: bytearray, rng: random.Random, others: list[bytes]) -> None:
    data[_place(data, rng)] ^= 1 << rng.randrange(8)


def _overwrite(data: bytearray, rng: random.Random, others: list[bytes]) -> None:
    at = _place(data, rng)
    data[at : at + rng.randint(1, 8)] = rng.randbytes(rng.randint(1, 8))


def _edge(data: bytearray, rng: random.Random, others: list[bytes]) -> None:
    """A number at the edge of its range, of 1, 2 or 4 bytes in either order."""
    size, order = rng.choice((1, 2, 4)), rng.choice(("little", "big"))
    at = _place(data, rng)
    value = rng.choice(_EDGES) & (256**size - 1)
    data[at : at + size] = value.to_bytes(size, order)


def _cut(data: bytearray, rng: random.Random, others: list[bytes]) -> None:
    at = _place(data, rng)
    del data[at : at + rng.randint(1, _MOST)]


def _end(data: bytearray, rng: random.Random, others: list[bytes]) -> None:
    del data[rng.randrange(len(data)) :]


def _double(data: bytearray, rng: random.Random, others: list[bytes]) -> None:
    at = _place(data, rng)
    piece = bytes(data[at : at + rng.randint(1, _MOST)])
    data[at:at] = piece * rng.choice((1, 1, 1, 100))


def _splice(data: bytearray, rng: random.Random, others: list[bytes]) -> None:
    """A piece of another file in the place of one of the same size."""
    other, at = rng.choice(others), _place(data, rng)
    begin = rng.randrange(len(other) + 1)
    size = rng.choice((rng.randint(1, _MOST), len(other)))
    data[at : at + size] = other[begin : begin + size]


_CHANGES: tuple[Callable[[bytearray, random.Random, list[bytes]], None], ...] = (
    _flip,
    _flip,
    _overwrite,
    _edge,
    _edge,
    _cut,
    _end,
    _double,
    _splice,
)


def _place(data: bytearray, rng: random.Random) -> int:
    """A place in it; headers, which are at the start, more often than their share."""
    most = len(data) if rng.random() < 0.5 else min(len(data), 200)
    return rng.randrange(most)


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def _has(kind: str) -> bool:
    """Whether Pillow can write files of this kind."""
    Image.init()
    return kind in Image.SAVE


def _heic(picture: Image.Image) -> bytes | None:
    """A HEIC file; None where its package is missing."""
    try:
        from pillow_heif import from_pillow
    except ImportError:
        return None
    buffer = io.BytesIO()
    from_pillow(picture.convert("RGB")).save(buffer)
    return buffer.getvalue()
