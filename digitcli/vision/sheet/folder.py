"""A folder of pictures whose labels may be numbers: `labels.csv` says what each file shows.

    file,label,writer
    a/one.png,1,ann

`file` is relative to the folder; `writer` may be missing. Without a list, pictures may be in
folders named after their digit: 7/one.png.
"""

from __future__ import annotations

from pathlib import Path

from ..labelled.kinds import is_list_file
from ..labelled.listed import is_by_digit, is_list, rows_by_digit
from .labels import Label, list_of, read_labels


def lists_pictures(path: Path) -> bool:
    """Whether a path is a list of pictures, or a folder with one or with folders 0 to 9."""
    return (is_list(path) or is_by_digit(path)) if path.is_dir() else is_list_file(path)


def labels_of(path: Path) -> tuple[Path, list[Label]]:
    """The list of a folder, or a list of any name, and its rows; else folders 0 to 9.

    Raises DataError as `read_labels` and `rows_by_digit` do; it checks neither labels nor files.
    """
    listed = list_of(path)
    beside = listed.parent
    rows = [] if listed.exists() or not beside.is_dir() else rows_by_digit(beside, _unheard)
    return listed, rows or read_labels(listed)


def _unheard(file: str, reason: str) -> None:
    """Nobody asks what was passed over."""
