"""What is read as one piece of work: a file of many pictures, or some hundred picture files."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path

from ..errors import DataError, reason_of
from ..vision.files.picture import is_picture, natural
from .places import Place, is_url, refusals

PICTURES = 1000  # picture files in a shard
SUFFIX = ".parquet"

# By name: the files inside a folder that hold many pictures. IDX files of labels hold none.
_MANY = re.compile(r"\.(zip|tar|tar\.(gz|bz2|xz)|tgz|parquet)$|(-ubyte|\.idx3?)(\.gz)?$", re.I)
_LABELS = re.compile(r"idx1|labels", re.IGNORECASE)


@dataclass(frozen=True)
class Shard:
    """One piece of work, and the part that it becomes.

    `part` is the part's path under the output folder. `files` are paths, or paths under the URL
    `root`; `names` is what rows call them. `state` changes when the files' names or sizes do.
    """

    part: str
    root: str
    files: tuple[str, ...]
    names: tuple[str, ...]
    state: str

    @property
    def name(self) -> str:
        """What messages call it."""
        more = f" and {len(self.names) - 1:,} more" if len(self.names) > 1 else ""
        return self.names[0] + more

    def to_text(self) -> str:
        """The same as text, also with names that are not UTF-8."""
        return json.dumps(asdict(self))

    @staticmethod
    def of_text(text: str) -> Shard:
        """The shard that `to_text` wrote."""
        found = json.loads(text)
        lists = {name: tuple(found[name]) for name in ("files", "names")}
        return Shard(**{**found, **lists})


@dataclass
class Found:
    """The shards of an input, and the names of files that are of no kind that is read."""

    shards: list[Shard]
    passed_over: list[str] = field(default_factory=list)


class _Input:
    """The folder or file that was named, and what its files are called."""

    def __init__(self, where: str) -> None:
        self.place = Place(where) if is_url(where) else None
        self.where = where

    def name(self, inner: str = "") -> str:
        """What rows call a file: as those of `digitcli predict`, which gets WHERE/INNER."""
        if self.place is not None:
            return self.place.name_of(inner)
        return str(Path(self.where, inner)) if inner else self.where

    def shard(self, part: str, files: list[str], state: str) -> Shard:
        """The shard of some files."""
        names = tuple(map(self.name, files))
        part = part.lstrip("/")  # of the key of an object, which may begin with it
        if self.place is not None:
            return Shard(part, self.where, tuple(files), names, state)
        return Shard(part, "", tuple(map(os.path.abspath, names)), names, state)


def find_shards(where: str, pictures: int = PICTURES) -> Found:
    """Everything that is read at `where`: a folder with all inside it, or one file; path or URL.

    Files that hold many pictures are a shard each. Picture files come together, `pictures` in a
    shard, in natural order. Hidden files and folders are not looked at. Raises DataError when
    there is nothing to read, and what `Place` does for buckets.
    """
    source = _Input(where)
    listed = _in_bucket(source.place) if source.place is not None else _on_disk(where)
    if len(listed) == 1 and not listed[0][0]:  # one file, of any name
        base = source.name().rstrip("/").rpartition("/")[2]
        return Found([source.shard(base + SUFFIX, [""], str(listed[0][1]))])
    found = Found([])
    loose: list[tuple[str, int]] = []
    for inner, size in sorted(listed, key=lambda one: natural(one[0])):
        if _MANY.search(inner) and not _LABELS.search(inner.rpartition("/")[2]):
            found.shards.append(source.shard(inner + SUFFIX, [inner], str(size)))
        elif is_picture(inner):
            loose.append((inner, size))
        else:
            found.passed_over.append(inner)
    for number, at in enumerate(range(0, len(loose), pictures)):
        some = loose[at : at + pictures]
        digest = hashlib.sha256(json.dumps(some).encode()).hexdigest()[:16]
        files = [inner for inner, _ in some]
        found.shards.append(source.shard(f"pictures-{number:06}{SUFFIX}", files, digest))
    if not found.shards:
        raise DataError(
            f"{source.name()}: no pictures, archives, IDX or Parquet files in this folder"
        )
    return found


def _on_disk(where: str) -> list[tuple[str, int]]:
    """The path under `where` and the size in bytes of every file; ("", size) for a file itself."""
    path = Path(where)
    try:
        if path.is_dir():
            return list(_in_folder(path))
        return [("", path.stat().st_size)]
    except (OSError, ValueError) as error:
        reason = reason_of(error)
        raise DataError(f"{where}: cannot be read ({reason})") from error


def _in_folder(folder: Path) -> Iterator[tuple[str, int]]:
    def fail(error: OSError) -> None:
        raise error

    for parent, folders, files in os.walk(folder, onerror=fail):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            path = Path(parent, name)
            if not name.startswith(".") and path.is_file():
                yield path.relative_to(folder).as_posix(), path.stat().st_size


def _in_bucket(place: Place) -> list[tuple[str, int]]:
    """The same for a place in a bucket."""
    fs = import_module("pyarrow.fs")
    with refusals(place.url):
        (itself,) = place.system.get_file_info([place.path])
        if itself.type == fs.FileType.File:
            return [("", itself.size)]
        listed = place.system.get_file_info(fs.FileSelector(place.path, recursive=True))
    start = len(place.path.rstrip("/")) + 1
    files = [(one.path[start:], one.size) for one in listed if one.type == fs.FileType.File]
    return [(inner, size) for inner, size in files if "/." not in f"/{inner}"]
