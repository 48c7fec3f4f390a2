"""PNG: header, palette, transparency and pixels; text, profiles and further frames are left out."""

from __future__ import annotations

import re
import zlib

from ..notes import note
from .essential import Essential, Limits, check_parts

_SIGNATURE = 8  # bytes
_FRAME = 12  # bytes of a chunk around its content: length, kind, checksum
_OF_PIXELS = frozenset([b"IHDR", b"PLTE", b"tRNS", b"IDAT"])
_TEXTS = frozenset([b"tEXt", b"zTXt", b"iTXt"])
_MANY = 1_000  # IDAT chunks that are read as they stand; more become one
_MOST_TEXT = 1 << 20  # bytes of unpacked text
_KIND = re.compile(rb"\w{4}")

# Texts that may hold an orientation, by keyword.
_EXIF, _PROFILE, _XMP = b"exif", b"Raw profile type exif", b"XML:com.adobe.xmp"
_KEYWORD = re.compile(rb"(exif|Raw profile type exif|XML:com\.adobe\.xmp)\x00")


def essential(data: bytes, limits: Limits) -> Essential:
    """The chunks that make the picture. Raises OverLimitError, or ValueError without any pixels."""
    kept: list[tuple[bytes, int, int]] = []  # kind, where the chunk starts and ends
    notes: dict[bytes, tuple[bytes, bytes]] = {}  # keyword: kind of chunk and content
    position, count, pixels, ended = _SIGNATURE, 0, 0, False
    while position + 8 <= len(data):
        kind = data[position + 4 : position + 8]
        end = position + _FRAME + int.from_bytes(data[position : position + 4], "big")
        if kind in _OF_PIXELS:
            kept.append((kind, position, end))
            pixels += kind == b"IDAT"
        elif kind == b"IEND" or not _KIND.match(kind):
            ended = kind == b"IEND"
            break
        elif end - 4 > len(data):
            raise ValueError(f"cut short in its chunk {kind!r}")
        elif not pixels and not _is_sound(data, position, end):
            raise ValueError(f"bad checksum in its chunk {kind!r}")
        else:
            _take_note(notes, kind, data, position + 8, end - 4)
        position = end
        count += 1
        if count > limits.parts:
            check_parts(count, "chunks", limits)
    if not pixels:
        raise ValueError("it has no pixels")
    if not ended:
        note("cut short: its end marker is missing")
    as_it_is = count == len(kept) and pixels <= _MANY
    return Essential(data if as_it_is else _joined(data, kept), _orientation(notes))


def _joined(data: bytes, chunks: list[tuple[bytes, int, int]]) -> bytes:
    """A PNG of these chunks, all IDAT in one, whose checksum is not checked by any decoder."""
    view = memoryview(data)
    before = [view[start:end] for kind, start, end in chunks if kind != b"IDAT"]
    pixels = [view[start + 8 : end - 4] for kind, start, end in chunks if kind == b"IDAT"]
    head = sum(map(len, pixels)).to_bytes(4, "big") + b"IDAT"
    end = b"\x00\x00\x00\x00IEND\xaeB`\x82"
    return b"".join([view[:_SIGNATURE], *before, head, *pixels, bytes(4), end])


def _is_sound(data: bytes, start: int, end: int) -> bool:
    """Whether a chunk has its checksum; Pillow asks so before the pixels, of what it gets."""
    checksum = zlib.crc32(memoryview(data)[start + 4 : end - 4])
    return checksum.to_bytes(4, "big") == data[end - 4 : end]


def _take_note(
    notes: dict[bytes, tuple[bytes, bytes]], kind: bytes, data: bytes, start: int, end: int
) -> None:
    if kind == b"eXIf":
        notes[_EXIF] = kind, data[start:end]
    elif kind in _TEXTS and (match := _KEYWORD.match(data, start, end)):
        notes[match[1]] = kind, data[match.end() : end]


def _orientation(notes: dict[bytes, tuple[bytes, bytes]]) -> int:
    if not notes:
        return 1
    from .orientation import orientation_of  # few files have metadata

    exif = _content(notes, _EXIF)
    if exif is None and (profile := _content(notes, _PROFILE)):
        exif = _from_hex(profile)
    return orientation_of(exif, _content(notes, _XMP))


def _content(notes: dict[bytes, tuple[bytes, bytes]], keyword: bytes) -> bytes | None:
    kind, content = notes.get(keyword, (b"", b""))
    if kind == b"zTXt":
        return _unpacked(content[1:])
    if kind == b"iTXt":
        packed, text = content[:1] != b"\x00", content[2:].split(b"\x00", 2)[-1]
        return _unpacked(text) if packed else text
    return content if kind else None


def _unpacked(content: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(content, _MOST_TEXT)
    except zlib.error:
        return b""


def _from_hex(profile: bytes) -> bytes:
    """The bytes of a profile that a text spells: three lines of head, then hexadecimal digits."""
    try:
        return bytes.fromhex(b"".join(profile.split(b"\n")[3:]).decode())
    except ValueError:
        return b""
