"""Pictures that a labels.csv lists, and pictures in folders named 0 to 9."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from ...errors import DataError
from ..files.decode import decode_pixels
from ..sheet.labels import LABELS, Label, check_digits, check_files, list_of, read_labels
from .collector import Collector
from .names import no_picture

PassedOver = Callable[[str, str], None]


def is_list(path: Path) -> bool:
    """Whether a folder has a labels.csv."""
    return (path / LABELS).exists()


def read_list(path: Path, collector: Collector) -> None:
    """Every picture that a list names; `path` is the list or its folder.

    Raises DataError naming the line or the file: a wrong line, files that are missing.
    """
    listed = list_of(path)
    rows = read_labels(listed)
    check_digits(listed, rows)
    check_files(listed, rows)
    _take(listed.parent, rows, collector)


def is_by_digit(path: Path) -> bool:
    """Whether a folder has folders named after digits."""
    return any(_digit_of(folder.name) is not None for folder in _folders(path))


def read_by_digit(path: Path, collector: Collector) -> None:
    """Every picture in the folders 0 to 9. Raises DataError as `rows_by_digit` does."""
    _take(path, rows_by_digit(path, collector.pass_over), collector)


def rows_by_digit(path: Path, pass_over: PassedOver) -> list[Label]:
    """The pictures in the folders 0 to 9; they have no line in a list.

    `pass_over` is told of every other file and why. Raises DataError for a class in two spellings,
    and for a folder named after another number.
    """
    rows: list[Label] = []
    for digit, folder in _by_digit(path, pass_over).items():
        for file in sorted(folder.iterdir()):
            name = f"{folder.name}/{file.name}"
            if reason := no_picture(file):
                pass_over(name, reason)
            else:
                rows.append(Label(0, name, str(digit)))
    return rows


def _by_digit(path: Path, pass_over: PassedOver) -> dict[int, Path]:
    """The folder of each digit, in order."""
    found: dict[int, Path] = {}
    for entry in sorted(path.iterdir()):
        digit = _digit_of(entry.name) if entry.is_dir() else None
        if digit is None:
            pass_over(entry.name, no_picture(entry) or "beside the folders")
        elif digit > 9:
            raise DataError(
                f"{entry}: a folder for the label {digit}, expected 0 to 9",
                "a network reads digits; move the folder away",
            )
        elif digit in found:
            raise DataError(
                f"{path}: {found[digit].name!r} and {entry.name!r} are both the digit {digit}",
                "put their pictures into one folder",
            )
        else:
            found[digit] = entry
    return dict(sorted(found.items()))


def _digit_of(name: str) -> int | None:
    """The number that a folder is named after: 7 and 07 are the digit 7."""
    return int(name) if name.isascii() and name.isdigit() and len(name) < 4 else None


def _folders(path: Path) -> list[Path]:
    return [entry for entry in path.iterdir() if entry.is_dir()]


def _take(folder: Path, rows: list[Label], collector: Collector) -> None:
    for row in rows:
        file = folder / row.file
        collector.picture(row.file, partial(decode_pixels, file), int(row.text), row.writer)
