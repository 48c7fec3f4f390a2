"""The pictures in a folder, by suffix; everything else is counted."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from ...errors import DataError, reason_of
from . import wildcards
from .passed import PassedOver
from .picture import SUFFIXES, is_picture, natural


def pictures_in(folder: str, passed: PassedOver, *, recursive: bool) -> Iterator[str | DataError]:
    """The pictures in a folder in natural order, then those of the folders in it, if `recursive`.

    Hidden folders and symbolic links to folders are counted, and not entered; a folder inside that
    cannot be listed is an error in its place. Raises DataError where there are no pictures, and
    after MOST_ENTRIES entries, after the pictures before.
    """
    before, found, seen = passed.total, False, 0
    waiting = [folder]
    while waiting:
        inside = waiting.pop()
        pictures, folders = [], []
        try:
            entries = _entries(inside, wildcards.MOST_ENTRIES - seen)
        except DataError as error:
            if inside == folder:
                raise
            yield error
            continue
        for entry in entries:
            seen += 1
            _check_number(folder, seen)
            if _is_folder(entry):
                if recursive and not entry.name.startswith(".") and not entry.is_symlink():
                    folders.append(entry.name)
                else:
                    passed.folders += 1
            elif is_picture(entry.name):
                pictures.append(entry.name)
            else:
                passed.add(entry.name)
        found |= bool(pictures)
        yield from (str(Path(inside, name)) for name in sorted(pictures, key=natural))
        down = sorted(folders, key=natural, reverse=True)
        waiting += (str(Path(inside, name)) for name in down)
    if not found:
        raise _without_pictures(folder, passed.total > before, recursive=recursive)


def _entries(folder: str, most: int) -> list[os.DirEntry[str]]:
    """What is in a folder, at most one more than `most`."""
    try:
        with os.scandir(folder) as entries:
            return list(islice(entries, most + 1))
    except OSError as error:
        reason = reason_of(error)
        raise DataError(f"{folder}: cannot be listed ({reason})") from error


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _check_number(folder: str, seen: int) -> None:
    if seen > wildcards.MOST_ENTRIES:
        raise DataError(
            f"{folder}: more than {wildcards.MOST_ENTRIES:,} files, the most for one folder",
            hint=f'patterns and lists give a part of them: "{folder}/a*.png", @files.txt',
        )


def _without_pictures(folder: str, others: bool, *, recursive: bool) -> DataError:
    hint = "looked for " + " ".join(sorted(SUFFIXES))
    if others and not recursive:
        hint = f'--recursive reads the folders inside, "{folder}/*" files of any name; {hint}'
    return DataError(f"{folder}: no pictures in this folder", hint=hint)
