"""The pictures of a shard, on this machine's disk: those in a bucket are copied first."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from ..errors import DataError
from ..files import writing
from ..files.opening import open_regular
from ..vision.files.picture import Source
from ..vision.files.sources import Broken, find_pictures
from .places import Place, refusals
from .shards import Shard
from .tables import pictures_in_table

_AT_A_TIME = 16  # files copied from a bucket
_PIECE = 8 * 2**20  # bytes copied at a time
_PARQUET = b"PAR1"


def local_copies(shard: Shard, folder: Path) -> tuple[str, ...]:
    """Paths of the shard's files: their own, or in `folder`, where those of a bucket are copied.

    Raises DataError, NetworkError or MachineError when one cannot be copied whole.
    """
    if not shard.root:
        return shard.files
    place = Place(shard.root)
    copies = [
        folder / f"{number}{''.join(Path(name).suffixes[-2:])}"
        for number, name in enumerate(shard.names)
    ]
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        list(pool.map(partial(_copy, place), shard.files, copies))
    return tuple(map(str, copies))


def _copy(place: Place, inner: str, target: Path) -> None:
    with writing(target), target.open("wb") as file:
        for piece in _pieces(place, inner):
            file.write(piece)


def _pieces(place: Place, inner: str) -> Iterator[bytes]:
    """The bytes of a file, in pieces."""
    with (
        refusals(place.name_of(inner)),
        place.system.open_input_stream(place.inside(inner)) as source,
    ):
        while piece := source.read(_PIECE):
            yield piece


def pictures_of(path: str) -> Iterator[Source]:
    """The pictures of one file, as `digitcli predict` reads it; Parquet too.

    A file that is damaged gives the pictures before the damage, then one that says so.
    """
    try:
        if _head(path) != _PARQUET:
            yield from find_pictures([path])
            return
        with open_regular(path) as file:
            yield from pictures_in_table(file, path)
    except DataError as error:
        yield Broken(error)


def _head(path: str) -> bytes:
    try:
        with open_regular(path) as file:
            return file.read(len(_PARQUET))
    except (OSError, ValueError):  # reading it says why
        return b""
