"""The columns of Parquet files of answers: types from the code, meanings from predict-1.json."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from digitcli.report.predict.rows import COLUMNS, GROUP_ROWS, MAY_BE_NULL

from .markdown import table

_HEAD = f"""# Parquet files

`digitcli predict --output FILE.parquet` and `digitcli batch` write one row a picture, with these
columns. They hold what a line of `predict --jsonl` holds
([JSON documents](json.md#digitclipredict1)), under the same names: `to_pylist()` of such a table
gives those objects, without `schema`.

A row group has at most {GROUP_ROWS:,} rows; pages are compressed with Zstandard. `digitcli.schema`
in the metadata of a file names the form, `digitcli.errors` counts the rows with an error. A part
that `batch` writes also has `digitcli.shard`, `digitcli.state` and `digitcli.options`: what it was
made from, and how. The same rows give the same bytes, with one version of pyarrow.

"""


def page(schemas: Path) -> str:
    """A table of all columns and of what is inside them."""
    schema = json.loads((schemas / "predict-1.json").read_text("utf-8"))
    described = schema["properties"]["results"]["items"]["properties"]
    rows = [[f"`{path}`", kind, text] for path, kind, text in _columns(COLUMNS, described, "")]
    return _HEAD + table(("column", "type", "meaning"), rows)


def _columns(
    columns: dict[str, Any], described: dict[str, Any], where: str
) -> Iterator[tuple[str, str, str]]:
    for name, kind in columns.items():
        meaning = described[name].get("description", "")
        null = "" if where or name not in MAY_BE_NULL else ", may be null"
        yield f"{where}{name}", _kind(kind) + null, meaning
        inner = kind[0] if isinstance(kind, list) else kind
        if isinstance(inner, dict):
            inside = described[name].get("items", described[name])["properties"]
            yield from _columns(inner, inside, f"{where}{name}{'[]' * isinstance(kind, list)}.")


def _kind(kind: Any) -> str:
    if isinstance(kind, list):
        return f"list of {_kind(kind[0])}"
    return "struct" if isinstance(kind, dict) else kind
