"""Going on with a file of answers that an earlier run has begun."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TextIO

from ..errors import DataError, UsageError
from ..files import append_lines
from .predictions import SCHEMA


@dataclass(frozen=True)
class Begun:
    """What a file of answers holds already; `stream` writes behind it."""

    stream: TextIO
    names: frozenset[str]
    failed: int


@contextlib.contextmanager
def go_on(path: Path) -> Iterator[Begun]:
    """Open the answers at `path`, made where there are none, to write more behind them.

    A line that was cut off while it was written is removed; its picture is not among the names.
    Raises DataError when a line is no answer of `predict`, UsageError when another process writes
    the file, MachineError when it cannot be written.
    """
    busy = UsageError(f"{path}: another process writes its answers there", "choose another file")
    with append_lines(path, busy) as file:
        names, failed = _answered(path, file)
        text = io.TextIOWrapper(file, encoding="utf-8", newline="\n")
        try:
            yield Begun(text, frozenset(names), failed)
            text.flush()
        finally:
            text.detach()


def _answered(path: Path, file: BinaryIO) -> tuple[set[str], int]:
    """The files with an answer, and how many of the answers are errors."""
    names: set[str] = set()
    failed = 0
    for number, line in enumerate(file, 1):
        try:
            answer = json.loads(line)
            right = answer["schema"] == SCHEMA
            names.add(answer["file"])
            failed += answer["error"] is not None
        except (ValueError, KeyError, TypeError, RecursionError):
            right = False
        if not right:
            raise DataError(
                f"{path}: line {number} is no answer of `digitcli predict --jsonl`",
                "name a file that such a run has begun, or a new one",
            )
    return names, failed
