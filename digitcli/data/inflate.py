"""Inflate gzip strictly: check every member, with the fastest decoder that this build has.

libdeflate decodes a whole member into memory of the right size, several times as fast as zlib, but
does not say why it refuses one. So zlib, which is always there, decodes again what libdeflate
refuses, and names the reason.

Both give the same verdict and the same bytes, with one exception that no encoder produces: zlib
refuses symbols past the 286th or 30th, and the other bit of a code of one symbol; libdeflate reads
them (and then checks CRC and length as always).
"""

from __future__ import annotations

import functools
import re
import struct
import zlib
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from .. import _core
from .slices import Slices

MAGIC = b"\x1f\x8b"
MAX_EXPANSION = 1032  # deflate's best: 258 bytes from a length and a distance of one bit each

Bytes = npt.NDArray[np.uint8]
# Inflates the member at the start of the first argument into the second: (consumed, produced),
# or None when it refuses.
Decoder = Callable[[memoryview, Bytes], "tuple[int, int] | None"]

_PIECE = 1 << 20
_FIRST_FEED, _LAST_FEED = 1 << 10, 1 << 18  # small at first: what a member leaves over is copied
_MOST_HEADER = 1 << 18  # bytes: extra fields have at most 64 KiB, names and comments any number
_HEADER, _TRAILER = struct.Struct("<2sBBIBB"), struct.Struct("<II")
_DEFLATE = 8
_FHCRC, _FEXTRA, _FNAME, _FCOMMENT, _RESERVED = 0x02, 0x04, 0x08, 0x10, 0xE0
_NUL, _PADDING = re.compile(rb"\0"), re.compile(rb"\0*")


class GzipError(ValueError):
    """gzip data that was refused, and why. `damage` is "cut short", "damaged" or "" (neither)."""

    def __init__(self, message: str, damage: str = "") -> None:
        super().__init__(message)
        self.damage = damage


def gunzip(data: memoryview, limit: int, decoder: str | None = None) -> Bytes:
    """Inflate all gzip members of `data`, at most `limit` bytes, with CRCs and lengths checked.

    `data` is contiguous bytes. Returns uint8 (n,), n at most `limit`, which is allocated whole:
    compare it with MAX_EXPANSION first. `decoder` is a key of `decoders()`, by default the first.

    Raises GzipError if `data` is cut short, damaged, followed by anything but NUL bytes, or
    inflates to more than `limit` bytes (it stops there).
    """
    available = decoders()
    decode = available[decoder] if decoder else next(iter(available.values()))
    out: Bytes = np.empty(limit, np.uint8)
    filled = 0
    for member in _members(data):
        done = decode(data[member.start :], out[filled:])
        if done is None:
            filled += member.inflate_into(out[filled:])
        else:
            consumed, produced = done
            member.end = member.start + consumed
            filled += produced
    return out[:filled]


def inflated(data: Slices, limit: int) -> Iterator[bytes]:
    """The bytes that `gunzip` gives, in pieces of at most 1 MiB; `data` may be a file of any size.

    Raises GzipError as `gunzip` does, after the pieces that come before the fault.
    """
    produced = 0
    for member in _members(data):
        while piece := member.read(min(_PIECE, limit - produced + 1)):
            produced += len(piece)
            if produced > limit:
                raise _too_many()
            yield piece


def peek(data: Slices, size: int) -> bytes:
    """The first `size` bytes that `data` inflates to, or all of them if there are fewer.

    Raises GzipError where the part that had to be read is damaged.
    """
    head = b""
    for member in _members(data):
        while len(head) < size and (piece := member.read(size - len(head))):
            head += piece
        if len(head) == size:
            break
    return head


@functools.cache
def decoders() -> dict[str, Decoder]:
    """The decoders that work here, fastest first: "linked" is libdeflate, "zlib" Python's own."""
    found: dict[str, Decoder] = {}
    if _core.LIBDEFLATE:
        found["linked"] = _core.gzip_member
    found["zlib"] = _leave_to_the_standard_library
    return found


def _leave_to_the_standard_library(data: memoryview, out: Bytes) -> None:
    return None


def _members(data: Slices) -> Iterator[_Member]:
    """Every member of `data` in turn. The consumer sets `end` before it asks for the next."""
    at = 0
    while True:
        member = _Member(data, at)
        yield member
        at = _behind_padding(data, member.end)
        if at == len(data):
            return
        if bytes(data[at : at + 2]) != MAGIC:
            raise GzipError(
                f"trailing bytes: {len(data) - at} after the end of the gzip data "
                f"(starting with {bytes(data[at : at + 4]).hex(' ')}), expected none"
            )


def _behind_padding(data: Slices, at: int) -> int:
    """The end of the NUL bytes that begin at `at`."""
    while piece := data[at : at + _LAST_FEED]:
        padded = _PADDING.match(piece)
        zeros = padded.end() if padded else 0
        at += zeros
        if zeros < len(piece):
            break
    return at


class _Member:
    """One gzip member and what may follow it; inflated by the standard library when read.

    Raises GzipError, here when the header is refused and in `read` for the rest.
    """

    def __init__(self, data: Slices, start: int) -> None:
        self.start = start
        self.end = 0  # behind its trailer, once it has been read to there
        self._data = data
        self._at = _header_end(data, start)
        self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        self._feed = _FIRST_FEED
        self._crc = self._size = 0

    def inflate_into(self, out: Bytes) -> int:
        """Fill `out` with the whole member and return how many bytes it had."""
        filled = 0
        while piece := self.read(min(_PIECE, out.size - filled + 1)):
            if filled + len(piece) > out.size:
                raise _too_many()
            out[filled : filled + len(piece)] = np.frombuffer(piece, np.uint8)
            filled += len(piece)
        return filled

    def read(self, limit: int) -> bytes:
        """The next bytes, at least one and at most `limit`; none at the end, which is checked."""
        while not self._inflater.eof:
            chunk = self._inflater.unconsumed_tail or self._next_chunk()
            try:
                piece = self._inflater.decompress(chunk, limit)
            except zlib.error as error:
                reason = str(error).rpartition(": ")[2]
                raise GzipError(
                    f"gzip data is damaged after {self._size} good bytes ({reason})", "damaged"
                ) from None
            if piece:
                self._crc = zlib.crc32(piece, self._crc)
                self._size += len(piece)
                return piece
            if not len(chunk) and not self._inflater.eof:
                raise GzipError(
                    f"gzip data is cut short: it ends after {self._size} inflated bytes, "
                    "expected its end mark",
                    "cut short",
                )
        if not self.end:
            end = self._at - len(self._inflater.unused_data)
            _check_trailer(self._data[end : end + _TRAILER.size], self._crc, self._size)
            self.end = end + _TRAILER.size
        return b""

    def _next_chunk(self) -> memoryview:
        chunk = self._data[self._at : self._at + self._feed]
        self._at += len(chunk)
        self._feed = min(2 * self._feed, _LAST_FEED)
        return chunk


def _header_end(data: Slices, start: int) -> int:
    """Where the deflate data of the member at `start` begins; tries a short header first."""
    for room in (_FIRST_FEED, _MOST_HEADER):
        try:
            return start + _header_size(data[start : start + room])
        except GzipError as error:
            if error.damage != "cut short" or start + room >= len(data):
                raise
    raise GzipError(f"gzip header is longer than {_MOST_HEADER >> 10} KiB", "damaged")


def _header_size(data: memoryview) -> int:
    """Check a member's header field by field and return where its deflate data begins."""
    if len(data) < _HEADER.size:
        raise _cut("header", len(data), _HEADER.size)
    magic, method, flags, *_ = _HEADER.unpack_from(data)
    if magic != MAGIC:
        raise GzipError(f"gzip magic is {magic.hex(' ')}, expected {MAGIC.hex(' ')}")
    if method != _DEFLATE:
        raise GzipError(f"gzip method is {method}, expected {_DEFLATE} (deflate)", "damaged")
    if flags & _RESERVED:
        raise GzipError(f"gzip flags are 0x{flags:02x}, expected 0xe0 unset", "damaged")
    at = _HEADER.size
    if flags & _FEXTRA:
        _require(data, at + 2)
        at += 2 + int.from_bytes(data[at : at + 2], "little")
        _require(data, at)
    for flag in (_FNAME, _FCOMMENT):
        if flags & flag:
            end = _NUL.search(data, at)
            if end is None:
                raise _cut("header", len(data), len(data) + 1)
            at = end.end()
    if flags & _FHCRC:
        _require(data, at + 2)
        found, expected = int.from_bytes(data[at : at + 2], "little"), zlib.crc32(data[:at])
        if found != expected & 0xFFFF:
            raise GzipError(
                f"gzip header checksum is {found:04x}, expected {expected & 0xFFFF:04x}", "damaged"
            )
        at += 2
    return at


def _check_trailer(trailer: memoryview, crc: int, size: int) -> None:
    if len(trailer) < _TRAILER.size:
        raise _cut("trailer", len(trailer), _TRAILER.size)
    stored_crc, stored_size = _TRAILER.unpack(trailer)
    if stored_crc != crc:
        raise GzipError(
            f"gzip checksum is wrong: found {crc:08x}, expected {stored_crc:08x}", "damaged"
        )
    if stored_size != size & 0xFFFFFFFF:
        raise GzipError(
            f"gzip length is wrong: found {size} bytes, expected {stored_size}", "damaged"
        )


def _too_many() -> GzipError:
    return GzipError("gzip data inflates to more bytes than its content promises")


def _require(data: memoryview, size: int) -> None:
    if len(data) < size:
        raise _cut("header", len(data), size)


def _cut(part: str, found: int, expected: int) -> GzipError:
    return GzipError(
        f"gzip {part} is cut short: found {found} bytes, expected at least {expected}", "cut short"
    )
