"""A folder of labelled pictures: `labels.csv` says which digit each file shows, and who wrote it.

    file,label,writer
    a/one.png,1,ann

`file` is relative to the folder, `label` 0 to 9; `writer` may be missing. Without a list, pictures
may be in folders named after their digit: 7/one.png.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ...data import store
from ...data.catalog import CATALOG
from ...data.store import Split
from ...errors import DataError, UsageError
from ...files.opening import read_regular
from ..files.decode import decode_pixels
from ..normalize import normalize

LABELS = "labels.csv"
WHOLE = "all"  # a folder is not split in training and test pictures
MOST_PICTURES = 1_000_000
_MOST_BYTES = 64 * MOST_PICTURES  # of a list

_HINT = (
    f"{LABELS} begins with the line `file,label` or `file,label,writer`; without it pictures stand "
    "in folders named 0 to 9"
)


class Row(NamedTuple):
    """One listed picture; the writer is "" where the list names none."""

    file: str
    label: int
    writer: str


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
    no list, a wrong line, files that are missing, are no pictures, or show nothing.
    """
    path, rows = listed(path)
    images = np.stack([_picture(path / file, label) for file, label, _ in rows])
    labels = np.array([label for _, label, _ in rows], np.uint8)
    writers = np.array([writer for _, _, writer in rows])
    return Folder(path, images, labels, writers, tuple(file for file, _, _ in rows))


def listed(path: Path) -> tuple[Path, list[Row]]:
    """The folder of `path`, which is one or a list, and what it lists; raises as `read_folder`."""
    table = path if path.suffix.lower() == ".csv" and not path.is_dir() else path / LABELS
    folder = table.parent
    rows = [] if table.exists() else _by_digit(folder)
    rows = rows or list(_rows(table))
    missing = [row.file for row in rows if not (folder / row.file).is_file()]
    if missing:
        more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
        raise DataError(f"{folder / missing[0]}: no such file{more}", f"{LABELS} lists it")
    return folder, rows


def sha256(images: npt.NDArray[np.uint8], labels: npt.NDArray[np.uint8]) -> str:
    """The sha256 of the bytes of pictures and labels, in hexadecimal."""
    digest = hashlib.sha256()
    for array in (images, labels):
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _by_digit(path: Path) -> list[Row]:
    """Each picture in the folders 0 to 9."""
    return [
        Row(f"{digit}/{file.name}", digit, "")
        for digit in range(10)
        for file in sorted((path / str(digit)).glob("*"))
        if file.is_file() and not file.name.startswith(".")
    ]


def _rows(path: Path) -> Iterator[Row]:
    """Each line of a list."""
    try:
        text = read_regular(path, _MOST_BYTES).decode("utf-8-sig")
        lines = csv.DictReader(io.StringIO(text, newline=""))
        table = list(islice(lines, MOST_PICTURES + 1))
    except FileNotFoundError as error:
        raise DataError(f"{path}: not found", _HINT) from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise DataError(f"{path}: cannot be read ({reason})", _HINT) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: not a table of UTF-8 text", _HINT) from error
    if not table:
        raise DataError(f"{path}: lists no picture", _HINT)
    if len(table) > MOST_PICTURES:
        raise DataError(f"{path}: lists more than {MOST_PICTURES:,} pictures")
    if wanting := {"file", "label"} - set(table[0]):
        found = ", ".join(map(str, table[0]))
        raise DataError(f"{path}: no column {min(wanting)!r}, found {found}", _HINT)
    for number, row in enumerate(table, 2):
        label = (row["label"] or "").strip()
        if len(label) != 1 or label not in "0123456789":
            raise DataError(f"{path}: line {number}: label {label!r}, expected a digit 0 to 9")
        yield Row(row["file"] or "", int(label), (row.get("writer") or "").strip())


def _picture(path: Path, label: int) -> npt.NDArray[np.uint8]:
    found = normalize(decode_pixels(path))
    if found is None:
        raise DataError(f"{path}: blank, but labelled {label}", f"take its line out of {LABELS}")
    return found.picture
