"""The headers of a tar archive: ustar, GNU's long names and numbers, POSIX's extended headers.

Python's tarfile reads an extended header into memory whatever its size, and keeps all members.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import NamedTuple

from ..kinds import is_tar
from .unpacking import CutError, Stream

BLOCK = 512  # bytes
_MOST_HEADER = 1 << 20  # bytes of an extended header
_FILE, _HARD_LINK, _LINK, _FOLDER, _SPARSE = b"0", b"1", b"2", b"5", b"S"
_LONG_NAME, _LONG_LINK, _EXTENDED, _GLOBAL = b"L", b"K", b"x", b"g"
_FILES = frozenset([_FILE, b"\x00", b"7"])
_ABOUT_NEXT = frozenset([_LONG_NAME, _LONG_LINK, _EXTENDED, _GLOBAL])
_RECORD = re.compile(rb"(\d{1,9}) ([^=]+)=")

# Why a member that is no plain file is not read.
_WHY = {
    _HARD_LINK: "a link to another file, which is not followed",
    _LINK: "a link to another file, which is not followed",
    _SPARSE: "a sparse file, which is not read",
}


class DamagedError(Exception):
    """What is wrong with an archive from here on."""


class Member(NamedTuple):
    """A member: its name, where its bytes begin, how many there are; or why it is not read."""

    name: str
    start: int
    size: int
    refused: str = ""


def members(stream: Stream) -> Iterator[Member]:
    """The files and links of an archive, in order; folders and devices are left out.

    The stream stands at the begin of a member's bytes when it is given, and may be moved on.
    Raises DamagedError, CutError, and what the stream raises.
    """
    place, told = 0, _Told()
    while header := _next_header(stream, place):
        kind, size = header[156:157], _number(header[124:136])
        if kind in _ABOUT_NEXT:
            told.take(kind, _content(stream, size))
        else:
            size = told.size if told.size is not None else size
            stored = 0 if kind in (_HARD_LINK, _LINK, _FOLDER) else size
            if kind in _FILES or kind in _WHY:
                name = told.name or _name(header)
                why = _WHY[_SPARSE] if told.sparse else _WHY.get(kind, "")
                if not (kind in _FILES and name.endswith("/")):  # which is a folder
                    yield Member(name, place + BLOCK, size, why)
            told, size = _Told(), stored
            if kind == _SPARSE:
                place += BLOCK * _maps(stream, place, header[482])
        place += BLOCK + -(-size // BLOCK) * BLOCK


def _maps(stream: Stream, place: int, more: int) -> int:
    """How many blocks follow the header of a sparse file at `place` before its bytes."""
    count = 0
    while more:
        count += 1
        stream.skip_to(place + count * BLOCK)
        block = stream.read(BLOCK)
        if len(block) < BLOCK:
            raise CutError("cut short")
        more = block[504]
    return count


def _next_header(stream: Stream, place: int) -> bytes:
    """The header at `place`; b"" at the end of the archive."""
    stream.skip_to(place)
    header = stream.read(BLOCK)
    if not header.strip(b"\x00"):
        return b""  # two blocks of zeros, or just the end, which some programs leave out
    if len(header) < BLOCK:
        raise CutError("cut short")
    if not is_tar(header):
        raise DamagedError(f"no header at byte {place}")
    return header


class _Told:
    """What headers before a member's own say of it."""

    def __init__(self) -> None:
        self.name = ""
        self.size: int | None = None
        self.sparse = False

    def take(self, kind: bytes, content: bytes) -> None:
        """Note what one of them says."""
        if kind == _LONG_NAME:
            self.name = os.fsdecode(content.rstrip(b"\x00"))
        elif kind == _EXTENDED:
            for key, value in _records(content):
                if key in (b"path", b"GNU.sparse.name"):
                    self.name = os.fsdecode(value)
                elif key == b"size" and value.isdigit() and len(value) < 20:
                    self.size = int(value)
                self.sparse |= key.startswith(b"GNU.sparse")


def _records(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The records of an extended header: a length, a key, a value."""
    place = 0
    while match := _RECORD.match(content, place):
        end = place + int(match[1])
        if end <= match.end() or end > len(content):
            raise DamagedError("a damaged extended header")
        yield match[2], content[match.end() : end - 1]
        place = end


def _content(stream: Stream, size: int) -> bytes:
    if size > _MOST_HEADER:
        raise DamagedError(f"an extended header of {size} bytes, at most {_MOST_HEADER} are read")
    content = stream.read(size)
    if len(content) < size:
        raise CutError("cut short")
    return content


def _name(header: bytes) -> str:
    name = header[:100].partition(b"\x00")[0]
    prefix = header[345:500].partition(b"\x00")[0] if header[257:263] == b"ustar\x00" else b""
    return os.fsdecode(prefix + b"/" + name if prefix else name)


def _number(field: bytes) -> int:
    """A number in octal digits, or, with its first bit set, in bytes."""
    if field[:1] == b"\x80":
        return int.from_bytes(field[1:], "big")
    try:
        return int(field.strip(b" \x00") or b"0", 8)
    except ValueError:
        raise DamagedError("a size that is no number") from None
