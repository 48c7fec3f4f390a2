"""Arrays in IDX files of any name, gzip-compressed or not."""

from __future__ import annotations

from pathlib import Path

from ...data.idx import read_idx
from .pairs import Entry


def idx_entry(path: Path) -> Entry:
    """The array of an IDX file, which is read at once. Raises what `read_idx` raises."""
    array = read_idx(path)
    return Entry(path.name, str(path), array.shape, lambda: array)
