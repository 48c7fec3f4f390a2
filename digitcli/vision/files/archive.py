"""Read ZIP archives of pictures, which may be hostile: every step has a bound.

zipfile finds the members and checks their headers. It never gets a directory of more than
`DIRECTORY_BYTES`, and never unpacks, as it sets no bound for bzip2 and LZMA.
"""

from __future__ import annotations

import copy
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO

from ...errors import DataError, reason_of
from .tars.unpacking import Decompressor, Inflate

if TYPE_CHECKING:
    from lzma import LZMADecompressor

DIRECTORY_BYTES = 8 * 2**20  # of an archive: about 100,000 members
_STEP = 1 << 16  # bytes that are read, and unpacked, at a time
_LZMA_HEADER = 9  # bytes: a version (2), the length of what follows (2), the properties (5)


class TooLargeError(Exception):
    """A member that is larger than the caller takes."""


class _Bounded:
    """A file that refuses to give more than `DIRECTORY_BYTES` at a time.

    zipfile asks for the directory in one piece, and makes an object of each of its entries.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        if size > DIRECTORY_BYTES:
            raise zipfile.BadZipFile(
                f"a directory of {size} bytes, at most {DIRECTORY_BYTES} are read"
            )
        return self._file.read(size)


class _Archive(zipfile.ZipFile):
    """An archive that closes its file, as zipfile does with one that it opened itself."""

    def __init__(self, file: BinaryIO) -> None:
        self._ours = file
        super().__init__(_Bounded(file))

    def close(self) -> None:
        super().close()
        self._ours.close()


def open_archive(name: str, data: bytes | None = None) -> zipfile.ZipFile:
    """The archive in the file `name`, or in `data`. Raises DataError when it is not a whole one."""
    try:
        return _opened(BytesIO(data) if data is not None else Path(name).open("rb"))
    except Exception as error:  # zipfile raises almost any type on a broken file
        raise DataError(f"{name}: not a whole ZIP archive ({_reason(error)})") from error


def _opened(file: BinaryIO) -> zipfile.ZipFile:
    try:
        return _Archive(file)
    except BaseException:
        file.close()
        raise


def read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, most: int) -> bytes:
    """The unpacked bytes of a member, called `name` in errors.

    No more than `most` + 1 bytes are ever unpacked, and about as many are read.

    Raises TooLargeError when there are more than `most`, DataError when they are damaged or
    encrypted.
    """
    if info.file_size > most or info.compress_size > most + most // 16 + _STEP:
        raise TooLargeError
    try:
        with archive.open(_as_it_is_stored(info)) as raw:
            data = _unpacked(raw, info, min(info.file_size, most) + 1)
        if len(data) != info.file_size or zlib.crc32(data) != info.CRC:
            raise zipfile.BadZipFile("its size or checksum differs from the archive's directory")
    except Exception as error:
        raise DataError(f"{name}: cannot be unpacked ({_reason(error)})") from error
    return data


def read_head(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> bytes:
    """The first bytes of a member, at most `most`; none where it is damaged or encrypted."""
    try:
        with archive.open(_as_it_is_stored(info)) as raw:
            return _unpacked(raw, info, min(info.file_size, most))
    except Exception:  # `read_member` says what is wrong
        return b""


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "a name in it is not UTF-8"
    return reason_of(error)


def _as_it_is_stored(info: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """The same member declared as stored, so that zipfile gives its compressed bytes."""
    stored = copy.copy(info)
    stored.compress_type = zipfile.ZIP_STORED
    stored.file_size = info.compress_size
    del stored.CRC
    return stored


def _unpacked(raw: IO[bytes], info: zipfile.ZipInfo, most: int) -> bytes:
    """The first `most` bytes of a member, or all of it."""
    if info.compress_type == zipfile.ZIP_STORED:
        return raw.read(most)
    decompressor = _decompressor(raw, info.compress_type, most)
    return b"".join(_pieces(raw, decompressor, most))


def _pieces(raw: IO[bytes], decompressor: Decompressor, most: int) -> Iterator[bytes]:
    while most and not decompressor.eof:
        compressed = raw.read(_STEP) if decompressor.needs_input else b""
        piece = decompressor.decompress(compressed, min(most, _STEP))
        if not compressed and not piece:  # the data are cut short
            return
        most -= len(piece)
        yield piece


def _decompressor(raw: IO[bytes], method: int, most: int) -> Decompressor:
    match method:
        case zipfile.ZIP_DEFLATED:
            return Inflate(-zlib.MAX_WBITS)
        case zipfile.ZIP_BZIP2:
            from bz2 import BZ2Decompressor  # not in every Python

            return BZ2Decompressor()
        case zipfile.ZIP_LZMA:
            return _lzma_decompressor(raw.read(_LZMA_HEADER), most)
    raise zipfile.BadZipFile(
        f"compressed by method {method}; stored, deflate, bzip2 and lzma are read"
    )


def _lzma_decompressor(header: bytes, most: int) -> LZMADecompressor:
    """A decompressor whose dictionary is no larger than what is unpacked."""
    from lzma import FILTER_LZMA1, FORMAT_RAW, LZMADecompressor, LZMAError

    properties = header[4:]
    if len(properties) != 5 or header[2:4] != b"\x05\x00":
        raise LZMAError(f"bad lzma options {header.hex(' ')}")
    rest, lc = divmod(properties[0], 9)
    pb, lp = divmod(rest, 5)
    if lc + lp > 4 or pb > 4:
        raise LZMAError(f"bad lzma options lc={lc}, lp={lp}, pb={pb}")
    dictionary = min(int.from_bytes(properties[1:], "little"), most)
    options = {"lc": lc, "lp": lp, "pb": pb, "dict_size": max(dictionary, 4096)}
    return LZMADecompressor(FORMAT_RAW, filters=[{"id": FILTER_LZMA1, **options}])
