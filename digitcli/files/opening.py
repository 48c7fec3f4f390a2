"""Opening files for reading: only regular files, and without waiting."""

from __future__ import annotations

import errno
import io
import os
import stat
from typing import BinaryIO


class SpecialFileError(OSError):
    """The path is a pipe, a socket or a device: reading it may wait for ever, or never end."""


def open_regular(path: str | os.PathLike[str]) -> BinaryIO:
    """Open a user's file for reading, without waiting for another process.

    Raises SpecialFileError for what is neither a file nor a folder, IsADirectoryError for a folder,
    ValueError for a name with a NUL, and OSError as `open` does. A file of size 0 is not read: some
    files under /proc wait for new content.
    """
    _refuse_special(path, os.stat(path))  # noqa: PTH116 (opening a device may change it)
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    file = os.fdopen(os.open(path, flags), "rb")
    try:
        found = os.fstat(file.fileno())
        _refuse_special(path, found)  # it may have been replaced since
    except BaseException:
        file.close()
        raise
    if found.st_size:
        return file
    file.close()
    return io.BytesIO()


def read_regular(path: str | os.PathLike[str], limit: int) -> bytes:
    """The bytes of a file, opened as `open_regular` does; OSError (EFBIG) past `limit` bytes."""
    with open_regular(path) as file:
        content = read_most(file, limit + 1)
    if len(content) > limit:
        size = f"{limit >> 20} MiB" if limit >> 20 else f"{limit >> 10} KiB"
        reason = f"larger than {size}, the most that is read"
        raise OSError(errno.EFBIG, reason, os.fspath(path))
    return content


def read_most(file: BinaryIO, most: int) -> bytes:
    """At most `most` bytes of an opened file, in no more memory than they take."""
    at_end = file.seek(0, io.SEEK_END)
    file.seek(0)
    return file.read(min(at_end, most))


def _refuse_special(path: str | os.PathLike[str], found: os.stat_result) -> None:
    name = os.fspath(path)
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, "is a folder, not a file", name)
    if not stat.S_ISREG(found.st_mode):
        raise SpecialFileError(errno.EINVAL, "is a pipe or a device, not a file", name)
