"""Matplotlib figures that become PNG files, without the state that pyplot keeps."""

from __future__ import annotations

import io
from dataclasses import dataclass

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

PAGE_DPI = 100  # CSS pixels for an inch of a figure: 10 points of text are 14 pixels
FILE_DPI = 160  # pixels in the file: sharp on a dense screen, and readable at 100 %

_MARGIN = 0.1  # inches around every panel


@dataclass(frozen=True)
class Drawing:
    """A PNG file, and how wide it is on a page, in CSS pixels."""

    png: bytes
    width: int


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of so many inches, with the layout that keeps texts apart."""
    layout = ConstrainedLayoutEngine(w_pad=_MARGIN, h_pad=_MARGIN)
    figure = Figure(figsize=(width, height), dpi=FILE_DPI, layout=layout)
    FigureCanvasAgg(figure)
    return figure


def finish(figure: Figure) -> Drawing:
    """The figure as a file, the same bytes for the same figure."""
    file = io.BytesIO()
    figure.savefig(file, format="png", metadata={"Software": None})
    return Drawing(file.getvalue(), round(figure.get_figwidth() * PAGE_DPI))
