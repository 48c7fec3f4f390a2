"""The confusion matrix as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ...evaluation.metrics import Metrics
from ...signs import DIGITS
from ..kit.format import percent
from ..kit.plots import Plot, finish, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HIT = (0.88, 0.95, 0.90)  # colour of every count of right answers
_SHORT = 3  # characters of a name that fit above a column
STRONGEST = (0.72, 0.07, 0.05)  # colour of the most frequent mistake


def draw_confusion(metrics: Metrics, classes: tuple[str, ...] = DIGITS) -> Plot:
    """Draw the counts, with recall and precision at the sides, into a PNG."""
    extent = max(1.0, len(classes) / 13)
    figure = new_figure(8 * extent, 6.7 * extent)
    axes = figure.subplots()
    matrix = metrics.confusion
    size = len(matrix)
    axes.imshow(_colours(matrix), extent=(-0.5, size - 0.5, size - 0.5, -0.5))
    strength = _strength(matrix)
    for truth, read in np.ndindex(matrix.shape):
        _write(axes, int(matrix[truth, read]), read, truth, float(strength[truth, read]))
    _margins(axes, metrics)
    _frame(axes, classes)
    return finish(figure)


def _margins(axes: Axes, metrics: Metrics) -> None:
    """Write recall at the right of each row, precision below each column."""
    right, below = len(metrics.confusion) - 0.35, len(metrics.confusion) - 0.1
    grey: dict[str, Any] = {"color": "#555555", "fontsize": 9, "va": "center"}
    for score in metrics.per_class:
        axes.text(right, score.digit, percent(score.recall), ha="left", **grey)
        axes.text(
            score.digit, below, percent(score.precision).removesuffix(" %"), ha="center", **grey
        )
    axes.text(right, -0.75, "recall", ha="left", **grey)
    axes.text(right, below, "precision, %", ha="left", **grey)


def _frame(axes: Axes, classes: tuple[str, ...]) -> None:
    """Add names of classes and titles at the sides, and thin lines between the cells."""
    size = len(classes)
    axes.set(xticks=range(size), yticks=range(size))
    axes.set_xticklabels(classes)
    axes.set_yticklabels(classes)
    if max(map(len, classes)) > _SHORT:
        axes.tick_params(axis="x", labelrotation=90)
    axes.set_xlabel("read as", labelpad=8)
    axes.set_ylabel("the digit that it is" if classes == DIGITS else "what it is", labelpad=8)
    axes.set_xlim(-0.5, size + 0.9)
    axes.set_ylim(size + 0.35, -0.5)
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    axes.tick_params(length=0, labelsize=11)
    axes.spines[:].set_visible(False)
    for edge in np.arange(size + 1) - 0.5:
        axes.plot((edge, edge), (-0.5, size - 0.5), color="#cccccc", linewidth=0.6)
        axes.plot((-0.5, size - 0.5), (edge, edge), color="#cccccc", linewidth=0.6)


def _strength(matrix: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """How strongly each cell is shaded: 1 for the most frequent mistake, 0 for right answers.

    The square root makes single mistakes visible.
    """
    mistakes = (matrix - np.diag(matrix.diagonal())).astype(np.float64)
    strength: npt.NDArray[np.float64] = np.sqrt(mistakes / max(1.0, mistakes.max()))
    return strength


def _colours(matrix: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """float64 (classes, classes, 3): red, green and blue of every cell."""
    strength = _strength(matrix)[..., None]
    colours: npt.NDArray[np.float64] = 1 - strength * (1 - np.array(STRONGEST))
    colours[np.arange(len(matrix)), np.arange(len(matrix))] = HIT
    return colours


def _write(axes: Axes, count: int, read: int, truth: int, strength: float) -> None:
    hit = read == truth
    colour = "#0B5D2E" if hit else "white" if strength > 0.6 else "#3A0000"
    if not count and not hit:
        colour = "#BBBBBB"
    axes.text(
        read,
        truth,
        f"{count:,}" if count or hit else "·",
        ha="center",
        va="center",
        color=colour,
        fontsize=10 if count < 10_000 else 8,
    )
