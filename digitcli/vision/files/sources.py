"""From command-line arguments to pictures, one after the other.

Files, folders, patterns, lists (`@files.txt`), ZIP archives, IDX files and standard input. Only
names are held; a picture is read on demand, so memory does not grow with their number.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

from ...errors import DataError
from ...files.opening import SpecialFileError, open_regular
from .decode import STDIN, Limits
from .picture import SUFFIXES, Bytes, Picture, is_picture, natural
from .pixels import Pixels

_MAGIC = frozenset("*?[")  # one of them makes a name a pattern
_ZIP = b"PK"
_CONTAINERS = (_ZIP, b"\x00\x00\x08", b"\x1f\x8b")  # ZIP, IDX of bytes, gzip
_PAGED = frozenset((".tif", ".tiff", ".gif"))  # may hold pages, each of which is a picture
_LARGEST = 512 * 2**20  # bytes of a container on standard input


Watch: TypeAlias = "Callable[[str], None]"


class Broken:
    """An argument that gives no picture: its error, in its place among the pictures."""

    def __init__(self, error: DataError) -> None:
        self.error = error
        self.name = str(error).partition(": ")[0]

    def pixels(self, limits: Limits) -> Pixels:
        """Raises the error."""
        raise self.error


def _unwatched(name: str) -> None:
    """Do nothing."""


def find_pictures(arguments: Iterable[str], watch: Watch = _unwatched) -> Iterator[str | Picture]:
    """Expand arguments into pictures, in order; "-" means standard input.

    A folder gives the pictures directly inside, by suffix, in natural order (2 before 10). A
    pattern (`*`, `?`, `[...]`, `**`) gives what it matches unless a file of that very name exists.
    `@FILE` gives the files that FILE names, one on each line (`@-`: standard input). ZIP archives
    and IDX files, compressed or not, give their pictures as `FILE/member` and `FILE#number`, TIFF
    files of several pages theirs as `FILE#1`, `FILE#2`, ... Any other name is yielded as it is;
    reading it raises if there is no such file. An argument without pictures becomes `Broken`.
    `watch` is called with each file name before it is opened or yielded.
    """
    for argument in arguments:
        try:
            yield from _expand(argument, watch)
        except DataError as error:
            yield Broken(error)


def _expand(argument: str, watch: Watch) -> Iterator[str | Picture]:
    if argument == STDIN:
        yield from _standard_input()
    elif not argument or "\0" in argument:
        yield argument
    elif os.path.isdir(argument):  # noqa: PTH112 (Path's raises where a name is too long)
        for name in _inside(argument):
            yield from _file(name, watch)
    elif os.path.lexists(argument):
        yield from _file(argument, watch)
    elif argument.startswith("@"):
        yield from _each(_listed(argument[1:]), watch)
    elif not _MAGIC.isdisjoint(argument):
        yield from _each(_matches(argument), watch)
    else:
        yield argument


def _file(name: str, watch: Watch) -> Iterator[str | Picture]:
    """A picture, or the pictures of a container.

    The first bytes decide, except for a name with the suffix of a picture, which is not opened
    here.
    """
    watch(name)
    suffix = Path(name).suffix.lower()
    if suffix in _PAGED:
        from .pages import pages_of

        pages = pages_of(name)
        yield from pages
        if not pages:
            yield name
        return
    if suffix in SUFFIXES:
        yield name
        return
    try:
        with open_regular(name) as file:
            head = file.read(4)
    except (OSError, ValueError):  # reading it raises the error
        head = b""
    if head.startswith(_CONTAINERS):
        from .containers import open_container

        yield from open_container(name, head.startswith(_ZIP))
    else:
        yield name


def _standard_input() -> Iterator[str | Picture]:
    """The picture on standard input, or the pictures of a container there."""
    head = sys.stdin.buffer.read(4)
    if not head.startswith(_CONTAINERS):
        rest = sys.stdin.buffer.read(Limits().file_bytes + 1 - len(head))
        if not head:
            raise DataError(f"{STDIN}: expected a picture, found an empty file")
        yield Bytes(STDIN, head + rest)
        return
    from .containers import open_container

    data = head + sys.stdin.buffer.read(_LARGEST + 1 - len(head))
    if len(data) > _LARGEST:
        raise DataError(f"{STDIN}: more than {_LARGEST >> 20} MiB", "save it to a file first")
    yield from open_container(STDIN, head.startswith(_ZIP), data)


def _each(names: Iterable[str], watch: Watch) -> Iterator[str | Picture]:
    """The pictures of several files; one without any becomes `Broken`, and the others follow."""
    for name in names:
        try:
            yield from _file(name, watch)
        except DataError as error:
            yield Broken(error)


def _listed(name: str) -> Iterator[str]:
    """The names in a list, read line by line."""
    from .listed import names_in

    title = f"@{name}"
    if name == STDIN:
        yield from names_in(sys.stdin.buffer, title)
        return
    try:
        with open_regular(name) as file:
            yield from names_in(file, title)
    except SpecialFileError as error:
        raise DataError(
            f"{title}: expected a list, found a pipe or a device",
            hint="pipe the list in, and name it @-: `digitcli predict @-`",
        ) from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise DataError(f"{title}: the list cannot be read ({reason})") from error


def _matches(pattern: str) -> list[str]:
    from .wildcards import matches_of

    matches = sorted(matches_of(pattern), key=natural)
    if not matches:
        raise DataError(
            f"{pattern}: no file matches this pattern", hint="quote it, and check the folder"
        )
    return matches


def _inside(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            names = list(_pictures_among(entries, folder))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise DataError(f"{folder}: cannot be listed ({reason})") from error
    if not names:
        raise DataError(
            f"{folder}: no pictures in this folder",
            hint=f'folders inside it are not searched: "{folder}/**/*.png" finds those; looked for '
            + " ".join(sorted(SUFFIXES)),
        )
    return [str(Path(folder, name)) for name in sorted(names, key=natural)]


def _pictures_among(entries: Iterable[os.DirEntry[str]], folder: str) -> Iterator[str]:
    """The names of pictures; DataError after MOST_ENTRIES entries."""
    from . import wildcards

    for number, entry in enumerate(entries):
        if number == wildcards.MOST_ENTRIES:
            raise DataError(
                f"{folder}: more than {number:,} files, the most for one folder",
                hint=f'patterns and lists give a part of them: "{folder}/a*.png", @files.txt',
            )
        if is_picture(entry.name) and entry.is_file():
            yield entry.name
