"""Answers as rows of a table: the columns, and a file of them in Parquet.

A row holds what a line of `predict --jsonl` holds, without its `schema`. Lists stay lists, so that
`to_pylist` of the table gives the objects of `--jsonl` again.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, BinaryIO

from ...errors import DataError, MachineError
from ..kit.text import encodable
from .predictions import SCHEMA

# A name is a type of Arrow, a list has elements of one type, a dictionary is a struct.
_FIELD = {
    **{"text": "string", "written": "string", "confidence": "double", "box": ["int32"]},
    **{"row": "int32", "column": "int32"},
}
_DIGIT = {
    **{"digit": "int8", "probability": "double", "box": ["int32"], "probabilities": ["double"]},
    **{"confidence": "double", "line": "int32"},
}
COLUMNS: dict[str, Any] = {
    "file": "string",
    "text": "string",
    "written": "string",
    "answer": "string",
    "confidence": "double",
    "error": "string",
    "mode": "string",
    "digits": [_DIGIT],
    "marks": [{"kind": "string", "box": ["int32"], "line": "int32"}],
    "fields": [_FIELD],
    "number": {"text": "string", "probability": "double", "unconditional": "double"},
    "notes": ["string"],
}
MAY_BE_NULL = frozenset(("confidence", "error", "fields", "number", "notes"))

SCHEMA_KEY = "digitcli.schema"  # in the metadata of a file
ERRORS_KEY = "digitcli.errors"  # how many rows have an error
_BATCH = 256  # rows that are kept as Python objects
GROUP_ROWS = 8192  # of a row group, at most
GROUP_BYTES = 64 * 2**20  # in memory; a row group ends after the batch that reaches it

Row = dict[str, Any]


def parquet() -> Any:
    """The module pyarrow.parquet. Raises MachineError where it is not installed."""
    try:
        return import_module("pyarrow.parquet")
    except ImportError as error:
        raise MachineError(
            "Parquet needs the package pyarrow", 'pip install "digitcli[data]"'
        ) from error


def schema_of(metadata: Mapping[str, str] | None = None) -> Any:
    """The columns as a pyarrow.Schema, with `metadata` beside the name of the schema."""
    parquet()
    pa = import_module("pyarrow")
    fields = [
        pa.field(name, _arrow_type(pa, kind), nullable=name in MAY_BE_NULL)
        for name, kind in COLUMNS.items()
    ]
    return pa.schema(fields, metadata={SCHEMA_KEY: SCHEMA, **(metadata or {})})


def _arrow_type(pa: Any, kind: Any) -> Any:
    if isinstance(kind, str):
        return pa.type_for_alias(kind)
    if isinstance(kind, list):
        return pa.list_(pa.field("element", _arrow_type(pa, kind[0]), nullable=False))
    fields = [pa.field(name, _arrow_type(pa, one), nullable=False) for name, one in kind.items()]
    return pa.struct(fields)


class RowWriter:
    """Writes rows to an open file as Parquet, inside a `with` block: its end is written there.

    The same rows give the same bytes, with one version of pyarrow: nothing in the file depends on
    the time, the machine, or when rows came. Memory does not grow with their number.
    """

    def __init__(self, file: BinaryIO, metadata: Mapping[str, str] | None = None) -> None:
        self._schema = schema_of(metadata)
        self._pa: Any = import_module("pyarrow")
        options = {"compression": "zstd", "compression_level": 3, "version": "2.6"}
        self._writer = parquet().ParquetWriter(file, self._schema, **options)
        self._rows: list[Row] = []
        self._batches: list[Any] = []
        self._count = self._bytes = 0
        self.rows = self.errors = 0

    def add(self, row: Row) -> None:
        """Add an answer's `to_dict()`. Characters that UTF-8 lacks become escapes."""
        self._rows.append(_in_utf8(row))
        self.rows += 1
        self.errors += row["error"] is not None
        if len(self._rows) == _BATCH:
            self._pack()

    def __enter__(self) -> RowWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        try:
            if kind is None:
                self._pack()
                self._write_group()
                self._writer.add_key_value_metadata({ERRORS_KEY: str(self.errors)})
        finally:
            self._writer.close()  # while the file is open, also when it is given up

    def _pack(self) -> None:
        """Make Arrow's arrays of the rows, which are far smaller than Python's objects."""
        batch = self._pa.RecordBatch.from_pylist(self._rows, self._schema)
        self._rows.clear()
        self._batches.append(batch)
        self._count += batch.num_rows
        self._bytes += batch.nbytes
        if self._count >= GROUP_ROWS or self._bytes >= GROUP_BYTES:
            self._write_group()

    def _write_group(self) -> None:
        if self._count:
            table = self._pa.Table.from_batches(self._batches, self._schema)
            self._writer.write_table(table, row_group_size=self._count)
        self._batches.clear()
        self._count = self._bytes = 0


def _in_utf8(row: Row) -> Row:
    """The row with names that Parquet can hold; a name in another encoding gets escapes."""
    error, notes = row["error"], row.get("notes")
    if all(text.isascii() for text in (row["file"], error or "", *(notes or ()))):
        return row
    safe = {"file": encodable(row["file"]), "error": error and encodable(error)}
    return {**row, **safe, "notes": notes and [encodable(note) for note in notes]}


def open_rows(file: BinaryIO, name: str) -> Any:
    """An open Parquet file of answers as a pyarrow.parquet.ParquetFile.

    Raises DataError, which begins with `name`, when it is another file.
    """
    modules, hint = parquet(), "name a file that `digitcli predict` has written, or a new one"
    try:
        found = modules.ParquetFile(file)
    except (OSError, ValueError) as error:  # ArrowInvalid is a ValueError
        reason = (str(error).splitlines() or [""])[0].lower().rstrip(".")[:200]
        raise DataError(f"{name}: not a whole Parquet file ({reason})", hint) from error
    metadata = found.metadata.metadata or {}
    if metadata.get(SCHEMA_KEY.encode()) != SCHEMA.encode():
        found.close()
        raise DataError(f"{name}: not a table of digitcli's answers", hint)
    return found
