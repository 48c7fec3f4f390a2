"""The bytes of a file that may be compressed, from its beginning on, in bounded memory.

gzip, bz2 and lzma open such files too, but the last sets no bound for the memory of xz.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, BinaryIO, Protocol, TypeAlias

if TYPE_CHECKING:
    from bz2 import BZ2Decompressor
    from lzma import LZMADecompressor

_STEP = 1 << 16  # bytes that are read, and unpacked, at a time
_PADDING = 511  # bytes behind the last file, which may be missing
_XZ_MEMORY = 256 * 2**20  # bytes; xz -9 takes 65 MiB

Packing = str  # "tar" for none, "gzip", "bzip2" or "xz"


class CutError(Exception):
    """The file ends before what it should hold."""


class Stream(Protocol):
    """Bytes in order."""

    position: int

    def read(self, size: int) -> bytes:
        """The next `size` bytes, fewer at the end."""

    def skip_to(self, position: int) -> None:
        """Go on there."""

    def can_reach(self, position: int) -> bool:
        """Whether it can go on there."""

    def close(self) -> None:
        """Close the file."""


class Inflate:
    """zlib's decompressor with the methods of bz2's and lzma's; `bits` are its `wbits`."""

    def __init__(self, bits: int) -> None:
        self._zlib = zlib.decompressobj(bits)

    @property
    def eof(self) -> bool:
        """Whether the end has been read."""
        return self._zlib.eof

    @property
    def needs_input(self) -> bool:
        """Whether it needs more input to go on."""
        return not self._zlib.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        """The input behind the end."""
        return self._zlib.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """The next bytes, at most `max_length`."""
        return self._zlib.decompress(self._zlib.unconsumed_tail + data, max_length)


Decompressor: TypeAlias = "Inflate | BZ2Decompressor | LZMADecompressor"


class Plain:
    """A file that is not compressed; it can go back too."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._end = file.seek(0, 2) + _PADDING
        self.position = file.seek(0)

    def read(self, size: int) -> bytes:
        """See `Stream`."""
        found = self._file.read(size)
        self.position += len(found)
        return found

    def skip_to(self, position: int) -> None:
        """See `Stream`."""
        if position > self._end:
            raise CutError("cut short")
        self.position = self._file.seek(position)

    def can_reach(self, position: int) -> bool:
        """See `Stream`."""
        return True

    def close(self) -> None:
        """See `Stream`."""
        self._file.close()


class Unpacked:
    """A compressed file; it only goes on. Its parts, such as gzip members, are read as one."""

    def __init__(self, file: BinaryIO, packing: Packing) -> None:
        self._file, self._packing = file, packing
        self._decompressor = _decompressor(packing)
        self._waiting = b""  # compressed bytes that were read
        self.position = 0

    def read(self, size: int) -> bytes:
        """See `Stream`. Raises CutError and what the decompressor raises on damaged bytes."""
        pieces = []
        while size > 0:
            piece = self._piece(min(size, _STEP))
            if not piece:
                break
            pieces.append(piece)
            size -= len(piece)
            self.position += len(piece)
        return b"".join(pieces)

    def _piece(self, most: int) -> bytes:
        """Some bytes; none at the end."""
        while True:
            if self._decompressor.eof and not self._begin_next():
                return b""
            compressed = b""
            if self._decompressor.needs_input:
                compressed = self._waiting or self._file.read(_STEP)
                self._waiting = b""
                if not compressed:
                    raise CutError("cut short")
            if piece := self._decompressor.decompress(compressed, most):
                return piece

    def _begin_next(self) -> bool:
        """Begin what follows a whole part; zeros may follow the last."""
        rest = self._decompressor.unused_data or self._file.read(_STEP)
        while rest and not rest.strip(b"\x00"):
            rest = self._file.read(_STEP)
        if not rest:
            return False
        self._decompressor, self._waiting = _decompressor(self._packing), rest.lstrip(b"\x00")
        return True

    def skip_to(self, position: int) -> None:
        """See `Stream`."""
        while self.position < position:
            if not self.read(min(_STEP, position - self.position)):
                if position - self.position <= _PADDING:
                    return
                raise CutError("cut short")

    def can_reach(self, position: int) -> bool:
        """See `Stream`."""
        return self.position <= position

    def close(self) -> None:
        """See `Stream`."""
        self._file.close()


def _decompressor(packing: Packing) -> Decompressor:
    if packing == "gzip":
        return Inflate(16 + zlib.MAX_WBITS)  # a gzip member
    if packing == "bzip2":
        from bz2 import BZ2Decompressor  # not in every Python

        return BZ2Decompressor()
    from lzma import FORMAT_XZ, LZMADecompressor

    return LZMADecompressor(FORMAT_XZ, memlimit=_XZ_MEMORY)


def stream_of(file: BinaryIO, packing: Packing) -> Stream:
    """The bytes that are in a file."""
    return Plain(file) if packing == "tar" else Unpacked(file, packing)
