"""Parquet as Hugging Face writes it: columns `image` {bytes, path} or bytes, and `label`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import DataError, MachineError
from ...files.opening import open_regular
from ..files.decode import decode_pixels
from .collector import MOST_PICTURES, Collector
from .heads import files_of, form_of
from .names import no_picture, part_of
from .pictures import UNREADABLE

if TYPE_CHECKING:
    import pyarrow
    import pyarrow.parquet

IMAGES, LABELS, WRITERS = ("image", "img"), ("label", "labels", "digit"), ("writer", "writer_id")
_ROWS = 512  # pictures that are read at a time
_MOST_GROUP = 2 * 2**30  # bytes of a row group, as its header says it
_HINT = "expected `image` (the bytes of a picture file, or {bytes, path}) and `label`"


def is_parquet(path: Path) -> bool:
    """Whether a file is Parquet."""
    return form_of(path) == "parquet"


def has_parquet(path: Path) -> bool:
    """Whether a folder has such files."""
    return bool(files_of(path, "parquet"))


def read_parquet_folder(path: Path, collector: Collector) -> None:
    """All Parquet files of a folder. Raises DataError as `read_parquet` does."""
    files, outer = files_of(path, "parquet"), collector.part
    for entry in sorted(set(path.iterdir()) - set(files)):
        collector.pass_over(entry.name, no_picture(entry) or "other files")
    for file in files:
        collector.part = outer or part_of(file.name)
        read_parquet(file, collector)
    collector.part = outer


def read_parquet(path: Path, collector: Collector) -> None:
    """All pictures of a Parquet file.

    Raises DataError for other columns, which it names, and for a label that is no digit;
    MachineError where pyarrow is missing.
    """
    parquet = _pyarrow()
    with open_regular(path) as file, refusals(path):
        table = parquet.ParquetFile(file)
        columns = _columns(path, table)
        classes = _class_names(table.schema_arrow, columns[1])
        number = 0
        for batch in table.iter_batches(_ROWS, columns=[name for name in columns if name]):
            rows = [batch.column(name).to_pylist() if name else None for name in columns]
            for place, (image, label) in enumerate(zip(rows[0] or [], rows[1] or [], strict=True)):
                name = f"{path}, {number:,}"
                digit = _digit(label, classes, name)
                writer = rows[2][place] if rows[2] else None
                _take(collector, name, image, digit, "" if writer is None else str(writer))
                number += 1


def _take(collector: Collector, name: str, image: Any, digit: int, writer: str) -> None:
    data = image.get("bytes") if isinstance(image, dict) else image
    if not isinstance(data, bytes):
        return collector.leave_out(name, UNREADABLE)
    collector.picture(name, partial(decode_pixels, data, name=name), digit, writer)


def _columns(path: Path, table: pyarrow.parquet.ParquetFile) -> tuple[str, str, str]:
    """The names of the columns of pictures, labels and writers ("" where it has none)."""
    import pyarrow

    meta, schema = table.metadata, table.schema_arrow
    if meta.num_rows > MOST_PICTURES:
        raise DataError(f"{path}: {meta.num_rows:,} rows, at most {MOST_PICTURES:,} are read")
    groups = (meta.row_group(number).total_byte_size for number in range(meta.num_row_groups))
    if (largest := max(groups, default=0)) > _MOST_GROUP:
        raise DataError(
            f"{path}: a row group of {largest:,} bytes, at most {_MOST_GROUP:,} are read",
            "write it again with fewer rows in a group",
        )
    chosen = [
        next((n for n in names if n in schema.names), "") for names in (IMAGES, LABELS, WRITERS)
    ]
    if not (chosen[0] and chosen[1]):
        found = ", ".join(f"{field.name} ({field.type})" for field in schema) or "none"
        raise DataError(f"{path}: columns {found}", _HINT)
    kind = schema.field(chosen[0]).type
    if pyarrow.types.is_struct(kind) and kind.get_field_index("bytes") >= 0:
        kind = kind.field("bytes").type
    if not is_binary(kind):
        raise DataError(f"{path}: column {chosen[0]} is {kind}", _HINT)
    return chosen[0], chosen[1], chosen[2]


def is_binary(kind: pyarrow.DataType) -> bool:
    """Whether a column of this type holds bytes."""
    import pyarrow

    return bool(pyarrow.types.is_binary(kind) or pyarrow.types.is_large_binary(kind))


def _class_names(schema: Any, label: str) -> list[str]:
    """The digits that a ClassLabel column's numbers stand for; [] where they are the labels."""
    try:
        about = json.loads((schema.metadata or {})[b"huggingface"])
        names = about["info"]["features"][label]["names"]
    except (KeyError, TypeError, ValueError):
        return []
    figures = isinstance(names, list) and all(str(n).isdigit() and len(str(n)) == 1 for n in names)
    return [str(name) for name in names] if figures else []


def _digit(label: Any, classes: list[str], where: str) -> int:
    value = label
    if classes and isinstance(label, int) and 0 <= label < len(classes):
        value = classes[label]
    if isinstance(value, bool) or not isinstance(value, (int, str)) or str(value) not in _FIGURES:
        raise DataError(f"{where}: label {value!r}, expected a digit 0 to 9")
    return int(value)


_FIGURES = frozenset("0123456789")


def _pyarrow() -> Any:
    try:
        import pyarrow.parquet
    except ImportError:
        raise MachineError(
            "pyarrow is missing, which reads Parquet", 'pip install "digitcli[data]"'
        ) from None
    return pyarrow.parquet


@contextmanager
def refusals(name: str | Path) -> Iterator[None]:
    """What pyarrow says about a damaged file as DataError."""
    import pyarrow

    try:
        yield
    except (pyarrow.ArrowException, OSError, EOFError, OverflowError) as error:
        reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise DataError(
            f"{name}: cannot be read as Parquet ({reason})", "copy or download it again"
        ) from error
