"""Matplotlib plots: PNG files in memory for a page, PNG or SVG files on the disk."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import MachineError, UsageError
from ...files import atomic_write
from .marked import MATPLOTLIB_PNG, MATPLOTLIB_SVG
from .text import visible

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = ("png", "svg")
PAGE_DPI = 100  # CSS pixels for an inch of a figure: 10 points of text are 14 pixels
FILE_DPI = 160  # pixels in the file: sharp on a dense screen, and readable at 100 %

_MARGIN = 0.1  # inches around every panel


@dataclass(frozen=True)
class Plot:
    """A PNG file, and how wide it is on a page, in CSS pixels."""

    png: bytes
    width: int


def check(path: Path, option: str) -> None:
    """Refuse early what cannot be drawn; `option` names it in errors.

    Raises UsageError for a suffix that is no format, MachineError without Matplotlib.
    """
    if _kind(path) not in FORMATS:
        raise UsageError(f"{option}: expected a name that ends in .png or .svg, got {str(path)!r}")
    _keep_quiet()
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise MachineError(
            f"{option} needs Matplotlib, which is not installed", 'pip install "digitcli[plot]"'
        ) from error


def _keep_quiet() -> None:
    """Matplotlib logs where it keeps its fonts, which Python prints where nobody listens."""
    import logging

    logger = logging.getLogger("matplotlib")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of so many inches, with the layout that keeps texts apart."""
    _keep_quiet()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    layout = ConstrainedLayoutEngine(w_pad=_MARGIN, h_pad=_MARGIN)
    figure = Figure(figsize=(width, height), dpi=FILE_DPI, layout=layout)
    FigureCanvasAgg(figure)  # not pyplot, which would keep the figure
    return figure


def finish(figure: Figure) -> Plot:
    """The figure as a file, the same bytes for the same figure."""
    file = io.BytesIO()
    figure.savefig(file, format="png", metadata={"Software": None})
    return Plot(file.getvalue(), round(figure.get_figwidth() * PAGE_DPI))


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
    """`text` so that Matplotlib does not read mathematics in it."""
    return visible(text).replace("$", r"\$")


def _kind(path: Path) -> str:
    return path.suffix.lower().lstrip(".")
