"""WebP: the whole file is decoded; its canvas, which is allocated first, is checked here."""

from __future__ import annotations

from .essential import Essential, Limits, check_parts, check_size
from .orientation import orientation_of

_FIRST_CHUNK = 12  # bytes before it
_METADATA = ((b"EXIF", 0x08), (b"XMP ", 0x04))  # chunks, and the flag of VP8X that announces each


def essential(data: bytes, limits: Limits) -> Essential:
    """The file itself. Raises OverLimitError for its canvas, ValueError when that is not found."""
    width, height = _canvas(data)
    check_size((width, height), limits)
    confined = width * height if _may_be_large(data, width * height) else 0
    kinds = [kind for kind, flag in _METADATA if data[12:16] == b"VP8X" and data[20] & flag]
    if not kinds:
        return Essential(data, confined=confined)
    found = _first_of(data, kinds, limits)
    return Essential(data, orientation_of(found.get(b"EXIF"), found.get(b"XMP ")), confined)


def _may_be_large(data: bytes, pixels: int) -> bool:
    """Whether libwebp could keep more than 64 MiB of codes.

    A group of codes takes 6 kB there, in the file at least 4 bytes, and 16 pixels to apply to.
    """
    return pixels > 16 * 10_000 and len(data) > 4 * 10_000 and (b"VP8L" in data or b"ALPH" in data)


def _canvas(data: bytes) -> tuple[int, int]:
    """Width and height, as libwebp reads them."""
    kind = data[12:16]
    if kind == b"VP8X" and len(data) >= 30:
        return 1 + _number(data, 24, 3), 1 + _number(data, 27, 3)
    if kind == b"VP8L" and len(data) >= 25 and data[20] == 0x2F:
        bits = _number(data, 21, 4)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 " and data[23:26] == b"\x9d\x01\x2a" and len(data) >= 30:
        return _number(data, 26, 2) & 0x3FFF, _number(data, 28, 2) & 0x3FFF
    raise ValueError("it has no header of a picture")


def _number(data: bytes, start: int, size: int) -> int:
    return int.from_bytes(data[start : start + size], "little")


def _first_of(data: bytes, kinds: list[bytes], limits: Limits) -> dict[bytes, bytes]:
    """The content of the first chunk of each kind."""
    found: dict[bytes, bytes] = {}
    position, count = _FIRST_CHUNK, 0
    end = min(len(data), 8 + _number(data, 4, 4))
    while position + 8 <= end:
        kind, size = data[position : position + 4], _number(data, position + 4, 4)
        if kind in kinds and kind not in found:
            found[kind] = data[position + 8 : position + 8 + size]
        position += 8 + size + (size & 1)
        count += 1
        check_parts(count, "chunks", limits)
    return found
