"""What all pictures of numbers have in common: the check before the work, and the file."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import MachineError, UsageError
from ...files import atomic_write
from .marked import MATPLOTLIB_PNG, MATPLOTLIB_SVG
from .text import visible

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = ("png", "svg")


def check(path: Path, option: str) -> None:
    """Refuse early what cannot be drawn; `option` names it in errors.

    Raises UsageError for a suffix that is no format, MachineError without Matplotlib.
    """
    if _kind(path) not in FORMATS:
        raise UsageError(f"{option}: expected a name that ends in .png or .svg, got {str(path)!r}")
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise MachineError(
            f"{option} needs Matplotlib, which is not installed", 'pip install "digitcli[bench]"'
        ) from error


def save(figure: Figure, path: Path) -> None:
    """Write `figure` as its suffix says: texts as text, the same file for the same numbers."""
    import matplotlib as mpl

    kind = _kind(path)
    metadata = MATPLOTLIB_SVG if kind == "svg" else MATPLOTLIB_PNG
    with (
        mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "digitcli"}),
        warnings.catch_warnings(),
        atomic_write(path) as file,
    ):
        warnings.filterwarnings("ignore", "Glyph .* missing", UserWarning)  # boxes are drawn then
        figure.savefig(file, format=kind, metadata=metadata)


def plain(text: str) -> str:
    """A name from outside must not start Matplotlib's own mathematics."""
    return visible(text).replace("$", r"\$")


def _kind(path: Path) -> str:
    return path.suffix.lower().lstrip(".")
