"""Arrays in files of MATLAB and Octave, versions 5 to 7 (`save -v7`).

Numbers alone are taken: objects, function handles, cells, text and sparse matrices are passed over.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ...errors import DataError
from ...files.opening import open_regular
from .arrays import Array
from .collector import Collector
from .mat_format import HEAD, MAGIC, MatError, Variable, variables
from .mat_layout import arranged
from .pairs import Entry

_HINT = "save it again with save('-v7', 'FILE.mat', 'images', 'labels')"


def mat_entries(path: Path, collector: Collector) -> list[Entry]:
    """The arrays of numbers in a file; those inside structs are called `dataset.train.images`.

    `collector` is told what was passed over and which known form was turned upright. Raises
    DataError for another version, a file that is cut or damaged, or one without arrays.
    """
    entries = []
    for name, array in _read(path):
        if array is None:
            collector.pass_over(f"{path.name}: {name}", "other variables")
        else:
            entries.append(_entry(path, name, array))
    if not entries:
        raise DataError(f"{path}: no arrays of numbers in it", _HINT)
    entries, remarks = arranged(entries)
    for remark in remarks:
        collector.remark(remark)
    return [replace(one, name=path.stem) for one in entries] if len(entries) == 1 else entries


def _read(path: Path) -> list[Variable]:
    try:
        with open_regular(path) as file:
            head = file.read(HEAD)
            if head.startswith((b"MATLAB 7.3", b"\x89HDF")):
                raise DataError(f"{path}: a MAT file of version 7.3 (HDF5), expected 5 to 7", _HINT)
            if not head.startswith(MAGIC) or head[126:] not in (b"IM", b"MI"):
                raise DataError(f"{path}: not a MAT file of version 5 to 7", _HINT)
            return list(variables(file))
    except MatError as error:
        raise DataError(f"{path}: {error}", f"copy it again, or {_HINT}") from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise DataError(f"{path}: cannot be read ({reason})") from error


def _entry(path: Path, name: str, array: Array) -> Entry:
    return Entry(name, f"{path}: {name}", array.shape, lambda: array)
