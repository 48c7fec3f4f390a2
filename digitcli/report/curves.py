"""A run's learning curves as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..files import atomic_write
from ..training.history import EpochRow

# One colour for each thing measured, the same in both panels (Okabe and Ito, safe for colour-blind
# readers).
_CURVES = {
    "training": ("loss", "accuracy", "#0072B2"),
    "validation": ("validation_loss", "validation_accuracy", "#D55E00"),
    "test": ("test_loss", "test_accuracy", "#009E73"),
}


def draw_curves(history: Sequence[EpochRow], path: Path) -> None:
    """Draw loss and accuracy over epochs into a PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    figure = Figure(figsize=(9, 3.6), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    for label, (loss, accuracy, colour) in _CURVES.items():
        for axes, field in ((left, loss), (right, accuracy)):
            points = [(row.epoch, getattr(row, field)) for row in history]
            points = [point for point in points if point[1] is not None]
            if points:
                axes.plot(*zip(*points, strict=True), "o-", color=colour, label=label, markersize=3)
    left.set(title="Loss", xlabel="epoch", ylabel="cross-entropy", yscale="log")
    right.set(title="Accuracy", xlabel="epoch")
    right.yaxis.set_major_formatter(PercentFormatter(1.0))
    for axes in (left, right):
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.3)
        axes.legend()
    with atomic_write(path) as file:
        figure.savefig(file, format="png")
