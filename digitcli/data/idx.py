"""Read, check and write IDX, the file format of MNIST."""

from __future__ import annotations

import contextlib
import gzip
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import _core
from ..errors import DataError, MachineError, reason_of
from ..files import atomic_write
from ..files.opening import SpecialFileError, open_regular
from . import inflate
from .idx_hints import again, fetch_command, other_format, swapped
from .slices import FileSlices, Slices

SIDE = 28
CLASSES = 10
MOST_INFLATED = 4 * 2**30  # bytes of a compressed file's content, about five million pictures

Array = npt.NDArray[Any]
Images = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.uint8]
_HeaderCheck = Callable[[_core.IdxHeader], None]

_TYPE_CODES = {
    **{"uint8": 0x08, "int8": 0x09, "int16": 0x0B},
    **{"int32": 0x0C, "float32": 0x0D, "float64": 0x0E},
}
_MAX_RANK = 4
_PIECE = 1 << 16  # bytes of an uncompressed file that are read at a time
_MAX_SIZE = 2**32 - 1


def read_idx(path: Path, *, decoder: str | None = None) -> Array:
    """Read an IDX file, gzip-compressed or not (the first bytes decide, not the name).

    Returns a read-only array of the file's own type and shape, in native byte order: MNIST images
    are uint8 (n, 28, 28), labels uint8 (n,). Nothing is allocated before header and size of the
    file agree; a compressed one may hold MOST_INFLATED bytes. `decoder` is a key of
    `inflate.decoders()`.

    Raises DataError if there is no such file, a field of the header is unknown, or the payload is
    shorter or longer than the header says, even if it changes while it is read; MachineError if the
    system refuses to read it.
    """
    return _read(Path(path), _any_header, decoder)


def parse_idx(data: bytes | memoryview, name: str, *, decoder: str | None = None) -> Array:
    """Do what `read_idx` does with the contiguous bytes of a file, called `name` in messages."""
    return _parse(memoryview(data), name, _any_header, decoder)


def read_images(path: Path) -> Images:
    """Read an IDX file of pictures: uint8 (n, 28, 28), read-only.

    Raises DataError if it holds labels, values other than uint8, or pictures of another size.
    """
    path = Path(path)
    return _read(path, _expect_images(path))


def parse_images(data: bytes | memoryview, name: str) -> Images:
    """Do what `read_images` does with the contiguous bytes of a file, called `name` in messages."""
    return _parse(memoryview(data), name, _expect_images(Path(name)), None)


def stream_images(path: Path) -> Iterator[memoryview]:
    """The pictures of an IDX file in order, each uint8 (28, 28); memory does not grow with them.

    A compressed file is inflated twice: everything is checked before the first picture is yielded.
    Raises what `read_images` does.
    """
    path = Path(path)
    with _opened(path) as data:
        yield from _stream(data, str(path))


def stream_parsed(data: bytes | memoryview, name: str) -> Iterator[memoryview]:
    """Do what `stream_images` does with the contiguous bytes of a file, `name` in messages."""
    return _stream(memoryview(data), name)


def _stream(data: Slices, name: str) -> Iterator[memoryview]:
    with _refusals(data, name):
        header = _promise(data, name, _expect_images(Path(name)))
        for piece in _in_steps(_payload(data, header), SIDE * SIDE):
            yield piece.cast("B", (SIDE, SIDE))


def _expect_images(path: Path) -> _HeaderCheck:
    def check(header: _core.IdxHeader) -> None:
        expected = f"expected images, n x {SIDE} x {SIDE} uint8"
        if len(header.shape) == 1 and header.dtype == "uint8":
            raise DataError(f"{path}: found labels ({header}), {expected}", swapped(path, "label"))
        if header.dtype != "uint8" or header.shape[1:] != (SIDE, SIDE):
            raise DataError(f"{path}: found {header}, {expected}")

    return check


def read_labels(path: Path, classes: int = CLASSES) -> Labels:
    """Read an IDX file of labels: uint8 (n,), every value below `classes`, read-only.

    Raises DataError if it holds images, values other than uint8, or a label of `classes` or more.
    """
    path = Path(path)

    def check(header: _core.IdxHeader) -> None:
        expected = "expected labels, n uint8"
        if header.shape[1:] == (SIDE, SIDE):
            raise DataError(f"{path}: found images ({header}), {expected}", swapped(path, "image"))
        if header.dtype != "uint8" or len(header.shape) != 1:
            raise DataError(f"{path}: found {header}, {expected}")

    labels = _read(path, check)
    if labels.max(initial=0) >= classes:
        index = int((labels >= classes).argmax())
        raise DataError(f"{path}: label {index} is {labels[index]}, expected 0 to {classes - 1}")
    return labels


def read_pair(images: Path, labels: Path, classes: int = CLASSES) -> tuple[Images, Labels]:
    """Read pictures and their labels: uint8 (n, 28, 28) and (n,), labels below `classes`.

    Raises DataError if either is refused, or if there is not one label for each picture.
    """
    pictures, found = read_images(images), read_labels(labels, classes)
    if len(pictures) != len(found):
        raise DataError(
            f"{labels}: found {len(found)} labels, expected {len(pictures)}, one for each "
            f"picture in {images}",
            hint="pass two files of the same set: train-... with train-..., t10k-... with t10k-...",
        )
    return pictures, found


def write_idx(path: Path, array: Array) -> None:
    """Write `array` as an IDX file, compressed if the name ends in .gz; as a whole or not at all.

    Takes uint8, int8, int16, int32, float32 and float64 of rank 1 to 4, in any byte order and
    memory layout. The same array gives the same bytes, whenever and wherever it is written.

    Raises DataError for any other array, MachineError when the folder or the disk refuses.
    """
    path = Path(path)
    header = _header_of(path, array)
    values = np.ascontiguousarray(array, array.dtype.newbyteorder(">"))
    with atomic_write(path) as file:
        if path.suffix.lower() == ".gz":
            with gzip.GzipFile("", "wb", fileobj=file, compresslevel=6, mtime=0) as packed:
                packed.write(header)
                packed.write(values.data)
        else:
            file.write(header)
            file.write(values.data)


def _header_of(path: Path, array: Array) -> bytes:
    code = _TYPE_CODES.get(array.dtype.name)
    if code is None:
        raise DataError(
            f"{path}: IDX has no type for {array.dtype}, expected one of {', '.join(_TYPE_CODES)}",
            hint="convert it first, for example with array.astype(numpy.uint8)",
        )
    if not 1 <= array.ndim <= _MAX_RANK:
        raise DataError(f"{path}: array of rank {array.ndim}, expected 1 to {_MAX_RANK}")
    if max(array.shape) > _MAX_SIZE:
        raise DataError(f"{path}: dimension {max(array.shape)}, expected at most {_MAX_SIZE}")
    return struct.pack(f">HBB{array.ndim}I", 0, code, array.ndim, *array.shape)


def _any_header(header: _core.IdxHeader) -> None:
    """Accept every header."""


def _read(path: Path, check: _HeaderCheck, decoder: str | None = None) -> Array:
    with _opened(path) as data, _refusals(data, str(path)):
        header = _promise(data, str(path), check)
        return _array(data.whole(), header, decoder)


def _parse(data: memoryview, name: str, check: _HeaderCheck, decoder: str | None) -> Array:
    with _refusals(data, name):
        return _array(data, _promise(data, name, check), decoder)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[FileSlices]:
    """The bytes of a file, while the block lasts."""
    try:
        with open_regular(path) as file:
            yield FileSlices(file, str(path))
    except (FileNotFoundError, NotADirectoryError):
        raise DataError(f"{path}: no such file", fetch_command(path.name)) from None
    except (IsADirectoryError, SpecialFileError) as error:
        kind = "a folder" if isinstance(error, IsADirectoryError) else "a pipe or a device"
        raise DataError(f"{path}: found {kind}, expected an IDX file") from None
    except OSError as error:
        raise MachineError(f"{path}: cannot be read ({reason_of(error)})") from error


@contextlib.contextmanager
def _refusals(data: Slices, name: str) -> Iterator[None]:
    """Turn errors about the bytes of a file into a DataError about `name`."""
    try:
        yield
    except inflate.GzipError as error:
        raise DataError(f"{name}: {error}", again(name, error.damage)) from None
    except _core.IdxCutError as error:
        raise DataError(f"{name}: {error}", again(name, "cut short")) from None
    except _core.IdxError as error:
        raise DataError(f"{name}: {error}", other_format(name, _head(data))) from None


def _promise(data: Slices, name: str, check: _HeaderCheck) -> _core.IdxHeader:
    """Read the header and check it against `check` and the size of the file."""
    header = _core.idx_header(_head(data))
    check(header)
    if not _is_packed(data):
        _check_size(header, len(data))
        return header
    _check_expansion(header, len(data))
    if header.total_bytes > MOST_INFLATED:
        raise DataError(
            f"{name}: holds {header} = {header.total_bytes} bytes, at most {MOST_INFLATED} are "
            "read from a compressed file",
            hint=f"unpack it first: `gunzip {Path(name).name}`",
        )
    return header


def _head(data: Slices) -> bytes:
    """The first bytes of the content, as many as the longest header has."""
    if _is_packed(data):
        return inflate.peek(data, _core.IDX_MAX_HEADER_BYTES)
    return bytes(data[: _core.IDX_MAX_HEADER_BYTES])


def _is_packed(data: Slices) -> bool:
    return bytes(data[: len(inflate.MAGIC)]) == inflate.MAGIC


def _array(data: memoryview, header: _core.IdxHeader, decoder: str | None) -> Array:
    if _is_packed(data):
        return _core.idx_array(inflate.gunzip(data, header.total_bytes, decoder))
    return _core.idx_array(data)


def _payload(data: Slices, header: _core.IdxHeader) -> Iterator[bytes | memoryview]:
    """The bytes behind the header, in pieces; all are checked before the first is yielded."""
    if not _is_packed(data):
        for start in range(header.header_bytes, len(data), _PIECE):
            yield data[start : start + _PIECE]
        return
    found = sum(map(len, inflate.inflated(data, header.total_bytes)))
    _check_size(header, found)
    skipped = header.header_bytes
    for piece in inflate.inflated(data, header.total_bytes):
        yield piece[skipped:]
        skipped = max(0, skipped - len(piece))


def _in_steps(pieces: Iterator[bytes | memoryview], step: int) -> Iterator[memoryview]:
    """The same bytes, a multiple of `step`, in pieces of that size."""
    rest = b""
    for piece in pieces:
        view = memoryview(rest + bytes(piece))
        whole = len(view) - len(view) % step
        for start in range(0, whole, step):
            yield view[start : start + step]
        rest = bytes(view[whole:])


def _check_size(header: _core.IdxHeader, size: int) -> None:
    """Raise unless the content has the size that the header promises; allocates nothing."""
    if size == header.total_bytes:
        return
    found = size - header.header_bytes
    promise = f"payload: header promises {header} = {header.payload_bytes} bytes, file has {found}"
    if found < header.payload_bytes:
        raise _core.IdxCutError(promise)
    raise _core.IdxError(f"{promise} ({found - header.payload_bytes} trailing bytes)")


def _check_expansion(header: _core.IdxHeader, compressed: int) -> None:
    """Raise if so few compressed bytes cannot hold what the header promises; allocates nothing."""
    most = compressed * inflate.MAX_EXPANSION
    if header.total_bytes > most:
        raise _core.IdxCutError(
            f"payload: header promises {header} = {header.payload_bytes} bytes, file has "
            f"{compressed} compressed bytes, which hold at most {most}"
        )
