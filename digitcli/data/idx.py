"""IDX, the file format of MNIST: read it, check it, write it."""

from __future__ import annotations

import gzip
import mmap
import os
import re
import stat
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import _core
from ..errors import DataError, MachineError
from ..files import atomic_write
from . import inflate

SIDE = 28
CLASSES = 10

Array = npt.NDArray[Any]
Images = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.uint8]
_HeaderCheck = Callable[[_core.IdxHeader], None]

_TYPE_CODES = {
    **{"uint8": 0x08, "int8": 0x09, "int16": 0x0B},
    **{"int32": 0x0C, "float32": 0x0D, "float64": 0x0E},
}
_MAX_RANK = 4
_MAX_SIZE = 2**32 - 1
_MNIST_FILE = re.compile(r"(train|t10k)-(images|labels)")
_OTHER_FORMATS = (
    (b"PK\x03\x04", "this is a ZIP archive; unpack it first"),
    (b"BZh", "this is a bzip2 file; unpack it first"),
    (b"\xfd7zXZ", "this is an xz file; unpack it first"),
    (b"\x28\xb5\x2f\xfd", "this is a zstd file; unpack it first"),
    (b"\x1f\x8b", "this file was compressed twice; unpack it once with gunzip"),
    (b"\x93NUMPY", "this is a NumPy file, not an IDX file"),
    (b"\x89PNG", "this is a picture, not an IDX file"),
    (b"\xff\xd8\xff", "this is a picture, not an IDX file"),
)


def read_idx(path: Path, *, decoder: str | None = None) -> Array:
    """Read an IDX file, gzip-compressed or not (the first bytes decide, not the name).

    Returns a read-only array of the file's own type and shape, in native byte order: MNIST images
    are uint8 (n, 28, 28), labels uint8 (n,). Byte data is not copied: an uncompressed file is
    mapped, and the array keeps it open. `decoder` is a key of `inflate.decoders()`.

    Raises DataError if there is no such file, a field of the header is unknown, or the payload is
    shorter or longer than the header says; MachineError if the system refuses to read it.
    """
    return _read(Path(path), _any_header, decoder)


def parse_idx(data: bytes | memoryview, name: str, *, decoder: str | None = None) -> Array:
    """What `read_idx` does, for the contiguous bytes of a file; `name` stands in the messages."""
    return _parse(memoryview(data), name, _any_header, decoder)


def read_images(path: Path) -> Images:
    """Read an IDX file of pictures: uint8 (n, 28, 28), read-only.

    Raises DataError if it holds labels, values other than uint8, or pictures of another size.
    """
    path = Path(path)
    return _read(path, _expect_images(path))


def parse_images(data: bytes | memoryview, name: str) -> Images:
    """What `read_images` does, for the contiguous bytes of a file; `name` stands in messages."""
    return _parse(memoryview(data), name, _expect_images(Path(name)), None)


def _expect_images(path: Path) -> _HeaderCheck:
    def check(header: _core.IdxHeader) -> None:
        expected = f"expected images, n x {SIDE} x {SIDE} uint8"
        if len(header.shape) == 1 and header.dtype == "uint8":
            raise DataError(f"{path}: found labels ({header}), {expected}", _swapped(path, "label"))
        if header.dtype != "uint8" or header.shape[1:] != (SIDE, SIDE):
            raise DataError(f"{path}: found {header}, {expected}")

    return check


def read_labels(path: Path) -> Labels:
    """Read an IDX file of labels: uint8 (n,), every value a digit, read-only.

    Raises DataError if it holds images, values other than uint8, or a label over 9.
    """
    path = Path(path)

    def check(header: _core.IdxHeader) -> None:
        expected = "expected labels, n uint8"
        if header.shape[1:] == (SIDE, SIDE):
            raise DataError(f"{path}: found images ({header}), {expected}", _swapped(path, "image"))
        if header.dtype != "uint8" or len(header.shape) != 1:
            raise DataError(f"{path}: found {header}, {expected}")

    labels = _read(path, check)
    if labels.max(initial=0) >= CLASSES:
        index = int((labels >= CLASSES).argmax())
        raise DataError(f"{path}: label {index} is {labels[index]}, expected 0 to {CLASSES - 1}")
    return labels


def read_pair(images: Path, labels: Path) -> tuple[Images, Labels]:
    """Read pictures and their labels: uint8 (n, 28, 28) and (n,).

    Raises DataError if either is refused, or if there is not one label for each picture.
    """
    pictures, classes = read_images(images), read_labels(labels)
    if len(pictures) != len(classes):
        raise DataError(
            f"{labels}: found {len(classes)} labels, expected {len(pictures)}, one for each "
            f"picture in {images}",
            hint="pass two files of the same set: train-... with train-..., t10k-... with t10k-...",
        )
    return pictures, classes


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
    """No demands beyond the format's own."""


def _read(path: Path, check: _HeaderCheck, decoder: str | None = None) -> Array:
    return _parse(_mapped(path), str(path), check, decoder)


def _mapped(path: Path) -> memoryview:
    """The bytes of a file, mapped into memory; the view keeps the mapping."""
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):  # asked before it is opened: a pipe would wait for its writer
            kind = "a folder" if stat.S_ISDIR(mode) else "a pipe or a device"
            raise DataError(f"{path}: found {kind}, expected an IDX file")
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size == 0:  # cannot be mapped
                return memoryview(b"")
            return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except (FileNotFoundError, NotADirectoryError):
        raise DataError(f"{path}: no such file", _fetch(path.name)) from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise MachineError(f"{path}: cannot be read ({reason})") from error


def _parse(data: memoryview, name: str, check: _HeaderCheck, decoder: str | None) -> Array:
    """Header first, so that a wrong one costs nothing; then the payload."""
    head = bytes(data[: _core.IDX_MAX_HEADER_BYTES])
    try:
        if not head.startswith(inflate.MAGIC):
            check(_core.idx_header(head))
            return _core.idx_array(data)
        head = inflate.peek(data, _core.IDX_MAX_HEADER_BYTES)
        header = _core.idx_header(head)
        check(header)
        _check_expansion(header, len(data))
        return _core.idx_array(inflate.gunzip(data, header.total_bytes, decoder))
    except inflate.GzipError as error:
        raise DataError(f"{name}: {error}", _again(name, error.damage)) from None
    except _core.IdxCutError as error:
        raise DataError(f"{name}: {error}", _again(name, "cut short")) from None
    except _core.IdxError as error:
        raise DataError(f"{name}: {error}", _other_format(name, head)) from None


def _check_expansion(header: _core.IdxHeader, compressed: int) -> None:
    """Refuse before anything of that size is allocated."""
    if header.total_bytes > compressed * inflate.MAX_EXPANSION:
        raise _core.IdxCutError(
            f"payload: header promises {header} = {header.payload_bytes} bytes, file has "
            f"{compressed} compressed bytes, which hold at most "
            f"{compressed * inflate.MAX_EXPANSION}"
        )


def _fetch(name: str, option: str = "") -> str:
    """The command that makes a file of this name, where there is one."""
    return f"run `digitcli fetch mnist{option}`" if _MNIST_FILE.match(Path(name).name) else ""


def _again(name: str, damage: str) -> str:
    if not damage:
        return ""
    again = _fetch(name, " --force") or "copy or download the file again"
    return f"the download was {damage}; {again}"


def _swapped(path: Path, found: str) -> str:
    return f"this is the file of {found}s; were the two files swapped?"


def _other_format(name: str, head: bytes) -> str:
    """What the file seems to be instead, and what to do about it."""
    if head.lstrip().startswith(b"<"):
        again = _fetch(name, " --force") or "download the file again"
        return f"the server sent a web page instead of the file; {again}"
    return next((hint for start, hint in _OTHER_FORMATS if head.startswith(start)), "")
