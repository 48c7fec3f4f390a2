"""One picture, wherever it comes from: a file, a part of a file, or bytes in memory."""

from __future__ import annotations

import os
import re
from typing import Protocol, TypeAlias

from .decode import Limits, decode_pixels
from .pixels import Pixels, transposed

# Only for choosing inside folders: a file that is named itself is judged by its first bytes.
_NAMES = "png jpg jpeg jfif webp tif tiff bmp gif pgm ppm pbm pnm pfm heic heif avif pdf"
SUFFIXES = frozenset(f".{name}" for name in _NAMES.split())


class Picture(Protocol):
    """A picture that is not a file: a part of one, or bytes in memory."""

    @property
    def name(self) -> str:
        """What to call it."""

    def pixels(self, limits: Limits) -> Pixels:
        """Grey pixels uint8 (h, w), 0 black. Raises DataError as `decode.decode_pixels` does."""


Source: TypeAlias = "bytes | str | os.PathLike[str] | Picture"


class Bytes:
    """A picture file's bytes under a name."""

    def __init__(self, name: str, data: bytes) -> None:
        self.name = name
        self.data = data

    def pixels(self, limits: Limits) -> Pixels:
        """The decoded bytes."""
        return decode_pixels(self.data, limits, self.name)


class Transposed:
    """A picture whose rows and columns are swapped, as those of some IDX files are."""

    def __init__(self, source: Source) -> None:
        self.source = source

    @property
    def name(self) -> str:
        """That of the picture itself."""
        return name_of(self.source)

    def pixels(self, limits: Limits) -> Pixels:
        """Its pixels, turned over. Raises DataError as the picture does."""
        return transposed(pixels_of_source(self.source, limits))


def name_of(source: Source) -> str:
    """What a source is called in answers."""
    if isinstance(source, bytes):
        return "picture"
    if isinstance(source, (str, os.PathLike)):
        return os.fspath(source)
    return source.name


def pixels_of_source(source: Source, limits: Limits) -> Pixels:
    """The grey pixels of any source, uint8 (h, w). Raises DataError."""
    if isinstance(source, (bytes, str, os.PathLike)):
        return decode_pixels(source, limits)
    return source.pixels(limits)


def is_picture(name: str) -> bool:
    """Whether a file inside a folder or an archive counts as a picture, by its name."""
    base = name.rpartition("/")[2]
    return os.path.splitext(base)[1].lower() in SUFFIXES and not base.startswith(".")  # noqa: PTH122


def natural(name: str) -> tuple[list[tuple[int, int, str]], str]:
    """A sorting key that puts 2.png before 10.png, whatever the case of the letters.

    Numbers compare by their length, then digit by digit: Python makes no int of 5,000 digits.
    """
    parts = re.split(r"0*([0-9]+)", name)
    key = [(0, len(p), p) if n % 2 else (1, 0, p.casefold()) for n, p in enumerate(parts)]
    return key, name
