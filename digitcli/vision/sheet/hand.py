"""A user's own labelled digits from any source, and from photographs of a sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...errors import DataError
from ..labelled.kinds import kind_of, read_labelled
from ..labelled.pictures import Account, LabelledPictures
from ..labelled.source import source_of
from .photograph import Written, read_sheet


@dataclass(frozen=True, eq=False)
class Hand:
    """All pictures together, and what was written on each photographed sheet."""

    pictures: LabelledPictures
    sheets: dict[Path, list[Written]]


def read_hand(sources: Sequence[Path]) -> Hand:
    """Read sources of labelled pictures and photographs of a filled-in sheet.

    The writer of a sheet has the name of its photograph. Raises DataError as `read_labelled`
    and `read_sheet` do.
    """
    sheets = {path: read_sheet(path) for path in sources if is_photograph(path)}
    parts = [
        _of_sheet(path, sheets[path]) if path in sheets else read_labelled(path) for path in sources
    ]
    return Hand(_joined(parts), sheets)


def writer_of(photograph: Path) -> str:
    """The name of the writer of a sheet."""
    return photograph.stem


def is_photograph(path: Path) -> bool:
    """Whether a file is no source of labelled pictures. DataError where there is none."""
    path = source_of(path).path
    if not path.exists():
        raise DataError(f"{path}: no such file or folder")
    return path.is_file() and kind_of(path) is None


def _of_sheet(path: Path, written: Sequence[Written]) -> LabelledPictures:
    """The cells of a sheet as labelled pictures."""
    return LabelledPictures(
        path,
        np.stack([one.digit for one in written]),
        np.array([one.cell.digit for one in written], np.uint8),
        np.full(len(written), writer_of(path)),
        tuple(f"{path.name}, row {one.cell.digit}, cell {one.cell.column + 1}" for one in written),
    )


def _joined(parts: Sequence[LabelledPictures]) -> LabelledPictures:
    """Join several sources; the result has the path of the first."""
    if len(parts) == 1:
        return parts[0]
    accounts = [part.account for part in parts]
    return LabelledPictures(
        parts[0].path,
        np.concatenate([part.images for part in parts]),
        np.concatenate([part.labels for part in parts]),
        np.concatenate([part.writers for part in parts]),
        tuple(file for part in parts for file in part.files),
        account=Account(
            tuple(one for account in accounts for one in account.left_out),
            tuple(one for account in accounts for one in account.passed_over),
            tuple(one for account in accounts for one in account.remarks),
        ),
    )
