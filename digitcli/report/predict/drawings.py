"""Pictures about readings, as PNG files: one file for one picture, a folder for several."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import UsageError
from ...files import atomic_write
from ...files.outputs import may_replace
from ..kit.marked import png_mark
from .answers import Tally

if TYPE_CHECKING:
    from ...vision.reading import Reading
    from .sketch import Picture

_SUFFIX = ".png"
_MOST_NAME = 200  # bytes of a name before its number and suffix; 255 are the most there may be


def is_folder(path: Path) -> bool:
    """Whether drawings go into a folder of this name, and not into one file."""
    return path.is_dir() or path.suffix.lower() != _SUFFIX


class Drawings:
    """Writes what `make` draws of each reading to `path`; what could not be read is left out.

    `option` is what asked for it. In a folder earlier drawings are replaced only with `replace`:
    they may be read later. Raises UsageError when `path` is no PNG file for one picture, or a
    file's name for several.
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

    def finish(self, tally: Tally) -> None:
        """Nothing comes last."""

    def _name(self, file: str) -> str:
        """A name for the drawing of `file` that no other has, and no file of somebody else's."""
        stem = os.fsdecode(os.fsencode(Path(file).stem)[:_MOST_NAME]) or "picture"
        name, number = f"{stem}{_SUFFIX}", 1
        while name in self._taken or self._is_kept(self._path / name):
            number += 1
            name = f"{stem}-{number}{_SUFFIX}"
        self._taken.add(name)
        return name

    def _is_kept(self, path: Path) -> bool:
        """Whether something stands there that no drawing may replace."""
        if not os.path.lexists(path):
            return False
        return not self._replace or path.is_symlink() or not may_replace(path, "drawing")
