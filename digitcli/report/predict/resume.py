"""Continuing a file of answers that an earlier run has begun."""

from __future__ import annotations

import contextlib
import io
import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from ...errors import DataError, UsageError
from ...files import GrowingLines, grow_lines
from ...files.lines import MOST_LINE
from ..kit.text import encodable
from .answers import csv_columns
from .csv_style import csv_head, name_cell
from .predictions import SCHEMA

# How `answers.JsonLines` begins every line. A `--json` document begins otherwise.
_BEGINNING = b'{"schema": "%s", "file": "' % SCHEMA.encode()


_TEXT = frozenset("0123456789\n =\"'")  # characters of the column `text`


class EarlierAnswers(ABC):
    """The answers that a file has already; `stream` appends to it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.names: set[str] = set()
        self.failed = 0
        self.stream: GrowingLines

    def has(self, name: str) -> bool:
        """Whether there is an answer for a picture of this name."""
        return name in self.names

    @property
    def is_new(self) -> bool:
        """Whether nothing had been written."""
        return not self.names

    @abstractmethod
    def read(self, lines: Iterator[bytes]) -> None:
        """Collect the names of the files with an answer, and count the errors among them.

        Raises DataError that names the first line that is no answer.
        """

    @abstractmethod
    def open(self) -> AbstractContextManager[GrowingLines]:
        """The file, checked."""

    @property
    def _busy(self) -> UsageError:
        what = f"{self._path}: another process writes its answers there"
        return UsageError(what, "choose another file")

    def _wrong(self, what: str, hint: str = "") -> DataError:
        return DataError(
            f"{self._path}: {what}; the file is left as it was",
            hint or "name a file that such a run has begun, or a new one",
        )


class EarlierLines(EarlierAnswers):
    """JSON Lines."""

    def read(self, lines: Iterator[bytes]) -> None:
        """Lines of `--jsonl`."""
        for number, line in enumerate(lines, 1):
            try:
                answer = json.loads(line)
                right = answer["schema"] == SCHEMA
                self.names.add(answer["file"])
                self.failed += answer["error"] is not None
            except (ValueError, KeyError, TypeError, RecursionError):
                right = False
            if not right:
                raise self._wrong(f"line {number} is no answer of `digitcli predict --jsonl`")

    def open(self) -> AbstractContextManager[GrowingLines]:
        """The file, without a last line that was cut off."""
        return grow_lines(self._path, self._busy, self.read, _is_cut)


class EarlierRows(EarlierAnswers):
    """CSV as `answers.Csv` writes it with the same options."""

    def __init__(self, path: Path, *, spreadsheet: bool = False, form: Sequence[str] = ()) -> None:
        super().__init__(path)
        self._spreadsheet = spreadsheet
        self._head = csv_head(csv_columns(form), spreadsheet=spreadsheet).encode()
        self._columns = len(csv_columns(form))
        self._has_head = False

    def has(self, name: str) -> bool:
        """Whether there is a row for a picture of this name."""
        return name_cell(encodable(name), spreadsheet=self._spreadsheet) in self.names

    @property
    def is_new(self) -> bool:
        """Whether the file has no header yet."""
        return not self._has_head

    def read(self, lines: Iterator[bytes]) -> None:
        """The header, and rows below it."""
        for number, line in enumerate(lines, 1):
            if number == 1:
                self._check_head(line)
                continue
            cells = _cells(line)
            if len(cells) != self._columns:
                raise self._wrong(f"row {number} is no answer of `digitcli predict --csv`")
            self.names.add(cells[0])
            self.failed += cells[2] == "error"

    def _check_head(self, line: bytes) -> None:
        if line + b"\n" != self._head:
            raise self._wrong(
                "row 1 is not the header that this command writes",
                "give the options that it was begun with (--spreadsheet, --form), or a new file",
            )
        self._has_head = True

    def open(self) -> AbstractContextManager[GrowingLines]:
        """The file, without a last row that was cut off."""
        return grow_lines(self._path, self._busy, self.read, self._is_cut, quoted=True)

    def _is_cut(self, half: bytes, rows: int) -> bool:
        """Whether `half`, the bytes behind the last whole row, may be dropped: it is read again."""
        if rows == 0:
            return self._head.startswith(half)
        cells = _cells(half, whole=False)
        texts = "".join(cells[1:2])
        return 0 < len(cells) <= self._columns and set(texts) <= _TEXT


def _cells(row: bytes, *, whole: bool = True) -> list[str]:
    """The cells of one row of CSV, which may be cut off unless it is `whole`; none if it is not."""
    import csv

    limit = csv.field_size_limit(MOST_LINE)  # the boxes of a page have more than Python's 128 KiB
    try:
        text = row.decode(errors="strict" if whole else "replace")
        (cells,) = csv.reader(io.StringIO(text, newline=""), strict=whole)
    except (ValueError, csv.Error):
        return []
    finally:
        csv.field_size_limit(limit)
    return cells


@contextlib.contextmanager
def continue_answers(earlier: EarlierAnswers) -> Iterator[EarlierAnswers]:
    """Open earlier answers, creating the file if needed, to append more.

    A last line that was cut off while it was written is removed, and its picture is not among the
    names. The file is changed only after every line has been checked.

    Raises DataError when one is not, UsageError when another process writes the file, MachineError
    when it cannot be written.
    """
    with earlier.open() as earlier.stream:
        yield earlier
        earlier.stream.flush()


def _is_cut(half: bytes, lines: int) -> bool:
    """Whether `half`, the bytes behind the last line feed, is an answer that was cut off.

    `lines` is the number of lines before it. A whole answer without a line feed is not cut off.
    """
    with contextlib.suppress(ValueError, RecursionError):
        json.loads(half)
        return False
    return half.startswith(_BEGINNING) or (lines > 0 and _BEGINNING.startswith(half))
