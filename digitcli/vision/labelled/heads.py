"""What kind of file of pictures a file is, by its first bytes."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Literal, TypeAlias

from ...errors import DataError, reason_of
from ...files.opening import open_regular
from .names import no_picture

Form: TypeAlias = Literal["idx", "npy", "npz", "mat", "parquet", "table", ""]

NPY, ZIP, PARQUET, GZIP = b"\x93NUMPY", b"PK\x03\x04", b"PAR1", b"\x1f\x8b"
MAT = b"MATLAB "
_HEAD = 16_384  # bytes: the first line of a table has up to about 9,000
_IDX_TYPES = (0x08, 0x09, 0x0B, 0x0C, 0x0D, 0x0E)
LEAST_COLUMNS = 65  # of a table of pixels: a label and 8 x 8


def form_of(path: Path) -> Form:
    """The form of an array or table of pictures; "" for any other file, a folder or a pipe."""
    head = head_of(path)
    if head.startswith(NPY):
        return "npy"
    if head.startswith(ZIP):
        return "npz"
    if head.startswith(MAT) or path.suffix.lower() == ".mat":
        return "mat" if head else ""
    if head.startswith(PARQUET):
        return "parquet"
    if head[:2] == b"\0\0" and head[2:3] and head[2] in _IDX_TYPES:
        return "idx"
    return "table" if _is_table(head) else ""


def head_of(path: Path) -> bytes:
    """The first bytes of a file, of a gzip-compressed one those inside it; b"" where it has none.

    Raises DataError for a file that cannot be read.
    """
    try:
        with open_regular(path) as file:
            head = file.read(_HEAD)
    except IsADirectoryError:
        return b""
    except OSError as error:
        reason = reason_of(error)
        raise DataError(f"{path}: cannot be read ({reason})") from error
    if not head.startswith(GZIP):
        return head
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head, _HEAD)
    except zlib.error:
        return b""


def _is_table(head: bytes) -> bool:
    """Whether the first line has as many columns as a table of pixels."""
    line = head.partition(b"\n")[0]
    return b"\0" not in line and 1 + max(map(line.count, b",;\t")) >= LEAST_COLUMNS


def files_of(path: Path, *forms: Form) -> list[Path]:
    """The files of some forms directly in a folder, by name."""
    there = sorted(
        entry for entry in path.iterdir() if no_picture(entry) not in ("hidden", "folders")
    )
    return [file for file in there if file.is_file() and form_of(file) in forms]
