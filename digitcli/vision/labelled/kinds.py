"""The table of sources: which kinds there are, and who reads them.

A new kind is one module with `matches(path)` and `read(path, collector)`, and one row here.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ...errors import DataError
from . import array_files, listed, parquet, pixel_table
from .collector import Collector
from .names import folder_part, no_picture
from .pictures import LabelledPictures
from .source import source_of

_DEEPEST = 3  # folders that hold nothing but one folder, as archives unpack
KINDS_IN_WORDS = (
    "a source is a folder with a labels.csv (file,label) or folders 0 to 9, IDX files, a CSV of "
    "pixels (label,pixel0,...), .npz, .npy, .mat or Parquet"
)


@dataclass(frozen=True)
class Kind:
    """One kind of source; `matches` looks at a path that exists."""

    name: str
    matches: Callable[[Path], bool]
    read: Callable[[Path, Collector], None]


def read_labelled(name: str | os.PathLike[str]) -> LabelledPictures:
    """Read a source of labelled pictures: `PATH`, with `+transpose` or `+invert` behind it.

    Raises DataError where it is none, or where it holds what is refused; MachineError where a
    package is missing that it needs.
    """
    source = source_of(name)
    collector = Collector(source)
    read_into(source.path, collector)
    return collector.finish()


def kind_of(path: Path) -> Kind | None:
    """The kind of a source; None where it is none."""
    table = FOLDERS if path.is_dir() else FILES
    return next((kind for kind in table if kind.matches(path)), None)


def read_into(path: Path, collector: Collector) -> None:
    """Give all pictures of a source to `collector`. Raises what `read_labelled` raises."""
    if not path.exists():
        raise DataError(f"{path}: no such file or folder")
    kind = kind_of(path)
    if kind is None:
        what = "nothing to learn from in it" if path.is_dir() else "no labelled pictures"
        raise DataError(f"{path}: {what}", KINDS_IN_WORDS)
    kind.read(path, collector)


def is_list_file(path: Path) -> bool:
    """Whether a file is a list of pictures, by its name and its columns."""
    return path.suffix.lower() == ".csv" and not pixel_table.is_table(path)


def _parts(path: Path) -> dict[Path, str]:
    """The folders train, test and the like of a folder, with their parts."""
    folders = sorted(entry for entry in path.iterdir() if entry.is_dir())
    return {folder: part for folder in folders if (part := folder_part(folder.name))}


def _has_parts(path: Path) -> bool:
    return any(kind_of(folder) for folder in _parts(path))


def _read_parts(path: Path, collector: Collector) -> None:
    """The folders train and test, each a source of any kind."""
    parts, outer = _parts(path), collector.part
    for entry in sorted(set(path.iterdir()) - set(parts)):
        collector.pass_over(entry.name, no_picture(entry) or "beside the folders")
    for folder, part in parts.items():
        collector.part, collector.within = part, f"{folder.name}/"
        read_into(folder, collector)
    collector.part, collector.within = outer, ""


def _only_folder(path: Path) -> Path | None:
    """The source inside a folder that holds it alone, as archives unpack; None without one."""
    for _ in range(_DEEPEST):
        entries = [entry for entry in path.iterdir() if no_picture(entry) in ("", "folders")]
        if len(entries) != 1 or not entries[0].is_dir():
            return None
        path = entries[0]
        if any(kind.matches(path) for kind in FOLDERS[:-1]):
            return path
    return None


def _read_inner(path: Path, collector: Collector) -> None:
    inner = _only_folder(path)
    assert inner is not None  # it matched
    read_into(inner, collector)


FOLDERS = (
    Kind("a labels.csv", listed.is_list, listed.read_list),
    Kind("folders 0 to 9", listed.is_by_digit, listed.read_by_digit),
    Kind("folders train and test", _has_parts, _read_parts),
    Kind("Parquet files", parquet.has_parquet, parquet.read_parquet_folder),
    Kind(
        "IDX, .npy, .npz and .mat files", array_files.has_array_files, array_files.read_array_folder
    ),
    Kind("CSV files of pixels", pixel_table.has_tables, pixel_table.read_tables),
    Kind("one folder alone", lambda path: _only_folder(path) is not None, _read_inner),
)
FILES = (
    Kind("a Parquet file", parquet.is_parquet, parquet.read_parquet),
    Kind("an IDX, .npy, .npz or .mat file", array_files.is_array_file, array_files.read_array_file),
    Kind("a CSV file of pixels", pixel_table.is_table, pixel_table.read_table),
    Kind("a list of pictures", is_list_file, listed.read_list),
)
