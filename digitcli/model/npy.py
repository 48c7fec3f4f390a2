"""One `.npy` member of a zip archive, read against a known dtype and shape.

`numpy.load` trusts the file's own header; here the caller says what must be there, and nothing is
allocated before the header agrees.
"""

from __future__ import annotations

import ast
import math
import zipfile
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from ..errors import ModelError

_MAGIC = b"\x93NUMPY"
_MAX_DICT = 4096  # bytes of the header's dict: ours has about 60


def write_array(file: IO[bytes], array: npt.NDArray[Any]) -> None:
    """Write `array` in NumPy's own format, C order, never pickled."""
    np.lib.format.write_array(file, np.ascontiguousarray(array), allow_pickle=False)


def read_array(
    archive: zipfile.ZipFile,
    info: zipfile.ZipInfo,
    name: str,
    dtype: np.dtype[Any],
    shape: tuple[int, ...] | None,
) -> npt.NDArray[Any]:
    """Read one member as a read-only array of exactly `dtype` and `shape`.

    `shape` None accepts any vector that fills the member. Raises ModelError naming the member.
    """
    with archive.open(info) as member:
        found = _read_dict(member, name)
        if shape is None:
            shape = (info.file_size - member.tell(),)
        expected = {"descr": dtype.str, "fortran_order": False, "shape": shape}
        if found != expected:
            raise ModelError(f"{name}: expected array {expected}, found {found}")
        size = dtype.itemsize * math.prod(shape)
        if member.tell() + size != info.file_size:
            raise ModelError(
                f"{name}: expected {size} bytes of data, found {info.file_size - member.tell()}"
            )
        payload = member.read(size + 1)  # past the end: makes zipfile check the CRC
    if len(payload) != size:
        raise ModelError(f"{name}: expected {size} bytes of data, found {len(payload)}")
    return np.frombuffer(payload, dtype).reshape(shape)


def _read_dict(member: IO[bytes], name: str) -> object:
    """The dict at the start of an .npy member, as a literal."""
    start = member.read(8)
    if start[:6] != _MAGIC or start[6:7] not in (b"\x01", b"\x02", b"\x03"):
        raise ModelError(f"{name}: not an .npy array (starts with {start.hex(' ')})")
    width = 2 if start[6] == 1 else 4
    length = int.from_bytes(member.read(width), "little")
    if length > _MAX_DICT:
        raise ModelError(f"{name}: .npy header of {length} bytes, at most {_MAX_DICT} expected")
    text = member.read(length)
    try:
        return ast.literal_eval(text.decode("latin-1").strip())
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError) as error:
        raise ModelError(f"{name}: .npy header is not a literal") from error
