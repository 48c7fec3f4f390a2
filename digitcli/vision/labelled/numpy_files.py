"""Arrays in NumPy's files, .npy and .npz.

Nothing is unpickled, and nothing allocated before header and size agree.
"""

from __future__ import annotations

import contextlib
import io
import math
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np

from ...errors import DataError, reason_of
from ...files.opening import open_regular
from .arrays import Array
from .heads import NPY
from .pairs import Entry

MOST_BYTES = 4 * 2**30  # of an array
_MOST_MEMBERS = 1_000
_MOST_EXPANSION = 100  # deflate makes pictures smaller by 3 to 20
_FREE = 16 * 2**20  # bytes of a member that may expand more
_MOST_HEADER = 10_000  # bytes: what numpy itself reads of a file that it does not trust
_PICKLES = (
    "Python objects are not unpickled, which may run code; save numbers: numpy.savez(FILE, "
    'images=images, labels=labels.astype("uint8"))'
)


def npy_entry(path: Path) -> Entry:
    """The array of an .npy file. Raises DataError for one that holds objects, or is cut."""
    with _opened(path) as file, _refusals(str(path)):
        shape = _checked(file, file.seek(0, io.SEEK_END), str(path))
    return Entry(path.name, str(path), shape, partial(_load_file, path))


def npz_entries(path: Path) -> list[Entry]:
    """The arrays of an .npz file.

    Raises DataError for an archive of other files, arrays of objects, and members that do not have
    the size that they promise.
    """
    with _opened(path) as file, _refusals(str(path)), zipfile.ZipFile(file) as archive:
        infos = archive.infolist()
        if len(infos) > _MOST_MEMBERS:
            raise DataError(f"{path}: {len(infos):,} members, expected at most {_MOST_MEMBERS:,}")
        if any(info.filename == "header.npy" for info in infos):
            raise DataError(
                f"{path}: weights of digitcli, expected pictures", "`--weights` takes it"
            )
        entries = [_member(archive, info, path) for info in infos]
    if len({entry.name for entry in entries}) < len(entries):
        raise DataError(f"{path}: an array is there twice")
    return [_named(entry, path) if len(entries) == 1 else entry for entry in entries]


def _named(entry: Entry, path: Path) -> Entry:
    """The only array of a file has the file's name: NumPy itself calls it arr_0."""
    return Entry(path.stem, entry.where, entry.shape, entry.load)


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path) -> Entry:
    name = info.filename.removesuffix(".npy")
    where = f"{path}: {name}"
    if name == info.filename or info.is_dir():
        raise DataError(
            f"{path}: holds {info.filename!r}, expected arrays alone",
            "unpack it, and name the folder",
        )
    if info.file_size > _FREE + _MOST_EXPANSION * info.compress_size:
        raise DataError(
            f"{where}: {info.compress_size:,} bytes would inflate to {info.file_size:,}"
        )
    with archive.open(info) as member:
        shape = _checked(cast(BinaryIO, member), info.file_size, where)
    return Entry(name, where, shape, partial(_load_member, path, info.filename, where))


def _checked(file: BinaryIO, size: int, where: str) -> tuple[int, ...]:
    """The shape that the header promises, once it agrees with the size of the file in bytes."""
    file.seek(0)
    if file.read(len(NPY)) != NPY:
        raise DataError(f"{where}: not a NumPy array")
    file.seek(0)
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0
    if version != (1, 0):
        read = np.lib.format.read_array_header_2_0
    shape, _, dtype = read(file, max_header_size=_MOST_HEADER)
    if dtype.hasobject:
        raise DataError(f"{where}: Python objects (pickled), expected numbers", _PICKLES)
    promised, found = math.prod(shape) * dtype.itemsize, size - file.tell()
    if promised != found:
        raise DataError(
            f"{where}: header promises {shape} of {dtype} = {promised:,} bytes, file has {found:,}",
            "the file was cut short or damaged; copy it again",
        )
    if promised > MOST_BYTES:
        raise DataError(f"{where}: {promised:,} bytes, at most {MOST_BYTES:,} are read")
    return tuple(shape)


def _load_file(path: Path) -> Array:
    with _opened(path) as file, _refusals(str(path)):
        array: Array = np.lib.format.read_array(file, allow_pickle=False)
        return array


def _load_member(path: Path, name: str, where: str) -> Array:
    with _opened(path) as file, _refusals(where), zipfile.ZipFile(file) as archive:
        with archive.open(name) as member:
            array: Array = np.lib.format.read_array(member, allow_pickle=False)
            member.read(1)  # past the end: makes zipfile check the CRC
        return array


def _opened(path: Path) -> BinaryIO:
    try:
        return open_regular(path)
    except OSError as error:
        reason = reason_of(error)
        raise DataError(f"{path}: cannot be read ({reason})") from error


@contextlib.contextmanager
def _refusals(where: str) -> Iterator[None]:
    """What NumPy and zipfile say about a damaged file as DataError about `where`."""
    try:
        yield
    except DataError:
        raise
    except (ValueError, EOFError, OSError, zipfile.BadZipFile, NotImplementedError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(
            f"{where}: cannot be read as arrays ({reason})", "save it again with numpy.savez"
        ) from error
