"""The members of a zip archive that compresses none, without `zipfile`, whose import takes 6 ms.

For the weights that ship with the package; what others wrote is read by `zipfile`.
"""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias

from .frozen import dataclass

if TYPE_CHECKING:
    import zipfile

Archive: TypeAlias = "zipfile.ZipFile | StoredArchive"
Info: TypeAlias = "zipfile.ZipInfo | Member"

_END = struct.Struct("<4s4xHHII2x")  # the last record: members here, in all, bytes and start
_ENTRY = struct.Struct("<4s4xHH4xIIIHHH8xI")  # of the directory: flags, method, CRC, sizes, ...
_LOCAL = struct.Struct("<4s22xHH")  # before a member: lengths of its name and its extra field


@dataclass(frozen=True)
class Member:
    """What the directory says of a member, as `zipfile.ZipInfo` calls it."""

    filename: str
    file_size: int
    compress_size: int
    compress_type: int
    CRC: int
    header_offset: int


class StoredArchive:
    """The members of an open file. Raises ValueError for any other archive."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        file.seek(max(0, file.seek(0, io.SEEK_END) - _END.size))
        mark, count, whole, length, start = _unpacked(_END, file.read(_END.size))
        if mark != b"PK\x05\x06" or count != whole:
            raise ValueError("not an archive without a comment")
        file.seek(start)
        self._members = list(_entries(file.read(length), count))

    def infolist(self) -> list[Member]:
        """The members, in order."""
        return self._members

    def open(self, member: Member) -> BinaryIO:
        """The bytes of a member. Raises ValueError where they are not those that were stored."""
        self._file.seek(member.header_offset)
        mark, name, extra = _unpacked(_LOCAL, self._file.read(_LOCAL.size))
        self._file.seek(name + extra, io.SEEK_CUR)
        data = self._file.read(member.file_size)
        if mark != b"PK\x03\x04" or zlib.crc32(data) != member.CRC:
            raise ValueError(f"bad CRC-32 for file {member.filename!r}")
        return io.BytesIO(data)


def _unpacked(record: struct.Struct, data: bytes) -> tuple[Any, ...]:
    if len(data) != record.size:
        raise ValueError("it ends too early")
    return record.unpack(data)


def _entries(directory: bytes, count: int) -> list[Member]:
    found, at = [], 0
    for _ in range(count):
        entry = _unpacked(_ENTRY, directory[at : at + _ENTRY.size])
        mark, flags, method, crc, stored, size, name, extra, comment, header = entry
        if mark != b"PK\x01\x02" or flags or method or stored != size:
            raise ValueError("a member is not stored as it is")
        at += _ENTRY.size
        text = directory[at : at + name].decode("ascii")
        found.append(Member(text, size, stored, method, crc, header))
        at += name + extra + comment
    return found
