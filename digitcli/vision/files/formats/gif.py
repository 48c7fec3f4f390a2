"""GIF: the header, the first frame and its transparency; comments are left out.

`frames` counts all of them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from .essential import Essential, Limits, Spans, check_parts

_HEADER = 13  # bytes
_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_GRAPHIC_CONTROL = 0xF9
_FRAME = struct.Struct("<HHHHB")  # left, top, width, height, flags


def essential(data: bytes, limits: Limits) -> Essential:
    """The file without the blocks that change no pixel of the first frame.

    Raises OverLimitError, or ValueError without a frame.
    """
    position = _after_header(data)
    spans, count = Spans(position), 0
    while position < len(data) and data[position] not in (_IMAGE, _TRAILER):
        start = position
        if data[position] == _EXTENSION:
            position, blocks = _after_blocks(data, position + 2, limits.parts - count)
            count += blocks
            if data[start + 1 : start + 2] == bytes([_GRAPHIC_CONTROL]):
                spans.keep(start, position)
        else:
            position += 1  # a stray byte
        count += 1
        check_parts(count, "blocks", limits)
    if position >= len(data) or data[position] == _TRAILER:
        raise ValueError("it has no frame")
    spans.keep(position, len(data))
    return Essential(spans.of(data))


def frames(data: bytes, limits: Limits) -> int:
    """How many frames begin, whole or not.

    Raises OverLimitError, or ValueError without a header.
    """
    return sum(1 for _ in extents(data, limits))


def extents(data: bytes, limits: Limits) -> Iterator[tuple[int, int]]:
    """Width and height of the canvas once each frame is drawn: a frame may reach past it.

    Raises OverLimitError past the parts that are allowed, or ValueError without a header.
    """
    position, blocks = _after_header(data), 0
    width, height = struct.unpack_from("<HH", data, 6)
    while position < len(data) and data[position] != _TRAILER:
        kind, count = data[position], 0
        if kind == _IMAGE:
            head = data[position + 1 : position + 10].ljust(_FRAME.size, b"\0")
            left, top, across, down, flags = _FRAME.unpack(head)
            width, height = max(width, left + across), max(height, top + down)
            yield width, height
            position += 11 + _colours(flags)
        else:
            position += 2 if kind == _EXTENSION else 1  # or a stray byte
        if kind in (_IMAGE, _EXTENSION):
            position, count = _after_blocks(data, position, limits.parts - blocks)
        blocks += count + 1
        check_parts(blocks, "blocks", limits)


def _after_header(data: bytes) -> int:
    if len(data) < _HEADER:
        raise ValueError("it ends in its header")
    return _HEADER + _colours(data[10])


def _colours(flags: int) -> int:
    """Bytes of the table of colours that follows."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _after_blocks(data: bytes, position: int, most: int) -> tuple[int, int]:
    """Where a chain of blocks ends, and how many there were; stops after `most`."""
    count = 0
    while count <= most and position < len(data) and data[position]:
        position += 1 + data[position]
        count += 1
    return min(position + 1, len(data)), count
