"""The most confident mistakes on one sheet."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ...data.store import Split
from ...evaluation.evaluate import Evaluation
from ...signs import DIGITS
from ..kit.plots import Plot, finish, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHOWN = 24
_COLUMNS = 6
_TILE = 10 / _COLUMNS, 2.3  # inches


def draw_mistakes(result: Evaluation, split: Split) -> Plot:
    """Draw up to 24 mistakes, the most confident first, into a PNG; a sentence without any.

    `result` is the evaluation of `split`. Ink is dark on white, as on paper.
    """
    mistakes = result.metrics.mistakes[:SHOWN]
    if not len(mistakes):
        return nothing(f"All {result.metrics.n:,} pictures were read correctly.")
    rows = math.ceil(len(mistakes) / _COLUMNS)
    figure = new_figure(10, rows * _TILE[1])
    grid = figure.subplots(rows, _COLUMNS, squeeze=False).ravel()
    for axes in grid[len(mistakes) :]:
        axes.set_visible(False)
    for axes, index in zip(grid, mistakes, strict=False):
        label, answer = int(split.labels[index]), result.probabilities[index]
        _tile(axes, split.images[index], label, answer, int(index), result.classes)
    return finish(figure)


def _tile(
    axes: Axes,
    image: npt.NDArray[np.uint8],
    label: int,
    answer: npt.NDArray[np.float32],
    index: int,
    classes: tuple[str, ...],
) -> None:
    """Draw a picture uint8 (28, 28) with label and guess above it, their probabilities below."""
    guess = int(answer.argmax())
    axes.imshow(255 - image, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    digits = classes == DIGITS
    said = (
        f"label {label}, read as {guess}"
        if digits
        else f"{classes[label]},\nread as {classes[guess]}"
    )
    axes.set_title(said, fontsize=10 if digits else 9, fontweight="bold")
    gap = "   " if digits else "\n"
    axes.set_xlabel(
        f"{classes[guess]}: {100 * answer[guess]:.1f} %{gap}{classes[label]}: "
        f"{100 * answer[label]:.1f} %\n"
        f"picture {index:,}",
        fontsize=9,
        color="#333333",
    )
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_color("#BBBBBB")


def nothing(sentence: str) -> Plot:
    """Draw a sentence where there is nothing else to draw."""
    figure = new_figure(10, 1)
    figure.text(0.5, 0.5, sentence, ha="center", va="center", fontsize=13, color="#333333")
    return finish(figure)
