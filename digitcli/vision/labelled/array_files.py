"""Files of arrays: IDX, .npy, .npz and .mat, alone or several in a folder."""

from __future__ import annotations

from pathlib import Path

from ...errors import DataError
from .collector import Collector
from .heads import Form, files_of, form_of
from .idx_files import idx_entry
from .mat_files import mat_entries
from .names import no_picture, part_of
from .numpy_files import npy_entry, npz_entries
from .pairs import Entry, key_of, read_pairs

_FORMS: tuple[Form, ...] = ("idx", "npy", "npz", "mat")
_SEVERAL: tuple[Form, ...] = ("npz", "mat")  # these may hold several arrays


def is_array_file(path: Path) -> bool:
    """Whether a file is of one of these forms."""
    return form_of(path) in _FORMS


def has_array_files(path: Path) -> bool:
    """Whether a folder has such files."""
    return bool(files_of(path, *_FORMS))


def read_array_folder(path: Path, collector: Collector) -> None:
    """All pairs of a folder's files. Raises DataError as `read_pairs` and the readers do."""
    files = files_of(path, *_FORMS)
    for entry in sorted(set(path.iterdir()) - set(files)):
        collector.pass_over(entry.name, no_picture(entry) or "other files")
    read_pairs(
        str(path), [entry for file in files for entry in _entries(file, collector)], collector
    )


def read_array_file(path: Path, collector: Collector) -> None:
    """The pairs in an .npz or .mat file, or a file with the one beside it that belongs to it.

    Raises DataError as `read_pairs` and the readers do.
    """
    entries = _entries(path, collector)
    if form_of(path) not in _SEVERAL or len(entries) == 1:
        entries += _partners(path, entries[0], collector)
    read_pairs(str(path), entries, collector)


def _entries(path: Path, collector: Collector) -> list[Entry]:
    form = form_of(path)
    if form == "mat":
        return mat_entries(path, collector)
    if form == "npz":
        return npz_entries(path)
    return [npy_entry(path) if form == "npy" else idx_entry(path)]


def _partners(path: Path, entry: Entry, collector: Collector) -> list[Entry]:
    """The file beside `path` whose name has the same words, but those that say its role."""
    part, found = part_of(entry.name), []
    for other in files_of(path.parent, form_of(path)):
        if other != path and part_of(other.name) == part and key_of(other.name) == entry.key:
            found += _entries(other, collector)
    if not found:
        raise DataError(
            f"{path}: {entry.shape} alone, and no file beside it that belongs to it",
            "pictures and labels have names such as x_train and y_train, or images and labels",
        )
    return found
