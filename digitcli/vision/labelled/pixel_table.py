"""Tables of pixels: CSV as Kaggle writes it, `label,pixel0,...,pixel783`, with or without heading.

Read in pieces, so that memory holds the pictures and not the text.
"""

from __future__ import annotations

import csv
import gzip
import itertools
import zlib
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, cast

import numpy as np
import numpy.typing as npt

from ...errors import DataError, reason_of
from ...files.opening import open_regular
from .arrays import labels_of, pictures_of, side_of
from .collector import MOST_PICTURES, Collector
from .heads import GZIP, files_of, form_of
from .names import no_picture, part_of

LABEL_NAMES = ("label", "labels", "class", "target", "digit", "y")
_WRITERS = ("writer", "writer_id")
_ROWS = 4096  # lines that are read at a time
_LONGEST = 1 << 20  # bytes of a line
_FORM = "Kaggle's form is label,pixel0,...,pixel783: 785 columns"
_NO_LABELS = "`digitcli predict` reads pictures without labels; to learn from, labels are needed"

Numbers = npt.NDArray[Any]


@dataclass(frozen=True)
class _Columns:
    """Where a table has its label, its writer and its pixels; `heading`: line 1 is one."""

    label: int
    writer: int | None
    pixels: list[int]
    count: int
    heading: bool


def is_table(path: Path) -> bool:
    """Whether a file is a table with at least 65 columns."""
    return form_of(path) == "table"


def has_tables(path: Path) -> bool:
    """Whether a folder has such files."""
    return bool(files_of(path, "table"))


def read_tables(path: Path, collector: Collector) -> None:
    """All tables of a folder that have labels. Raises DataError as `read_table` does."""
    files, outer = files_of(path, "table"), collector.part
    for entry in sorted(set(path.iterdir()) - set(files)):
        collector.pass_over(entry.name, no_picture(entry) or "other files")
    for file in files:
        if len(files) > 1 and _lacks_labels(file):
            collector.pass_over(file.name, "tables without labels")
            continue
        collector.part = outer or part_of(file.name)
        read_table(file, collector)
    collector.part = outer


def read_table(path: Path, collector: Collector) -> None:
    """All pictures of a table; numbers, or fractions of 1.

    Raises DataError naming the line: columns that are no label and square picture, another number
    of them than in line 1, cells that are no numbers, labels that are no digits.
    """
    with closing(_lines(path)) as lines:
        first = next(lines, b"")
        delimiter = _delimiter(first)
        columns = _columns(path, _cells(first, delimiter))
        rest = lines if columns.heading else itertools.chain([first], lines)
        pieces = list(_pieces(path, rest, delimiter, columns))
    if not pieces:
        raise DataError(f"{path}: a heading and no line below it")
    labels = np.concatenate([labels for labels, _, _ in pieces])
    pixels = np.concatenate([pixels for _, pixels, _ in pieces])
    writers = [writer for _, _, some in pieces for writer in some]
    collector.array(pictures_of(pixels, str(path)), labels, str(path), writers)


def _pieces(
    path: Path, lines: Iterator[bytes], delimiter: str, columns: _Columns
) -> Iterator[tuple[Numbers, Numbers, list[str]]]:
    """Labels, pixels (uint8 where they are whole numbers of a byte) and writers, piece by piece."""
    start = 2 if columns.heading else 1
    while piece := [line for line in itertools.islice(lines, _ROWS) if line.strip()]:
        if start > MOST_PICTURES:
            raise DataError(f"{path}: more than {MOST_PICTURES:,} pictures")
        table = _parsed(path, piece, start, delimiter, columns)
        try:
            labels = labels_of(table[:, columns.label], str(path))
        except DataError:
            _say_wrong_label(path, table[:, columns.label], start)
        pixels = table[:, columns.pixels]
        bytes_ = pixels.astype(np.uint8, casting="unsafe") if _fit(pixels) else pixels
        writers = [] if columns.writer is None else [f"{w:g}" for w in table[:, columns.writer]]
        yield labels, bytes_, writers
        start += len(piece)


def _fit(pixels: Numbers) -> bool:
    """Whether all are whole numbers from 0 to 255."""
    return bool(((pixels >= 0) & (pixels <= 255) & (pixels == np.floor(pixels))).all())


def _parsed(
    path: Path, piece: list[bytes], start: int, delimiter: str, columns: _Columns
) -> Numbers:
    """Lines as float32 (n, columns)."""
    text = [line.decode("latin-1") for line in piece]
    try:
        table = np.loadtxt(
            text, np.float32, delimiter=delimiter, ndmin=2, quotechar='"', comments=None
        )
    except ValueError as error:
        _say_wrong_cell(path, text, start, delimiter, columns, error)
    if table.shape[1] != columns.count:
        _say_wrong_cell(path, text, start, delimiter, columns, ValueError())
    return table


def _say_wrong_cell(
    path: Path, text: list[str], start: int, delimiter: str, columns: _Columns, error: ValueError
) -> NoReturn:
    for number, line in enumerate(text, start):
        cells = _cells(line.encode("latin-1"), delimiter)
        if len(cells) != columns.count:
            raise DataError(
                f"{path}: line {number:,} has {len(cells):,} columns, expected {columns.count:,} "
                "as in line 1",
                "the file was cut short or damaged; copy it again",
            )
        for place, cell in enumerate(cells, 1):
            if not _is_number(cell):
                raise DataError(
                    f"{path}: line {number:,}, column {place:,}: {cell[:20]!r}, expected a number"
                )
    raise DataError(f"{path}: line {start:,} or one of the next: {error}")


def _say_wrong_label(path: Path, labels: Numbers, start: int) -> NoReturn:
    for number, label in enumerate(labels.tolist(), start):
        if label not in range(10):
            raise DataError(
                f"{path}: line {number:,}: label {label:g}, expected a digit 0 to 9",
                "the label stands in the column `label`, without a heading in the first one",
            )
    raise AssertionError  # it was called for a wrong label


def _columns(path: Path, cells: list[str]) -> _Columns:
    """Find label and pixels by the heading; without one the label is the first column."""
    names = [cell.strip().lower() for cell in cells]
    heading = not all(_is_number(name) for name in names)
    label = 0
    if heading:
        label = next((names.index(name) for name in LABEL_NAMES if name in names), -1)
    if label < 0:
        raise DataError(f"{path}: {len(names)} columns, and none of them is `label`", _NO_LABELS)
    writer = next((names.index(name) for name in _WRITERS if name in names), None)
    other = {label, writer} | {place for place, name in enumerate(names) if heading and not name}
    pixels = [place for place in range(len(names)) if place not in other]
    if side_of(len(pixels)) is None:
        raise DataError(
            f"{path}: line 1 has {len(names)} columns, expected 785: a label and 28 x 28 pixels",
            _FORM,
        )
    return _Columns(label, writer, pixels, len(names), heading)


def _lacks_labels(path: Path) -> bool:
    with closing(_lines(path)) as lines:
        first = next(lines, b"")
    names = [cell.strip().lower() for cell in _cells(first, _delimiter(first))]
    return not all(map(_is_number, names)) and not set(names) & set(LABEL_NAMES)


def _lines(path: Path) -> Generator[bytes, None, None]:
    """The lines of a file, gzip-compressed or not, without UTF-8's byte order mark."""
    try:
        with open_regular(path) as file:
            packed = file.read(2) == GZIP
            file.seek(0)
            source = cast(BinaryIO, gzip.GzipFile(fileobj=file)) if packed else file
            mark = b"\xef\xbb\xbf"
            while line := source.readline(_LONGEST + 1):
                if len(line) > _LONGEST:
                    raise DataError(f"{path}: a line of more than {_LONGEST:,} bytes")
                yield line.removeprefix(mark)
                mark = b""
    except (OSError, EOFError, zlib.error) as error:
        reason = reason_of(error)
        raise DataError(f"{path}: cannot be read ({reason})") from error


def _delimiter(line: bytes) -> str:
    return max((",", ";", "\t"), key=lambda sign: line.count(sign.encode()))


def _cells(line: bytes, delimiter: str) -> list[str]:
    text = line.decode("latin-1").rstrip("\r\n")
    return next(csv.reader([text], delimiter=delimiter), [])


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
