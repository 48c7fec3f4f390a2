"""Where the bytes of a picture file are: on disk, in memory, or in an archive."""

from __future__ import annotations

from collections import OrderedDict
from io import BytesIO
from typing import BinaryIO, ClassVar, Protocol

from ...errors import DataError, reason_of
from ...files.opening import open_regular
from ...thread_locks import fork_safe_lock
from .decode import Limits, decode_pixels, too_many_bytes
from .pixels import Pixels

_KEPT = 64 * 2**20  # bytes of files in archives, all together, whose pages are being read


class Content(Protocol):
    """The bytes of one file, read when they are needed, any number of times."""

    @property
    def name(self) -> str:
        """What to call it."""

    def data(self, limits: Limits) -> bytes:
        """All of them. Raises DataError when there are too many, or they cannot be read."""

    def open(self, limits: Limits) -> BinaryIO:
        """A file of them, which may be larger than `limits` allow where it is on disk."""


class OnDisk:
    """A file of the system's."""

    def __init__(self, name: str) -> None:
        self.name = name

    def data(self, limits: Limits) -> bytes:
        """See `Content`."""
        with self.open(limits) as file:
            found = file.read(limits.file_bytes + 1)
        if len(found) > limits.file_bytes:
            raise too_many_bytes(self.name, limits)
        return found

    def open(self, limits: Limits) -> BinaryIO:
        """See `Content`."""
        try:
            return open_regular(self.name)
        except (OSError, ValueError) as error:
            reason = reason_of(error)
            raise DataError(f"{self.name}: cannot be read ({reason})") from error


class InMemory:
    """Bytes that somebody gave."""

    def __init__(self, name: str, data: bytes) -> None:
        self.name = name
        self._data = data

    def data(self, limits: Limits) -> bytes:
        """See `Content`."""
        if len(self._data) > limits.file_bytes:
            raise too_many_bytes(self.name, limits)
        return self._data

    def open(self, limits: Limits) -> BinaryIO:
        """See `Content`."""
        return BytesIO(self._data)


class Whole:
    """A picture that is all of a file."""

    def __init__(self, content: Content) -> None:
        self.name = content.name
        self.content = content

    def pixels(self, limits: Limits) -> Pixels:
        """The decoded file."""
        return decode_pixels(self.content.data(limits), limits, self.name)


class Kept:
    """A file of an archive that is read again and again: for each of its pages.

    The files that were used last stay in memory, as far as 64 MiB go.
    """

    _lock = fork_safe_lock()
    _files: ClassVar[OrderedDict[Kept, bytes]] = OrderedDict()

    def __init__(self, content: Content) -> None:
        self.name = content.name
        self._content = content

    def data(self, limits: Limits) -> bytes:
        """See `Content`."""
        with Kept._lock:
            found = Kept._files.get(self)
            if found is not None:
                Kept._files.move_to_end(self)
                return found
        return self.keep(self._content.data(limits))

    def keep(self, data: bytes) -> bytes:
        """Remember these bytes, which are all of them, and return them."""
        with Kept._lock:
            Kept._files[self] = data
            size = sum(map(len, Kept._files.values()))
            while size > _KEPT and Kept._files:
                size -= len(Kept._files.popitem(last=False)[1])
        return data

    def open(self, limits: Limits) -> BinaryIO:
        """See `Content`."""
        return BytesIO(self.data(limits))
