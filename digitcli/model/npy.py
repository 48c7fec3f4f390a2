"""One `.npy` member of a zip archive, read against a known type and shape, without NumPy.

`numpy.load` trusts the file's own header; here the caller says what must be there, and nothing is
allocated before the header agrees.
"""

from __future__ import annotations

import io
import math
import struct
from typing import IO, TYPE_CHECKING, Any

from ..errors import ModelError

if TYPE_CHECKING:
    import zipfile

    import numpy.typing as npt

    from .stored import Archive, Info

FLOATS, BYTES = "<f4", "|u1"  # types as an .npy header writes them
SIGNED_BYTES, INTS = "|i1", "<i4"

FORMATS: dict[str, Any] = {FLOATS: "f", BYTES: "B", SIGNED_BYTES: "b", INTS: "i"}  # as in struct
_MAGIC = b"\x93NUMPY"
_VERSIONS = b"\1\0", b"\2\0", b"\3\0"
_MAX_DICT = 4096  # bytes of the header's dict: ours has about 60
_ALIGNMENT = 64  # bytes: where data begins in the archive, so that readers can map it
_LOCAL = struct.Struct("<4s22xHH")  # a member's own zip header: signature, ..., lengths behind it
_EXTRA = struct.Struct("<HH")  # an entry of zip's "extra" field: kind, bytes
_PADDING = 0xD935  # the kind that Android's zipalign uses for padding


def write_array(archive: zipfile.ZipFile, name: str, array: npt.NDArray[Any]) -> None:
    """Store `array` as the member `name`.npy, in C order, never pickled; dated 1980.

    What follows zip's and NumPy's headers begins at a multiple of 64 bytes.
    """
    import zipfile

    import numpy as np

    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.ascontiguousarray(array), allow_pickle=False)
    info = zipfile.ZipInfo(f"{name}.npy")  # NumPy pads its own header to 64 bytes
    assert archive.fp is not None
    begin = archive.fp.tell() + _LOCAL.size + len(info.filename) + _EXTRA.size
    padding = -begin % _ALIGNMENT
    info.extra = _EXTRA.pack(_PADDING, padding) + bytes(padding)
    archive.writestr(info, buffer.getvalue())


def read_array(
    archive: Archive,
    info: Info,
    name: str,
    dtype: str,
    shape: tuple[int, ...] | None,
) -> Any:
    """Read one member as a memoryview of exactly `dtype` (a key of FORMATS) and `shape`.

    `shape` None accepts any vector that fills the member. Raises ModelError naming the member.
    """
    opened: Any = archive  # each opens its own kind of member
    with opened.open(info) as member:  # checks the member's own zip header
        data = _check_dict(member, info, name, dtype, shape)
        payload = member.read(data + 1)  # past the end: makes zipfile check the CRC
    if len(payload) != data:
        raise ModelError(f"{name}: expected {data} bytes of data, found {len(payload)}")
    view: Any = memoryview(payload).cast(FORMATS[dtype], shape or (data,))
    return view


def _check_dict(
    member: IO[bytes],
    info: Info,
    name: str,
    dtype: str,
    shape: tuple[int, ...] | None,
) -> int:
    """Compare the header with what must be there; the bytes of data behind it."""
    text = _read_dict(member, name)
    rest = info.file_size - member.tell()
    if shape is None:
        shape = (rest,)
    expected = {"descr": dtype, "fortran_order": False, "shape": shape}
    # As NumPy writes it, or else whatever reads as the same: `ast` is slow to import.
    if text != f"{str(expected)[:-1]}, }}" and (found := _literal(text, name)) != expected:
        raise ModelError(f"{name}: expected array {expected}, found {found}")
    size = struct.calcsize(FORMATS[dtype]) * math.prod(shape)
    if size != rest:
        raise ModelError(f"{name}: expected {size} bytes of data, found {rest}")
    return size


def _read_dict(member: IO[bytes], name: str) -> str:
    """The text of the dict at the start of an .npy member."""
    start = member.read(8)
    if start[:6] != _MAGIC or start[6:] not in _VERSIONS:
        raise ModelError(f"{name}: not an .npy array (starts with {start.hex(' ')})")
    width = 2 if start[6] == 1 else 4
    length = int.from_bytes(member.read(width), "little")
    if length > _MAX_DICT:
        raise ModelError(f"{name}: .npy header of {length} bytes, at most {_MAX_DICT} expected")
    return member.read(length).decode("latin-1").strip(" \n")  # no other white space


def _literal(text: str, name: str) -> object:
    import ast

    try:
        return ast.literal_eval(text)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError) as error:
        raise ModelError(f"{name}: .npy header is not a literal") from error
