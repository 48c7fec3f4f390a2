"""A run's results on numbers as pictures: error by length, edits, the worst lines."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ...evaluation.alignment import StringAnswer
from ...evaluation.strings import NOTHING, StringMetrics
from ..kit.format import percent
from ..kit.plots import Plot, finish, new_figure, plain
from .confusion import HIT, STRONGEST
from .mistakes import nothing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHOWN = 24  # lines
_COLUMNS = 4
_WIDE = 10  # inches of every figure
_TILE = 1.45  # inches of height
_EXACT, _DIGITS = "#0072B2", "#D55E00"  # of Okabe and Ito's palette, as in `curves`
_SOFT = "#555555"
_LONGEST = 22  # signs of a text below a picture


def draw_lengths(metrics: StringMetrics) -> Plot:
    """Draw the share of wrong numbers and wrong digits over the length of the label, into a PNG.

    Bars have their 95 % intervals; the number of lines stands below each length.
    """
    figure = new_figure(_WIDE, 3.6)
    numbers, digits = figure.subplots(1, 2)
    scores = [score for score in metrics.by_length if score.digits]
    names = [f"{score.name}\n{score.exact.n:,}" for score in scores]
    wrong = [(1 - (score.exact.value or 0.0), score.exact.interval) for score in scores]
    edits = [(1 - (score.score.accuracy or 0.0), score.score.interval) for score in scores]
    _bars(numbers, names, wrong, _EXACT, "Numbers that are not exact, %")
    _bars(digits, names, edits, _DIGITS, "Edits per 100 digits")
    for axes in (numbers, digits):
        axes.set_xlabel("digits of the label, and how many lines have so many")
    return finish(figure)


def _bars(
    axes: Axes,
    names: Sequence[str],
    errors: Sequence[tuple[float, tuple[float, float] | None]],
    colour: str,
    title: str,
) -> None:
    """A bar for each share of errors, with the interval of the accuracy turned around."""
    heights = [100 * share for share, _ in errors]
    ends = [
        (share, share) if pair is None else (1 - pair[1], 1 - pair[0]) for share, pair in errors
    ]
    highs = [100 * high for _, high in ends]
    places = range(len(names))
    axes.bar(places, heights, width=0.62, color=colour, alpha=0.85)
    for place, (low, high) in enumerate(ends):
        if high > low:
            whisker = [(place, place), (100 * low, 100 * high)]
            axes.plot(*whisker, color="#333333", linewidth=1, marker="_", markersize=7)
    top = max([*highs, 0.1])
    for place, (height, high) in enumerate(zip(heights, highs, strict=True)):
        text = f"{height:.1f}" if height >= 0.05 or not height else f"{height:.2g}"
        axes.text(place, high + 0.02 * top, text, ha="center", va="bottom", fontsize=9)
    axes.set(title=title, ylim=(0, 1.15 * top), xlim=(-0.6, len(names) - 0.4))
    axes.set_xticks(list(places), names)
    axes.tick_params(axis="x", length=0)
    axes.grid(axis="y", alpha=0.3)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def draw_string_confusion(metrics: StringMetrics) -> Plot:
    """Draw how often each digit was read as which, was missed, or was read where none stands.

    Into a PNG: rows are the digits that they are, then insertions; columns what was read, then
    what was missed.
    """
    figure = new_figure(8, 7)
    axes = figure.subplots()
    strength = _strength(metrics.confusion)
    axes.imshow(_colours(strength), extent=(-0.5, NOTHING + 0.5, NOTHING + 0.5, -0.5))
    for truth, read in np.ndindex(metrics.confusion.shape):
        if (truth, read) != (NOTHING, NOTHING):
            _write(
                axes, int(metrics.confusion[truth, read]), read, truth, float(strength[truth, read])
            )
    _recall(axes, metrics)
    _frame(axes)
    return finish(figure)


def _strength(matrix: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """How strongly each cell is shaded: 1 for the most frequent edit, 0 for hits."""
    edits = (matrix - np.diag(matrix.diagonal())).astype(np.float64)
    strength: npt.NDArray[np.float64] = np.sqrt(edits / max(1.0, edits.max()))
    return strength


def _colours(strength: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """float64 (11, 11, 3): red, green and blue of every cell; the last corner is empty."""
    colours: npt.NDArray[np.float64] = 1 - strength[..., None] * (1 - np.array(STRONGEST))
    hits = np.arange(NOTHING)
    colours[hits, hits] = HIT
    return colours


def _write(axes: Axes, count: int, read: int, truth: int, strength: float) -> None:
    hit = read == truth
    colour = "#0B5D2E" if hit else "white" if strength > 0.6 else "#3A0000"
    style: dict[str, Any] = {"ha": "center", "va": "center"}
    style["fontsize"] = 10 if count < 10_000 else 8
    style["color"] = "#BBBBBB" if not count and not hit else colour
    axes.text(read, truth, f"{count:,}" if count or hit else "·", **style)


def _recall(axes: Axes, metrics: StringMetrics) -> None:
    """Write at the right of each row the share of the digit that was read as itself."""
    grey: dict[str, Any] = {"color": _SOFT, "fontsize": 9, "va": "center", "ha": "left"}
    right = NOTHING + 0.65
    for digit in range(NOTHING):
        total = int(metrics.confusion[digit].sum())
        share = metrics.confusion[digit, digit] / total if total else None
        axes.text(right, digit, percent(share), **grey)
    axes.text(right, -0.75, "recall", **grey)


def _frame(axes: Axes) -> None:
    """Add digits and titles at the sides, and lines between the cells, stronger before edits."""
    names = [*map(str, range(NOTHING))]
    axes.set_xticks(range(NOTHING + 1), [*names, "missed"])
    axes.set_yticks(range(NOTHING + 1), [*names, "inserted"])
    axes.set_xlabel("read as", labelpad=8)
    axes.set_ylabel("the digit that it is", labelpad=8)
    axes.set_xlim(-0.5, NOTHING + 1.9)
    axes.set_ylim(NOTHING + 0.6, -0.5)
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    axes.tick_params(length=0, labelsize=11)
    axes.spines[:].set_visible(False)
    end = NOTHING + 0.5
    for edge in np.arange(NOTHING + 2) - 0.5:
        apart = edge == NOTHING - 0.5
        style: dict[str, Any] = {"color": "#777777" if apart else "#cccccc"}
        style["linewidth"] = 1.2 if apart else 0.6
        last = NOTHING - 0.5 if edge == end else end  # no line around the empty corner
        axes.plot((edge, edge), (-0.5, last), **style)
        axes.plot((-0.5, last), (edge, edge), **style)


def draw_worst_lines(lines: Sequence[npt.NDArray[np.uint8]], metrics: StringMetrics) -> Plot:
    """Draw up to 24 lines that are not exact, the most confident first, into a PNG.

    `lines` are pictures uint8 (h, w) as people see them, one for each answer of `metrics`, in its
    order. A sentence where all are exact.
    """
    worst = metrics.worst[:SHOWN]
    if not worst:
        return nothing(f"All {metrics.n:,} lines were read correctly.")
    rows = math.ceil(len(worst) / _COLUMNS)
    figure = new_figure(_WIDE, rows * _TILE)
    grid = figure.subplots(rows, _COLUMNS, squeeze=False).ravel()
    for axes in grid[len(worst) :]:
        axes.set_visible(False)
    for axes, index in zip(grid, worst, strict=False):
        _tile(axes, lines[index], metrics.answers[index])
    return finish(figure)


def _tile(axes: Axes, picture: npt.NDArray[np.uint8], answer: StringAnswer) -> None:
    """A picture with label and text above it; the confidence and the file's name below."""
    shown = _padded(picture)
    axes.imshow(shown, cmap="gray", vmin=0, vmax=255, interpolation="antialiased")
    read = _short(answer.text) or "nothing"
    title = f"{_short(answer.label) or 'no number'}, read as {read}"
    size = 10 if len(title) <= 24 else 8
    axes.set_title(plain(title), fontsize=size, fontweight="bold", pad=4)
    sure = "" if answer.confidence is None else f"{100 * answer.confidence:.1f} %"
    name = _short(answer.file.rpartition("/")[2])
    below = "   ".join(filter(None, (sure, name)))
    axes.set_xlabel(plain(below), fontsize=8, color="#333333")
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_color("#BBBBBB")


def _padded(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """The picture in the middle of a white field, three times as wide as high: the tile's shape."""
    height, width = picture.shape
    want_width = max(width, 3 * height)
    want_height = max(height, math.ceil(want_width / 3))
    field = np.full((want_height, want_width), 255, np.uint8)
    top, left = (want_height - height) // 2, (want_width - width) // 2
    field[top : top + height, left : left + width] = picture
    return field


def _short(text: str) -> str:
    """One line of at most `_LONGEST` signs, the middle left out."""
    text = text.replace("\n", " / ")
    if len(text) <= _LONGEST:
        return text
    half = (_LONGEST - 1) // 2
    return f"{text[:half]}…{text[-half:]}"
