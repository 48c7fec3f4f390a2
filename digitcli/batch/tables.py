"""The pictures of a Parquet file: a column of encoded bytes, and one of their paths if there is."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any, BinaryIO

from ..errors import DataError
from ..vision.files.picture import Bytes, Picture
from ..vision.files.sources import Broken
from ..vision.labelled.parquet import is_binary, refusals

_BYTES = ("bytes", "image", "picture", "img", "content", "data", "jpg", "jpeg", "png", "webp")
_PATHS = ("path", "file", "filename", "file_name", "name", "__key__", "key", "id")
_BATCH = 64  # rows in memory


def pictures_in_table(file: BinaryIO, name: str) -> Iterator[Picture]:
    """A picture for each row, as `NAME/path`, or `NAME#row` where no path is given.

    The bytes are in a binary column, or in a struct of `bytes` and `path` as Hugging Face's
    datasets write it. Raises DataError, which names the columns, when there is none.
    """
    parquet, row = import_module("pyarrow.parquet"), 0
    with refusals(name), parquet.ParquetFile(file) as table:
        data, path = _columns(table.schema_arrow, name)
        for batch in table.iter_batches(_BATCH, columns=sorted({data, path} - {""})):
            for one in batch.to_pylist():
                yield _picture(one[data], one[path] if path else None, name, row)
                row += 1
    if not row:
        raise DataError(f"{name}: no rows in this file")


def _columns(schema: Any, name: str) -> tuple[str, str]:
    """The names of the column of pictures, and of that of paths ("" without)."""
    pa = import_module("pyarrow")
    types = {column.name: column.type for column in schema}
    structs = [
        column
        for column, kind in types.items()
        if pa.types.is_struct(kind) and kind.get_field_index("bytes") >= 0
    ]
    binary = [column for column, kind in types.items() if is_binary(kind)]
    known = [column for column in _BYTES if column in binary]
    chosen = structs or known or (binary if len(binary) == 1 else [])
    if not chosen:
        found = ", ".join(f"{column} ({kind})" for column, kind in types.items())
        raise DataError(
            f"{name}: no column of pictures; there are {found[:300] or 'no columns'}",
            f"name the column of encoded pictures {_BYTES[0]}, or image as Hugging Face does",
        )
    paths = [one for one in _PATHS if one in types and _is_text(types[one], pa)]
    return chosen[0], paths[0] if paths else ""


def _is_text(kind: Any, pa: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _picture(value: Any, path: str | None, name: str, row: int) -> Picture:
    data = value
    if isinstance(value, dict):
        data, path = value.get("bytes"), path or value.get("path")
    title = f"{name}/{path}" if path else f"{name}#{row}"
    if data is None:
        return Broken(DataError(f"{title}: the row has no bytes"))
    return Bytes(title, bytes(data))
