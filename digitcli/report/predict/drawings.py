"""Drawings of readings as PNG files: a file for one picture, a folder for several."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import UsageError
from ...files import atomic_write
from ...files.outputs import may_replace
from ..kit.marked import png_mark
from .answers import Sink

if TYPE_CHECKING:
    from ...vision.reading import Reading
    from .sketch import Picture

_SUFFIX = ".png"
_MOST_NAME = 200  # bytes of a name without number and suffix; file systems allow 255 in all


def is_folder(path: Path) -> bool:
    """Whether `path` names a folder for drawings, not one file."""
    return path.is_dir() or path.suffix.lower() != _SUFFIX


class Drawings(Sink):
    """Writes what `make` draws of each reading to `path`; pictures that were not read are left out.

    `option` names `path` in errors. Without `replace`, earlier drawings in a folder are kept,
    because they may be read later. Raises UsageError when `path` is not a PNG file for one picture
    (`alone`), or not a folder for several.
    """

    def __init__(
        self,
        path: Path,
        make: Callable[[Reading], Picture],
        option: str,
        *,
        alone: bool,
        replace: bool = True,
    ) -> None:
        self._single = alone and not path.is_dir()
        is_png = path.suffix.lower() == _SUFFIX
        if self._single and not is_png:
            raise UsageError(f"{option}: expected a name that ends in .png, got {path}")
        if not self._single and is_png and not path.is_dir():
            raise UsageError(f"{option}: several pictures need a folder, got {path}")
        self._path = path
        self._make = make
        self._replace = replace
        self._taken: set[str] = set()

    def add(self, reading: Reading) -> None:
        """Draw it and write the file."""
        if reading.error is not None:
            return
        path = self._path if self._single else self._path / self._name(reading.file)
        picture = self._make(reading)
        with atomic_write(path) as file:
            picture.save(file, format="PNG", pnginfo=png_mark())

    def _name(self, file: str) -> str:
        """A name for the drawing of `file`: not one that is taken or belongs to a file to keep."""
        stem = os.fsdecode(os.fsencode(Path(file).stem)[:_MOST_NAME]) or "picture"
        name, number = f"{stem}{_SUFFIX}", 1
        while name in self._taken or self._is_kept(self._path / name):
            number += 1
            name = f"{stem}-{number}{_SUFFIX}"
        self._taken.add(name)
        return name

    def _is_kept(self, path: Path) -> bool:
        """Whether `path` exists and may not be replaced."""
        if not os.path.lexists(path):
            return False
        return not self._replace or path.is_symlink() or not may_replace(path, "drawing")
