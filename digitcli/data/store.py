"""The data folder of this machine, and loading data sets from it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from ..errors import DataError, UsageError
from .catalog import SPLITS, DataFile, DataSet, Role, SplitName, find

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class Split:
    """The training or the test half of a data set.

    `images` uint8 (n, 28, 28), `labels` uint8 (n,). `sha256` is that of the unpacked IDX file of
    the images as the catalogue knows it, so it is the same for a packed and an unpacked copy.
    """

    name: str
    split: str
    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.uint8]
    sha256: str


def data_dir() -> Path:
    """The folder of all data sets: $DIGITCLI_DATA, or the platform's place for user data."""
    if configured := os.environ.get("DIGITCLI_DATA"):
        return Path(configured)
    return platformdirs.user_data_path("digitcli", appauthor=False)


def load_split(name: str, split: str, folder: Path | None = None) -> Split:
    """Load one split of the data set `name` from `folder`, by default its place in the data folder.

    A set that digitcli draws itself is drawn when it is absent. Sizes are compared with the
    catalogue; hashes are compared by `digitcli fetch --verify` only.

    Raises DataError if files are missing, cut or do not belong together; UsageError if there is no
    such data set.
    """
    from .idx import read_pair

    dataset = find(name)
    if split not in SPLITS:
        raise UsageError(f"unknown split {split!r} (choose from: {', '.join(SPLITS)})")
    folder = folder or data_dir() / name
    if dataset.drawn:
        _draw_if_absent(dataset, folder)
    images_file, labels_file = (dataset.file(role) for role in _roles(split))
    images, labels = read_pair(
        _locate(images_file, dataset, folder), _locate(labels_file, dataset, folder)
    )
    return Split(name, split, images, labels, images_file.forms[-1].sha256)


def _roles(split: SplitName) -> tuple[Role, Role]:
    return ("train-images", "train-labels") if split == "train" else ("test-images", "test-labels")


def _draw_if_absent(dataset: DataSet, folder: Path) -> None:
    if any(not (folder / file.forms[0].name).exists() for file in dataset.files):
        from .download import fetch

        fetch(dataset, folder)


def _locate(file: DataFile, dataset: DataSet, folder: Path) -> Path:
    """The path of `file` in one of its forms; DataError says what is there instead."""
    found = [(form, folder / form.name) for form in file.forms if (folder / form.name).is_file()]
    for form, path in found:
        if path.stat().st_size == form.size:
            return path
    for form, path in found:
        size = path.stat().st_size
        raise DataError(
            f"{path}: {size:,} bytes, expected {form.size:,} for {dataset.name}", _remedy(dataset)
        )
    raise DataError(f"{folder / file.forms[0].name}: not found", _remedy(dataset))


def _remedy(dataset: DataSet) -> str:
    return f"run `digitcli fetch {dataset.name}`"
