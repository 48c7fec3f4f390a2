"""Files that hold many pictures: ZIP and tar archives, and IDX files, compressed or not."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

from ...errors import DataError
from .archive import TooLargeError, open_archive, read_head, read_member
from .content import Content, InMemory, Kept, OnDisk, Whole
from .decode import Limits, too_many_bytes
from .kinds import HEAD, PAGED, Kind, is_tar, kind_of
from .passed import OTHERS, PassedOver
from .picture import Picture, is_picture, natural
from .pixels import Pixels, plain

_MOST_SIDE = 4096  # pixels of a picture in an IDX file


def open_container(
    content: OnDisk | InMemory, kind: Kind, passed: PassedOver, limits: Limits
) -> Iterator[Picture]:
    """The pictures of an archive or IDX file, in order; what is no picture in it is counted.

    Raises DataError when it cannot be read or holds no pictures.
    """
    found = False
    for picture in _pictures_of(content, kind, passed, limits):
        found = True
        yield picture
    if not found:
        what = "file" if kind == "idx" else "archive"
        raise DataError(f"{content.name}: no pictures in this {what}")


def _pictures_of(
    content: OnDisk | InMemory, kind: Kind, passed: PassedOver, limits: Limits
) -> Iterator[Picture]:
    if kind == "zip":
        return _members(content, passed, limits)
    if kind == "tar" or _holds_tar(content, kind, limits):
        from .tars.tar import Tar, pictures_in_tar

        archive = Tar(content.name, kind, lambda: content.open(limits))
        return pictures_in_tar(archive, passed, limits)
    if kind in ("bzip2", "xz"):
        raise DataError(f"{content.name}: compressed by {kind}, and no tar archive in it")
    return _rows(content, limits)


def _holds_tar(content: OnDisk | InMemory, kind: Kind, limits: Limits) -> bool:
    """Whether a compressed file holds a tar archive."""
    if kind == "idx":
        return False
    from .tars.unpacking import stream_of

    try:
        stream = stream_of(content.open(limits), kind)
    except DataError:
        return False
    try:
        return is_tar(stream.read(HEAD))
    except Exception as error:  # decompressors raise several types
        if kind == "gzip":
            return False  # who reads an IDX file says what is wrong
        raise DataError(f"{content.name}: cannot be unpacked ({error})") from error
    finally:
        stream.close()


class _Member:
    """The bytes of one file of a ZIP archive."""

    def __init__(self, name: str, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
        self.name = name
        self._archive = archive
        self._info = info

    def data(self, limits: Limits) -> bytes:
        """See `Content`; at most one byte more than `limits` allow is ever unpacked."""
        try:
            return read_member(self._archive, self._info, self.name, limits.file_bytes)
        except TooLargeError:
            raise too_many_bytes(self.name, limits) from None

    def open(self, limits: Limits) -> BinaryIO:
        """See `Content`."""
        return BytesIO(self.data(limits))

    def head(self) -> bytes:
        """Its first bytes, or none where it is damaged."""
        return read_head(self._archive, self._info, HEAD)


def _members(content: OnDisk | InMemory, passed: PassedOver, limits: Limits) -> Iterator[Picture]:
    in_memory = content.data(limits=_ANY) if isinstance(content, InMemory) else None
    archive = open_archive(content.name, in_memory)
    # Not is_dir(), which fails where a name is empty.
    infos = {one.filename: one for one in archive.infolist() if not one.filename.endswith("/")}
    for name in sorted(infos, key=natural):
        if is_picture(name) and not name.startswith(OTHERS):
            yield from _pages(_Member(f"{content.name}/{name}", archive, infos[name]), limits)
        else:
            passed.add(name)


_ANY = Limits(file_bytes=1 << 62)


def _pages(member: _Member, limits: Limits) -> Iterator[Picture]:
    """A member, or its pages."""
    kind = kind_of(member.head())
    if kind not in PAGED:
        yield Whole(member)
        return
    from .pages import pages_of

    content: Content = Kept(member)
    pages = pages_of(content, kind, limits)
    yield from pages
    if not pages:
        yield Whole(content)


class Row:
    """One picture of an IDX file, uint8 (h, w)."""

    def __init__(self, name: str, image: memoryview) -> None:
        self.name = name
        self._image: Any = image

    def pixels(self, limits: Limits) -> Pixels:
        """The picture as it is stored, light ink on dark."""
        return plain(self._image)


def _rows(content: OnDisk | InMemory, limits: Limits) -> Iterator[Picture]:
    from ...data import idx  # NumPy, only for those who come with IDX

    name = content.name
    if isinstance(content, OnDisk):
        images = idx.stream_images(Path(name))
    else:
        images = idx.stream_parsed(content.data(_ANY), name)
    try:
        first = [next(images)]
    except StopIteration:
        return
    except DataError as error:
        first, images = [], _other_rows(content, error)
    for number, image in enumerate(chain(first, images)):
        yield Row(f"{name}#{number}", image)


def _other_rows(content: OnDisk | InMemory, error: DataError) -> Iterator[memoryview]:
    """Pictures of another size or type than uint8 28 x 28, read at once; else raise `error`."""
    from ...data import idx
    from ..labelled.arrays import pictures_of

    try:
        if isinstance(content, OnDisk):
            array = idx.read_idx(Path(content.name))
        else:
            array = idx.parse_idx(content.data(_ANY), content.name)
    except DataError:
        raise error from None
    if array.ndim != 3 or not array.size or max(array.shape[1:]) > _MOST_SIDE:
        raise error
    for image in pictures_of(array, content.name):
        yield memoryview(image)
