"""The files that a pattern matches, `scans/**/*.png`: like `glob`, with a bound on the work.

The tree is walked once, whatever the pattern: a folder is entered with all parts of the pattern
that its entries may match, so `**/**/*` visits no folder twice.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from fnmatch import translate

from ...errors import DataError

MOST_ENTRIES = 1_000_000  # of folders, looked at for one pattern: a second or two on a local disk

_MAGIC = re.compile(r"[*?[]")

Parts = frozenset[int]  # numbers of the parts of a pattern that entries of a folder may match


def is_pattern(name: str) -> bool:
    """Whether `name` has a wildcard character."""
    return _MAGIC.search(name) is not None


def matches_of(pattern: str) -> Iterator[str]:
    """The files that `pattern` matches, in any order; names begin as the pattern was typed.

    `*` and `?` match no dot at the start of a name; a part `**` stands for any number of folders,
    hidden ones and symbolic links excepted. Folders that cannot be read are left out. Raises
    DataError after MOST_ENTRIES entries.
    """
    begin, *parts = _split(pattern)
    if not parts[-1]:
        return  # it ends in a slash: folders are no files
    walk = _Walk(pattern, [part for part in parts if part])
    waiting = [(begin, walk.closed(0))]
    while waiting:
        folder, active = waiting.pop()
        for name, entry_is_folder, followed in walk.look(folder, active):
            if len(walk.parts) in followed and not entry_is_folder:
                yield folder + name
            if entry_is_folder and (inside := followed - {len(walk.parts)}):
                waiting.append((f"{folder}{name}/", inside))


def _split(pattern: str) -> list[str]:
    """What stands before the first part with magic, up to its slash; then the parts."""
    pattern = pattern.replace(os.sep, "/")
    slash = pattern.rfind("/", 0, _MAGIC.search(pattern).start()) + 1  # type: ignore[union-attr]
    return [pattern[:slash], *pattern[slash:].split("/")]


class _Walk:
    """A pattern's parts, and how many entries have been looked at."""

    def __init__(self, pattern: str, parts: list[str]) -> None:
        self.pattern = pattern
        self.parts = parts
        self._matchers = [_matcher(part) for part in parts]
        self._seen = 0

    def closed(self, part: int) -> Parts:
        """`part`, and those behind it that may match as well, since `**` may stand for nothing."""
        end = part
        while end < len(self.parts) - 1 and self.parts[end] == "**":
            end += 1
        return frozenset(range(part, end + 1))

    def look(self, folder: str, active: Parts) -> Iterator[tuple[str, bool, Parts]]:
        """Name, whether it is a folder, and the parts that come next, of each entry that matches.

        The number of all parts stands for the end of the pattern.
        """
        plain = {part for part in active if not is_pattern(self.parts[part])}
        names = {self.parts[part] for part in plain}
        if plain != active:
            for entry in self._entries(folder):
                if followed := self._followed(entry, active):
                    names.discard(entry.name)
                    yield entry.name, _is_folder(entry), followed
        for name in names:  # not listed: "..", or in a folder that cannot be read
            if os.path.lexists(folder + name):
                parts = (self._next(part) for part in plain if self.parts[part] == name)
                followed = frozenset().union(*parts)
                yield name, os.path.isdir(folder + name), followed  # noqa: PTH112

    def _followed(self, entry: os.DirEntry[str], active: Parts) -> Parts:
        found: Parts = frozenset()
        for part in active:
            if not self._matchers[part](entry.name):
                continue
            if self.parts[part] != "**":
                found |= self._next(part)
            elif _is_folder(entry) and not entry.is_symlink():
                found |= self.closed(part)
            elif part == len(self.parts) - 1:
                found |= {len(self.parts)}
        return found

    def _next(self, part: int) -> Parts:
        return self.closed(part + 1) if part + 1 < len(self.parts) else frozenset({part + 1})

    def _entries(self, folder: str) -> Iterator[os.DirEntry[str]]:
        try:
            with os.scandir(folder or ".") as entries:
                for entry in entries:
                    self._seen += 1
                    if self._seen > MOST_ENTRIES:
                        raise DataError(
                            f"{self.pattern}: looked at {MOST_ENTRIES:,} files and folders, the "
                            "most for one pattern",
                            hint="begin the pattern further inside: `scans/2024/*.png`",
                        )
                    yield entry
        except OSError:
            return


def _matcher(part: str) -> Callable[[str], object]:
    if not is_pattern(part):
        return part.__eq__
    fits = re.compile("(?s:.*)" if part == "**" else translate(part)).match
    if part.startswith("."):
        return fits
    return lambda name: not name.startswith(".") and fits(name)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
