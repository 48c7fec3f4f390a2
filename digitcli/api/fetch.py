"""Put a data set on this machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ..arguments import checked
from ..data.download import DownloadObserver
from ..errors import UsageError

if TYPE_CHECKING:
    from ..data.catalog import DataSet
    from ..data.download import Fetched


@checked
def fetch(
    name: str = "mnist",
    *,
    source: str | None = None,
    folder: str | os.PathLike[str] | None = None,
    verify: bool = False,
    offline: bool = False,
    force: bool = False,
    observer: DownloadObserver | None = None,
) -> Fetched:
    """Download a data set, or draw the synthetic one, and check every byte.

    Options mean what they mean to `digitcli fetch`: `source` is its `--from`, `folder` its `--dir`.
    `observer` is called while files are downloaded. Returns the folder of the data set and its
    files.

    Raises UsageError for an unknown name and options that contradict each other, NetworkError when
    a file cannot be downloaded or is wrong, MachineError when the folder cannot be written.
    """
    from ..data import catalog, download, store

    if verify and (force or source):
        raise UsageError("--verify only looks; it does not go with --force or --from")
    dataset = catalog.find(name)
    place = (store.data_dir() if folder is None else Path(folder)) / dataset.place
    if verify:
        return download.verify(dataset, place)
    return download.fetch(
        dataset, place, source=source, force=force, offline=offline, observer=observer
    )


def missing_set(name: str) -> DataSet | None:
    """The data set `name` where it could be fetched and is not on this machine; else None."""
    from ..data.catalog import CATALOG
    from ..data.store import is_missing

    dataset = next((known for known in CATALOG if known.name == name), None)
    return dataset if dataset is not None and is_missing(dataset) else None
