"""The data folder of this machine, and loading data sets from it."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs

from .. import log
from ..errors import DataError, MachineError, UsageError
from ..signs import DIGITS
from .catalog import SPLITS, DataFile, DataSet, find

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class Split:
    """The training or the test half of a data set.

    `images` uint8 (n, 28, 28), `labels` uint8 (n,), which stand for the names in `classes`.
    `sha256` is that of the unpacked IDX file of the images as the catalogue knows it, so it is the
    same for a packed and an unpacked copy; where the catalogue knows no unpacked file, that of the
    pixels. `writers` (n,), numbers or names, say who wrote each picture ("": unknown); None where
    nobody is known.
    """

    name: str
    split: str
    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.uint8]
    sha256: str
    classes: tuple[str, ...] = DIGITS
    writers: npt.NDArray[Any] | None = None


def data_dir() -> Path:
    """The folder of all data sets: $DIGITCLI_DATA, or the platform's place for user data.

    For a user without a home it is one in which nothing is and nothing can be made.
    """
    if configured := os.environ.get("DIGITCLI_DATA"):
        return Path(configured)
    try:
        return platformdirs.user_data_path("digitcli", appauthor=False)
    except RuntimeError:  # no home, as in a container without a user of that number
        return Path(os.devnull, "digitcli")


def load_split(name: str, split: str, folder: Path | None = None) -> Split:
    """Load one split of the data set `name` from `folder`, by default its place in the data folder.

    A set that digitcli draws itself is drawn when it is absent: into the folder or, where that
    cannot be written, into memory. Sizes are compared with the catalogue; hashes are compared by
    `digitcli fetch --verify` only.

    Raises DataError if files are missing, cut or do not belong together; UsageError if there is no
    such data set.
    """
    from .sets.read import read

    dataset = find(name)
    part = next((known for known in SPLITS if known == split), None)
    if part is None:
        raise UsageError(f"unknown split {split!r} (choose from: {', '.join(SPLITS)})")
    folder = folder or data_dir() / dataset.place
    if dataset.drawn and not _is_drawn(dataset, folder):
        from .drawn.synthetic import draw_split

        (images, labels), writers = draw_split(part), None
    else:
        images, labels, writers = read(dataset, part, lambda file: _locate(file, dataset, folder))
    sha256 = (
        _known_sha256(dataset, f"{part}-images") or hashlib.sha256(images.tobytes()).hexdigest()
    )
    log.info(__name__, "%s %s: %d pictures from %s", name, part, len(images), folder)
    return Split(name, part, images, labels, sha256, dataset.classes, writers)


def is_missing(dataset: DataSet) -> bool:
    """Whether a file of a set that has to be fetched is not in its place, or has another size."""
    try:
        for file in dataset.files:
            _locate(file, dataset, data_dir() / dataset.place)
    except DataError:
        return not dataset.drawn
    return False


def _known_sha256(dataset: DataSet, role: str) -> str:
    """The sha256 of the unpacked pictures, "" where the catalogue has none."""
    forms = [file.forms for file in dataset.files if file.role == role]
    return forms[0][-1].sha256 if forms and not forms[0][-1].name.endswith(".gz") else ""


def _is_drawn(dataset: DataSet, folder: Path) -> bool:
    """Whether a drawn set is in `folder`, where it is drawn now if need be and possible."""
    if any(not (folder / file.forms[0].name).exists() for file in dataset.files):
        from .download import fetch

        try:
            fetch(dataset, folder)
        except MachineError as error:
            log.info(__name__, "%s is drawn in memory: %s", dataset.name, error)
            return False
    return True


def _locate(file: DataFile, dataset: DataSet, folder: Path) -> Path:
    """The path of `file` in one of its forms; DataError says what is there instead."""
    found = [(form, folder / form.name) for form in file.forms if (folder / form.name).is_file()]
    for form, path in found:
        if form.size in (None, path.stat().st_size):
            return path
    for form, path in found:
        size = path.stat().st_size
        raise DataError(
            f"{path}: {size:,} bytes, expected {form.size or 0:,} for {dataset.name}",
            _remedy(dataset),
        )
    raise DataError(f"{folder / file.forms[0].name}: not found", _remedy(dataset))


def _remedy(dataset: DataSet) -> str:
    return f"run `digitcli fetch {dataset.name}`"
