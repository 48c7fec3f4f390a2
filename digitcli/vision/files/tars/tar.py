"""The pictures of a tar archive, compressed or not: shards of WebDataset among them.

Only one member is in memory at a time for each thread, and none is written to disk: a member's name
is only what it is called. A compressed archive is unpacked once to find the members, and once more
by each thread to read them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import BinaryIO

from ....errors import DataError
from ..content import Content, Kept, Whole
from ..decode import Limits, too_many_bytes
from ..kinds import HEAD, PAGED, kind_of
from ..passed import OTHERS, PassedOver
from ..picture import Picture, is_picture
from ..pixels import Pixels
from .headers import BLOCK, DamagedError, Member, members
from .unpacking import CutError, Packing, Stream, stream_of

_MOST_BEHIND = 4096  # blocks behind the last member
_IDLE = 8  # streams that wait for the next member
_MOST_SKIPPED = 2**30  # unpacked bytes that are no picture, of one archive


class Tar:
    """An archive; `opened` opens its file, each time anew."""

    def __init__(self, name: str, packing: Packing, opened: Callable[[], BinaryIO]) -> None:
        self.name, self._packing, self._opened = name, packing, opened
        self._lock = threading.Lock()
        self._idle: list[Stream] = []

    @property
    def is_packed(self) -> bool:
        """Whether members can be passed over only by unpacking them."""
        return self._packing != "tar"

    def stream(self, position: int = 0) -> Stream:
        """A stream that can go on at `position`, the one that is nearest to it."""
        with self._lock:
            able = [one for one in self._idle if one.can_reach(position)]
            if able:
                nearest = max(able, key=lambda one: one.position)
                self._idle.remove(nearest)
                return nearest
        return stream_of(self._opened(), self._packing)

    def give_back(self, stream: Stream) -> None:
        """Keep a stream for the next member."""
        with self._lock:
            self._idle.append(stream)
            if len(self._idle) > _IDLE:
                self._idle.pop(0).close()

    def close(self) -> None:
        """Close the streams that wait."""
        while self._idle:
            self._idle.pop().close()

    def __del__(self) -> None:
        self.close()


class _Content:
    """The bytes of one member."""

    def __init__(self, archive: Tar, member: Member) -> None:
        self.name = f"{archive.name}/{member.name}"
        self._archive, self._member = archive, member

    def data(self, limits: Limits) -> bytes:
        """See `Content`."""
        start, size = self._member.start, self._member.size
        if size > limits.file_bytes:
            raise too_many_bytes(self.name, limits)
        stream = self._archive.stream(start)
        try:
            stream.skip_to(start)
            data = stream.read(size)
        except Exception as error:  # decompressors raise several types
            stream.close()
            raise DataError(f"{self.name}: cannot be unpacked ({error})") from error
        self._archive.give_back(stream)
        if len(data) < size:
            raise DataError(f"{self.name}: the archive ends inside it")
        return data

    def open(self, limits: Limits) -> BinaryIO:
        """See `Content`."""
        return BytesIO(self.data(limits))


class Refused:
    """A member that is no plain file."""

    def __init__(self, name: str, why: str) -> None:
        self.name, self._why = name, why

    def pixels(self, limits: Limits) -> Pixels:
        """Raises DataError."""
        raise DataError(f"{self.name}: {self._why}", "put the file itself into the archive")


class Missing:
    """The members that cannot be found, as the archive is damaged."""

    def __init__(self, archive: str, why: str, found: int) -> None:
        self.name = archive
        self._why = f"{archive}: {why}, after {found:,} file{'s' * (found != 1)}"

    def pixels(self, limits: Limits) -> Pixels:
        """Raises DataError."""
        raise DataError(self._why, "download or copy the archive again")


def pictures_in_tar(archive: Tar, passed: PassedOver, limits: Limits) -> Iterator[Picture]:
    """The pictures of an archive in the order in which they are stored.

    Where it is damaged, those before are given, and then one that says so.
    """
    stream, found, skipped = archive.stream(), 0, 0
    try:
        for member in members(stream):
            found += 1
            if member.name.startswith(OTHERS) or not is_picture(member.name):
                passed.add(member.name)
                skipped += member.size
            elif member.refused:
                skipped += member.size
                yield Refused(f"{archive.name}/{member.name}", member.refused)
            else:
                skipped += max(0, member.size - limits.file_bytes)
                yield from _pictures_of(archive, member, stream, limits)
            if skipped > _MOST_SKIPPED and archive.is_packed:
                raise DamagedError(f"more than {_MOST_SKIPPED >> 30} GiB in it are no pictures")
        _read_to_the_end(stream)
    except Exception as error:
        yield Missing(archive.name, str(error) or type(error).__name__, found)
    finally:
        stream.close()


def _read_to_the_end(stream: Stream) -> None:
    """Read what follows the last member: at the end of a compressed file stands its checksum."""
    for _ in range(_MOST_BEHIND):
        if not stream.read(BLOCK):
            return


def _pictures_of(archive: Tar, member: Member, stream: Stream, limits: Limits) -> Iterator[Picture]:
    """A member, or its pages."""
    content: Content = _Content(archive, member)
    try:
        head = stream.read(min(HEAD, member.size))
        kind = kind_of(head)
        if kind in PAGED and len(head) <= member.size <= limits.file_bytes:
            content = kept = Kept(content)
            kept.keep(head + stream.read(member.size - len(head)))
    except CutError:  # reading it says so
        kind = "picture"
    if kind not in PAGED or member.size > limits.file_bytes:
        yield Whole(content)
        return
    from ..pages import pages_of

    pages = pages_of(content, kind, limits)
    yield from pages
    if not pages:
        yield Whole(content)
