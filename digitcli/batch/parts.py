"""The parts of the output: one Parquet file for each shard, which says what it was made from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from ..errors import UsageError
from ..files import atomic_write, check_writable, scratch_folder
from ..report.kit.text import encodable
from ..report.predict.rows import COLUMNS, ERRORS_KEY, Row, RowWriter, open_rows
from .places import Place, is_url, refusals
from .shards import Shard

_SHARD, _STATE, _OPTIONS = "digitcli.shard", "digitcli.state", "digitcli.options"
_COMMITS_WHOLE = frozenset(("s3", "gcs"))  # an object is there only when its upload has ended


@dataclass(frozen=True)
class Counts:
    """What a part has: rows, and those among them with an error."""

    rows: int
    errors: int


class Parts:
    """The folder of parts, a path or a URL. `options` is how pictures are read, as text."""

    def __init__(self, where: str, options: str) -> None:
        self.where = where
        self.options = options
        self._place = Place(where) if is_url(where) else None

    def check_writable(self) -> None:
        """Raise MachineError when a local folder cannot be written, before long work."""
        if self._place is None:
            check_writable(Path(self.where, "part"))

    def find(self, shard: Shard) -> Counts | None:
        """What the part of a shard has; None where there is none yet.

        Raises UsageError when it was made from another state of the shard, or with other options,
        and DataError when it is no part at all.
        """
        name = self._name(shard)
        file = self._opened(shard)
        if file is None:
            return None
        with file, open_rows(file, name) as table:
            metadata = {
                key.decode(): value.decode() for key, value in table.metadata.metadata.items()
            }
            counts = Counts(table.metadata.num_rows, int(metadata[ERRORS_KEY]))
            columns = table.schema_arrow.names
        choose = "choose another --output, or remove it"
        if metadata.get(_STATE) != shard.state or metadata.get(_SHARD) != encodable(shard.names[0]):
            raise UsageError(
                f"{name}: made from {metadata.get(_SHARD, 'other pictures')}, "
                "which has changed since or was another",
                choose,
            )
        if metadata.get(_OPTIONS) != self.options or columns != list(COLUMNS):
            raise UsageError(f"{name}: made with other weights, options or version", choose)
        return counts

    def write(self, shard: Shard, rows: Iterable[Row]) -> Counts:
        """Write a part, whole or not at all. Raises MachineError, or what a bucket refuses."""
        metadata = {_SHARD: encodable(shard.names[0]), _STATE: shard.state, _OPTIONS: self.options}
        if self._place is None:
            with atomic_write(Path(self.where, shard.part)) as file:
                return _write_rows(file, metadata, rows)
        with scratch_folder("part") as folder:
            made = folder / "part"
            with made.open("wb") as file:
                counts = _write_rows(file, metadata, rows)
            self._put(self._place, made, shard.part)
        return counts

    def _put(self, place: Place, made: Path, part: str) -> None:
        path = place.inside(part)
        with refusals(place.name_of(part)):
            if place.system.type_name in _COMMITS_WHOLE:
                _upload(place.system, made, path)
                return
            place.system.create_dir(path.rpartition("/")[0], recursive=True)
            _upload(place.system, made, f"{path}.tmp")
            place.system.move(f"{path}.tmp", path)

    def _name(self, shard: Shard) -> str:
        if self._place is None:
            return str(Path(self.where, shard.part))
        return self._place.name_of(shard.part)

    def _opened(self, shard: Shard) -> BinaryIO | Any | None:
        """The part, opened; None where there is none."""
        if self._place is None:
            path = Path(self.where, shard.part)
            return path.open("rb") if path.exists() else None
        with refusals(self._name(shard)):
            try:
                return self._place.system.open_input_file(self._place.inside(shard.part))
            except FileNotFoundError:
                return None


def _write_rows(file: BinaryIO, metadata: dict[str, str], rows: Iterable[Row]) -> Counts:
    with RowWriter(file, metadata) as writer:
        for row in rows:
            writer.add(row)
    return Counts(writer.rows, writer.errors)


def _upload(system: Any, made: Path, path: str) -> None:
    with made.open("rb") as source, system.open_output_stream(path) as target:
        while piece := source.read(8 * 2**20):
            target.write(piece)
