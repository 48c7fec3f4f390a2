"""From command-line arguments to pictures, one after the other.

Files, folders, patterns, lists (`@files.txt`), archives, IDX files and standard input. Only
names are held; a picture is read on demand, so memory does not grow with their number.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeAlias

from ...errors import DataError, reason_of
from ...files.opening import SpecialFileError, open_regular
from .decode import STDIN, Limits
from .kinds import ARCHIVES, HEAD, Kind, kind_of
from .passed import PassedOver
from .picture import Bytes, Picture, natural
from .pixels import Pixels

if TYPE_CHECKING:
    from .content import InMemory, OnDisk

_MAGIC = frozenset("*?[")  # one of them makes a name a pattern
_LARGEST = 512 * 2**20  # bytes of a file of several pictures on standard input


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


def find_pictures(
    arguments: Iterable[str],
    watch: Watch = _unwatched,
    *,
    recursive: bool = False,
    passed: PassedOver | None = None,
    limits: Limits = Limits(),
) -> Iterator[str | Picture]:
    """Expand arguments into pictures, in order; "-" means standard input.

    A folder gives the pictures directly inside, by suffix, in natural order (2 before 10);
    `recursive` also those of the folders in it. A pattern (`*`, `?`, `[...]`, `**`) gives what it
    matches unless a file of that very name exists. `@FILE` gives the files that FILE names, one on
    each line (`@-`: standard input). ZIP and tar archives and IDX files, compressed or not, give
    their pictures as `FILE/member` and `FILE#number`, files of several pages (TIFF, GIF, PDF)
    theirs as `FILE#1`, `FILE#2`, ... What a file is, its first bytes say. Any other name is yielded
    as it is; reading it raises if there is no such file. An argument without pictures becomes
    `Broken`. `watch` is called with each file name before it is opened or yielded; `passed` counts
    what is passed over in folders and archives.
    """
    finder = _Finder(watch, recursive, passed or PassedOver(), limits)
    for argument in arguments:
        try:
            yield from finder.expand(argument)
        except DataError as error:
            yield Broken(error)


class _Finder:
    """How arguments are expanded; see `find_pictures`."""

    def __init__(self, watch: Watch, recursive: bool, passed: PassedOver, limits: Limits) -> None:
        self._watch, self._recursive = watch, recursive
        self._passed, self._limits = passed, limits

    def expand(self, argument: str) -> Iterator[str | Picture]:
        """The pictures of one argument. Raises DataError where it has none."""
        if argument == STDIN:
            yield from self._standard_input()
        elif not argument or "\0" in argument:
            yield argument
        elif os.path.isdir(argument):  # noqa: PTH112 (Path's raises where a name is too long)
            from .folders import pictures_in

            names = pictures_in(argument, self._passed, recursive=self._recursive)
            yield from self._each(names)
        elif os.path.lexists(argument):
            yield from self._file(argument)
        elif argument.startswith("@"):
            yield from self._each(_listed(argument[1:]))
        elif not _MAGIC.isdisjoint(argument):
            yield from self._each(_matches(argument))
        else:
            yield argument

    def _each(self, names: Iterable[str | DataError]) -> Iterator[str | Picture]:
        """The pictures of several files; one without any becomes `Broken`, the others follow."""
        for name in names:
            if isinstance(name, DataError):
                yield Broken(name)
                continue
            try:
                yield from self._file(name)
            except DataError as error:
                yield Broken(error)

    def _file(self, name: str) -> Iterator[str | Picture]:
        """A picture, or the pictures in a file."""
        self._watch(name)
        try:
            with open_regular(name) as file:
                kind = kind_of(file.read(HEAD))
        except (OSError, ValueError):  # reading it raises the error
            kind = "picture"
        if kind == "picture":
            yield name
            return
        from .content import OnDisk

        several = self._several(OnDisk(name), kind)
        if several is None:
            yield name
        else:
            yield from several

    def _several(self, content: OnDisk | InMemory, kind: Kind) -> Iterable[Picture] | None:
        """The pictures in a file that may hold several; None where it is a picture."""
        if kind in ARCHIVES:
            from .containers import open_container

            return open_container(content, kind, self._passed, self._limits)
        from .pages import pages_of

        return pages_of(content, kind, self._limits) or None

    def _standard_input(self) -> Iterator[str | Picture]:
        """The picture on standard input, or the pictures in a file there."""
        head = sys.stdin.buffer.read(HEAD)
        if not head:
            raise DataError(f"{STDIN}: expected a picture, found an empty file")
        kind = kind_of(head)
        most = self._limits.file_bytes if kind == "picture" else _LARGEST
        data = head + sys.stdin.buffer.read(most + 1 - len(head))
        if kind == "picture":
            yield Bytes(STDIN, data)
            return
        if len(data) > most:
            raise DataError(f"{STDIN}: more than {most >> 20} MiB", "save it to a file first")
        from .content import InMemory

        several = self._several(InMemory(STDIN, data), kind)
        if several is None:
            yield Bytes(STDIN, data)
        else:
            yield from several


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
        reason = reason_of(error)
        raise DataError(f"{title}: the list cannot be read ({reason})") from error


def _matches(pattern: str) -> list[str]:
    from .wildcards import matches_of

    matches = sorted(matches_of(pattern), key=natural)
    if not matches:
        raise DataError(
            f"{pattern}: no file matches this pattern", hint="quote it, and check the folder"
        )
    return matches
