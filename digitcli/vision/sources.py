"""Which picture files are meant by what a user typed: files, folders, patterns, standard input."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable
from pathlib import Path

from ..errors import DataError
from .decode import STDIN

# Only for choosing inside folders: a file that is named itself is judged by its first bytes.
_NAMES = "png jpg jpeg jfif webp tif tiff bmp gif pgm ppm pbm pnm pfm"
SUFFIXES = frozenset(f".{name}" for name in _NAMES.split())


def find_pictures(arguments: Iterable[str]) -> list[str]:
    """Expand what was typed into files, in order; "-" stays and means standard input.

    A folder gives the pictures directly inside, by suffix, in natural order (2 before 10). A
    pattern (`*`, `?`, `[...]`, `**`) gives what it matches unless a file of that very name exists.
    Any other name is kept, existing or not: reading it will say what is wrong.

    Raises DataError when a folder or a pattern gives nothing.
    """
    found: list[str] = []
    for argument in arguments:
        found += _expand(argument)
    return found


def _expand(argument: str) -> list[str]:
    if argument == STDIN or not argument or "\0" in argument:
        return [argument]
    if Path(argument).is_dir():
        return _inside(argument)
    if os.path.lexists(argument) or not glob.has_magic(argument):
        return [argument]
    found = glob.glob(argument, recursive=True)  # noqa: PTH207 (names stay as they were typed)
    matches = [name for name in found if not Path(name).is_dir()]
    if not matches:
        raise DataError(
            f"{argument}: no file matches this pattern", hint="quote it, and check the folder"
        )
    return sorted(matches, key=natural)


def _inside(folder: str) -> list[str]:
    try:
        paths = list(Path(folder).iterdir())
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise DataError(f"{folder}: cannot be listed ({reason})") from error
    pictures = [
        str(path)
        for path in paths
        if path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()
    ]
    if not pictures:
        raise DataError(
            f"{folder}: no pictures in this folder",
            hint=f'folders inside it are not searched: "{folder}/**/*.png" finds those; looked for '
            + " ".join(sorted(SUFFIXES)),
        )
    return sorted(pictures, key=natural)


def natural(name: str) -> tuple[list[tuple[int, int, str]], str]:
    """A sorting key that puts 2.png before 10.png, whatever the case of the letters."""
    parts = re.split(r"([0-9]+)", name)
    key = [(0, int(p), "") if n % 2 else (1, 0, p.casefold()) for n, p in enumerate(parts)]
    return key, name
