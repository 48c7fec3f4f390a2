"""The reliability diagram: how often pictures of each confidence are read correctly."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..evaluation.metrics import wilson_interval
from .kit import plots

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Document = dict[str, Any]

# From Okabe and Ito's palette, which colour-blind readers can tell apart.
_BARS, _LINE = "#56B4E9", "#D55E00"


def draw(calibration: Document, title: str, path: Path) -> None:
    """Draw the `calibration` of a `digitcli.eval/1` document into a PNG or SVG file.

    A panel for the probabilities before the temperature and one after it, or a single one where
    the temperature is 1. Below each, how many pictures are in each bin.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    panels = _panels(calibration)
    figure = Figure(figsize=(1 + 4.6 * len(panels), 6.0), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    rows = figure.subplots(
        2, len(panels), sharex=True, sharey="row", squeeze=False, height_ratios=[3, 1.1]
    )
    for (above, below), (heading, found) in zip(rows.T, panels, strict=True):
        _accuracies(above, found["bins"])
        _counts(below, found["bins"])
        numbers = f"ECE {100 * found['ece']:.2f} %   Brier {found['brier']:.4f}"
        text = f"{heading}\n{numbers}   NLL {found['nll']:.4f}"
        above.set_title(text, loc="left", fontsize=10)
    rows[0, 0].set_ylabel("read correctly")
    rows[1, 0].set_ylabel("pictures")
    figure.legend(
        *rows[0, 0].get_legend_handles_labels(),
        loc="outside lower center",
        ncols=3,
        frameon=False,
        fontsize=9,
    )
    figure.suptitle(plots.plain(title), fontsize=11)
    plots.save(figure, path)


def _panels(calibration: Document) -> list[tuple[str, Document]]:
    """(heading, measures) of what is drawn."""
    values = calibration["temperatures"]
    if all(value == 1 for value in values):
        return [("temperature 1", calibration["after"])]
    shown = " and ".join(dict.fromkeys(f"{value:.3f}" for value in (min(values), max(values))))
    return [
        ("before: temperature 1", calibration["before"]),
        (f"after: temperature {shown}", calibration["after"]),
    ]


def _accuracies(axes: Axes, bins: Sequence[Document]) -> None:
    """A bar for each bin with pictures, its 95 % interval, and a dot at its mean confidence."""
    filled = [part for part in bins if part["n"]]
    intervals = [wilson_interval(part["correct"], part["n"]) for part in filled]
    heights = [part["accuracy"] for part in filled]
    misses = [
        [max(0.0, height - low) for height, (low, _) in zip(heights, intervals, strict=True)],
        [max(0.0, high - height) for height, (_, high) in zip(heights, intervals, strict=True)],
    ]
    axes.bar(
        [part["low"] for part in filled],
        heights,
        [part["high"] - part["low"] for part in filled],
        align="edge",
        color=_BARS,
        edgecolor="white",
        label="accuracy",
    )
    confidences = [part["confidence"] for part in filled]
    axes.errorbar(
        confidences,
        heights,
        misses,
        fmt="o",
        color="black",
        markersize=3.5,
        capsize=2,
        linewidth=1,
        label="95 % interval, at mean confidence",
        clip_on=False,
    )
    axes.plot([0, 1], [0, 1], color=_LINE, linestyle="--", label="perfect calibration")
    axes.set(xlim=(0, 1), ylim=(0, 1.03))
    _tidy(axes)


def _counts(axes: Axes, bins: Sequence[Document]) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    lows = [part["low"] for part in bins]
    widths = [part["high"] - part["low"] for part in bins]
    counts = [part["n"] for part in bins]
    axes.bar(lows, counts, widths, align="edge", color="#999999", edgecolor="white")
    axes.set(yscale="log", ylim=(0.7, 3 * max(counts)), xlabel="largest probability")
    axes.yaxis.set_major_locator(LogLocator(numticks=4))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    _tidy(axes)


def _tidy(axes: Axes) -> None:
    axes.grid(alpha=0.3)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
