"""Weights by name or path: those that ship inside the package, and files of the user's."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from ..errors import ModelError
from . import zoo

if TYPE_CHECKING:
    from pathlib import Path

ZOO = zoo.__path__[0]  # what ships inside the package
SPECIAL = "expected a weight file, found a pipe or a device"


def bundled_names() -> list[str]:
    """The names of the weights that ship inside the package, sorted."""
    return sorted(name[:-4] for name in os.listdir(ZOO) if name.endswith(".npz"))  # noqa: PTH208


def find_weights(name_or_path: str) -> Path:
    """Path of bundled weights ("small") or of a weight file.

    A run folder stands for the `weights.npz` inside it. Raises ModelError when there is nothing.
    """
    from pathlib import Path

    from .foreign import foreign_error

    if name_or_path in bundled_names():
        return Path(bundled_path(name_or_path))
    path = Path(name_or_path)
    try:
        if found := _file_at(path):
            return found
        if (foreign := foreign_error(path)) is not None:
            raise foreign
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:  # no file has such a name
            raise
    import difflib

    names = ", ".join(bundled_names()) or "none"
    near = difflib.get_close_matches(name_or_path, bundled_names(), n=1)
    guess = f"did you mean {near[0]}? " if near else ""
    raise ModelError(
        f"{name_or_path}: no such weight file, and no bundled weights of that name",
        hint=f"{guess}bundled: {names}; others come from `digitcli train`",
    )


def bundled_path(name: str) -> str:
    """Where bundled weights of this name lie."""
    return f"{ZOO}{os.sep}{name}.npz"


def _file_at(path: Path) -> Path | None:
    """The weight file at `path`, or in the run folder there."""
    if path.is_dir():
        path /= "weights.npz"
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise ModelError(f"{path}: {SPECIAL}")
    return path if path.is_file() else None
