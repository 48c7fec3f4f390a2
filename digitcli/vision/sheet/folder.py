"""A folder of labelled pictures: `labels.csv` says which digit each file shows, and who wrote it.

    file,label,writer
    a/one.png,1,ann

`file` is relative to the folder, `label` 0 to 9; `writer` may be missing. Without a list, pictures
may be in folders named after their digit: 7/one.png.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ...data import store
from ...data.catalog import CATALOG
from ...data.store import Split
from ...errors import DataError, UsageError
from ..files.decode import decode_pixels
from ..normalize import normalize
from .labels import LABELS, Label, check_digits, check_files, list_of, read_labels

WHOLE = "all"  # a folder is not split in training and test pictures
_NOT_OURS = frozenset({"thumbs.db", "desktop.ini"})  # what Windows leaves in folders


class UnreadError(DataError):
    """A labelled picture that is blank or cannot be read."""


@dataclass(frozen=True, eq=False)
class Folder:
    """Normalised pictures, uint8 (n, 28, 28), and their labels, uint8 (n,).

    `writers` (n,) are "" where the list names none; `files` (n,) are the names in the list.
    """

    path: Path
    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.uint8]
    writers: npt.NDArray[np.str_]
    files: tuple[str, ...] = ()

    def of(self, writers: Collection[str]) -> npt.NDArray[np.bool_]:
        """Which pictures these writers wrote.

        Raises UsageError, with the ones there are, for a writer who wrote none.
        """
        there = sorted(set(self.writers.tolist()) - {""})
        if unknown := sorted(set(writers) - set(there)):
            raise UsageError(
                f"{self.path}: no writer {unknown[0]!r}",
                hint=f"its writers are {', '.join(there)}" if there else "it names no writers",
            )
        return np.isin(self.writers, list(writers))


def is_folder(name: str) -> bool:
    """Whether `name` can only mean a folder of labelled pictures."""
    return name != "" and Path(name).is_dir()


def load_data(name: str, split: str, writers: Collection[str] = ()) -> Split:
    """A split of a data set by name, or a whole folder of labelled pictures, as a Split.

    `writers` keeps those of a folder alone. Raises DataError and UsageError as `load_split` and
    `read_folder` do, UsageError for writers of a data set.
    """
    if name in [dataset.name for dataset in CATALOG] or not is_folder(name):
        if writers:
            raise UsageError(f"{name}: a data set names no writers", "--writers is for folders")
        return store.load_split(name, split)
    folder = read_folder(Path(name))
    images, labels = folder.images, folder.labels
    if writers:
        chosen = folder.of(writers)
        images, labels = images[chosen], labels[chosen]
    return Split(name, WHOLE, images, labels, sha256(images, labels))


def read_folder(path: Path) -> Folder:
    """Read every picture that `labels.csv` lists, cut out and scaled as `predict` does it.

    `path` is the folder, or a list of any other name. Raises DataError naming the line or the file:
    no list, a wrong line, files that are missing; UnreadError for one that shows nothing or is no
    picture.
    """
    listed, rows = labels_of(path)
    check_digits(listed, rows)
    check_files(listed, rows)
    path = listed.parent
    images = np.stack([_picture(path / row.file, row.text) for row in rows])
    labels = np.array([int(row.text) for row in rows], np.uint8)
    writers = np.array([row.writer for row in rows])
    return Folder(path, images, labels, writers, tuple(row.file for row in rows))


def labels_of(path: Path) -> tuple[Path, list[Label]]:
    """The list of a folder, or a list of any name, and its rows; else folders 0 to 9.

    Raises DataError as `read_labels` does; it checks neither labels nor files.
    """
    listed = list_of(path)
    rows = [] if listed.exists() else _by_digit(listed.parent)
    return listed, rows or read_labels(listed)


def sha256(images: npt.NDArray[np.uint8], labels: npt.NDArray[np.uint8]) -> str:
    """The sha256 of the bytes of pictures and labels, in hexadecimal."""
    digest = hashlib.sha256()
    for array in (images, labels):
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _by_digit(path: Path) -> list[Label]:
    """The pictures in the folders 0 to 9; they have no line in a list."""
    return [
        Label(0, f"{digit}/{file.name}", str(digit))
        for digit in range(10)
        for file in sorted((path / str(digit)).glob("*"))
        if file.is_file() and not _is_hidden(file.name)
    ]


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name.lower() in _NOT_OURS


def _picture(path: Path, label: str) -> npt.NDArray[np.uint8]:
    try:
        found = normalize(decode_pixels(path))
    except DataError as error:
        raise UnreadError(str(error), error.hint) from error
    if found is None:
        raise UnreadError(f"{path}: blank, but labelled {label}", f"take its line out of {LABELS}")
    return found.picture
