"""Read a zip archive of arrays that may be hostile: counts, sizes and names are checked first."""

from __future__ import annotations

import contextlib
import math
import struct
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn

from ..errors import ModelError
from .npy import BYTES, read_array

if TYPE_CHECKING:
    from .stored import Archive, Info

MAX_HEADER = 1 << 20  # bytes of JSON: a long training history fits
REMAKE = "make new weights with `digitcli train`, or use `--weights small`"

_END = struct.Struct("<10xHI6x")  # a zip file's end record: members, and the bytes that list them
_BEGINNING = b"PK\x03\x04"  # of a member
_MAX_END = _END.size + 65_535  # bytes of an end record with the longest comment
_MAX_ENTRY = 1 << 10  # bytes that list a member: ours take about 80
_MAX_EXPANSION = 16  # deflate makes trained weights smaller by a tenth
_STORED, _DEFLATED = 0, 8  # how zip writes what is done with a member
_FREE = 1 << 20  # bytes of a member that may expand more: small tensors of zeros do


def check_directory(file: BinaryIO, most: int) -> None:
    """Refuse an archive of more than `most` members before zipfile makes an object of each.

    Also refuse one whose list of members is longer than `most` need, since zipfile reads it at
    once, and one behind other bytes, which zipfile passes over.
    """
    head = file.read(len(_BEGINNING))
    size = file.seek(0, 2)
    file.seek(max(0, size - _MAX_END))
    tail = file.read(_MAX_END)
    file.seek(0)
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) < end + _END.size:
        return  # zipfile says what is missing
    members, listed = _END.unpack_from(tail, end)
    if (
        members > most
        or listed > most * _MAX_ENTRY
        or b"PK\x06\x07" in tail[max(0, end - 20) : end]
    ):
        raise ModelError("more members than any network has", hint=REMAKE)
    if members and head != _BEGINNING:
        raise ModelError("it does not begin as an archive does", hint=REMAKE)


def open_archive(file: BinaryIO, *, bundled: bool) -> Archive:
    """The archive in an open file. Raises what `zip_errors` gives."""
    if bundled:
        from .stored import StoredArchive

        with contextlib.suppress(ValueError):  # packed anew, by who packed digitcli
            return StoredArchive(file)
    import zipfile

    return zipfile.ZipFile(file)


def zip_errors() -> tuple[type[Exception], ...]:
    """Raised for no zip file, a bad CRC, an unknown method, encryption, a name that is no text."""
    import zipfile
    import zlib

    of_zip = zipfile.BadZipFile, zlib.error, EOFError
    return (*of_zip, NotImplementedError, RuntimeError, ValueError)


def named_members(archive: Archive) -> dict[str, Info]:
    """Members by tensor name; refuses duplicates, odd names and odd compression."""
    infos = archive.infolist()
    inflated = sum(info.file_size for info in infos)
    stored = sum(info.compress_size for info in infos)
    if inflated > _FREE + _MAX_EXPANSION * stored:
        raise ModelError(f"{stored} bytes would inflate to {inflated}", hint=REMAKE)
    members: dict[str, Info] = {}
    for info in infos:
        name = info.filename.removesuffix(".npy")
        if name == info.filename:
            raise ModelError(f"member {info.filename!r} is not an .npy array")
        if name in members:
            raise ModelError(f"member {info.filename!r} is there twice")
        if info.compress_type not in (_STORED, _DEFLATED):
            raise ModelError(f"member {info.filename!r} is neither stored nor deflated")
        members[name] = info
    return members


def read_json(archive: Archive, info: Info, name: str) -> Any:
    """The JSON document that a member holds as an array of bytes; every number in it is finite.

    Raises ModelError when it is too long, or not JSON.
    """
    if info.file_size > MAX_HEADER:
        raise ModelError(f"{name}: {info.file_size} bytes, at most {MAX_HEADER} expected")
    import json

    raw = read_array(archive, info, name, BYTES, None)
    try:
        return json.loads(
            raw.tobytes().decode(), parse_constant=_refuse_constant, parse_float=_finite
        )
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{name}: not JSON ({error})", hint=REMAKE) from error


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a finite number")


def _finite(text: str) -> float:
    """A finite number; 1e999 is valid JSON, but no float."""
    if not math.isfinite(value := float(text)):
        _refuse_constant(text)
    return value
