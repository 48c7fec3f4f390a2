"""The pictures of a tar file, WebDataset's shards among them, read once from start to end."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from typing import BinaryIO

from ..errors import DataError
from ..vision.files.decode import Limits, too_many_bytes
from ..vision.files.picture import Bytes, Picture, is_picture
from ..vision.files.sources import Broken


def pictures_in_tar(file: BinaryIO, name: str) -> Iterator[Picture]:
    """The picture files in a tar file, compressed or not, as `NAME/member`, in its order.

    Nothing is unpacked to the disk. A file that is cut off gives what it has, then its error.
    """
    limits, found = Limits(), 0
    try:
        with tarfile.open(fileobj=file, mode="r|*") as archive:
            for member in archive:
                if not member.isfile() or not is_picture(member.name):
                    continue
                found += 1
                title = f"{name}/{member.name}"
                if member.size > limits.file_bytes:
                    yield Broken(too_many_bytes(title, limits))
                    continue
                opened = archive.extractfile(member)
                yield Bytes(title, opened.read() if opened is not None else b"")
    except Exception as error:  # tarfile, zlib and lzma raise many types on a broken file
        reason = (str(error) or type(error).__name__).lower()
        raise DataError(
            f"{name}: not a whole tar file ({reason})", "it is cut short or damaged; copy it again"
        ) from error
    if not found:
        raise DataError(f"{name}: no pictures in this archive")
