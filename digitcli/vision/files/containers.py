"""Files that hold many pictures: ZIP archives and IDX files, compressed or not."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...errors import DataError
from .archive import TooLargeError, open_archive, read_member
from .decode import Limits, decode_pixels, too_many_bytes
from .picture import Picture, is_picture, natural
from .pixels import Pixels, plain

_OTHERS = "__MACOSX/"  # folder of metadata that the archiver of macOS adds


def open_container(name: str, is_zip: bool, data: bytes | None = None) -> Iterator[Picture]:
    """The pictures of an archive or IDX file, in order; `data` are its bytes if it is no file.

    Raises DataError when it cannot be read or holds no pictures.
    """
    return _members(name, data) if is_zip else _rows(name, data)


class Member:
    """One file of an archive."""

    def __init__(self, name: str, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
        self.name = name
        self._archive = archive
        self._info = info

    def pixels(self, limits: Limits) -> Pixels:
        """The decoded file; at most one byte more than `limits` allow is ever unpacked."""
        try:
            data = read_member(self._archive, self._info, self.name, limits.file_bytes)
        except TooLargeError:
            raise too_many_bytes(self.name, limits) from None
        return decode_pixels(data, limits, self.name)


def _members(name: str, data: bytes | None) -> Iterator[Picture]:
    archive = open_archive(name, data)
    infos = {
        info.filename: info
        for info in archive.infolist()
        if is_picture(info.filename) and not info.filename.startswith(_OTHERS)
    }
    if not infos:
        archive.close()
        raise DataError(f"{name}: no pictures in this archive")
    for member in sorted(infos, key=natural):
        yield Member(f"{name}/{member}", archive, infos[member])


class Row:
    """One picture of an IDX file, uint8 (28, 28)."""

    def __init__(self, name: str, image: memoryview) -> None:
        self.name = name
        self._image: Any = image

    def pixels(self, limits: Limits) -> Pixels:
        """The picture as it is stored, light ink on dark."""
        return plain(self._image)


def _rows(name: str, data: bytes | None) -> Iterator[Picture]:
    from ...data import idx  # NumPy, only for those who come with IDX

    images = idx.stream_images(Path(name)) if data is None else idx.stream_parsed(data, name)
    number = -1
    for number, image in enumerate(images):
        yield Row(f"{name}#{number}", image)
    if number < 0:
        raise DataError(f"{name}: no pictures in this file")
