"""Answers as a Parquet file: written whole, or continued after an interruption.

Parquet has its end written last, so a file cannot grow. While `--resume` runs, answers are JSON
Lines in `FILE.unfinished.jsonl`, each on the disk as soon as it is known; at the end all become
FILE, and that file is removed. The result has the same bytes with and without interruptions.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from ...files import atomic_write
from ..kit.text import encodable
from .answers import Sink
from .resume import EarlierAnswers, EarlierLines, continue_answers
from .rows import COLUMNS, Row, RowWriter, open_rows, parquet

if TYPE_CHECKING:
    from ...vision.reading import Reading

SUFFIX = ".parquet"
UNFINISHED = ".unfinished.jsonl"


class ParquetRows(Sink):
    """A row for each answer."""

    def __init__(self, rows: RowWriter) -> None:
        self._rows = rows

    def add(self, reading: Reading) -> None:
        """Add it to a row group."""
        self._rows.add(reading.to_dict())


@contextlib.contextmanager
def write_rows(path: Path) -> Iterator[ParquetRows]:
    """A sink whose rows become the file at `path` after the block, whole or not at all.

    Raises MachineError without pyarrow or when the disk refuses.
    """
    parquet()
    with atomic_write(path) as file, RowWriter(file) as rows:
        yield ParquetRows(rows)


class _Names(set[str]):
    """Names of files, as they are or with the escapes that Parquet needs."""

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or super().__contains__(encodable(str(name)))


@contextlib.contextmanager
def continue_rows(path: Path) -> Iterator[EarlierAnswers]:
    """Continue the answers at `path`, a Parquet file or none yet.

    After the block `path` has the rows that it had, those of an interrupted run and the new ones,
    in this order. If the block raises, `path` is as before and the answers stay for the next run.

    Raises MachineError without pyarrow or when the disk refuses, DataError when `path` is another
    file, and what `continue_answers` does.
    """
    parquet()
    names, failed = _summary(path)
    beside = path.with_name(path.name + UNFINISHED)
    _remove_merged(beside, names)
    with continue_answers(EarlierLines(beside)) as earlier:
        earlier.names = _Names(earlier.names | names)
        earlier.failed += failed
        yield earlier
        earlier.stream.flush()
        if beside.stat().st_size:
            with atomic_write(path) as file, RowWriter(file) as rows:
                for row in chain(_rows_of(path), _rows_beside(beside)):
                    rows.add(row)
            beside.unlink()


def _summary(path: Path) -> tuple[set[str], int]:
    """The names of the files in the rows at `path`, and how many of them were not read."""
    names: set[str] = set()
    failed = 0
    if path.exists():
        with path.open("rb") as file, open_rows(file, str(path)) as found:
            for batch in found.iter_batches(columns=["file", "error"]):
                names.update(batch["file"].to_pylist())
                failed += len(batch) - batch["error"].null_count
    return names, failed


def _remove_merged(beside: Path, names: set[str]) -> None:
    """Remove answers that `path` has: the run before ended between its last two steps."""
    if beside.exists() and names:
        with continue_answers(EarlierLines(beside)) as earlier:
            if any(encodable(name) in names for name in earlier.names):
                beside.unlink()


def _rows_of(path: Path) -> Iterator[Row]:
    if path.exists():
        with path.open("rb") as file, open_rows(file, str(path)) as found:
            for batch in found.iter_batches(batch_size=256):
                yield from batch.to_pylist()


def _rows_beside(beside: Path) -> Iterator[Row]:
    with beside.open("rb") as lines:
        for line in lines:
            answer = json.loads(line)
            yield {name: answer.get(name) for name in COLUMNS}
