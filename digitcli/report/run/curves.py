"""A run's learning curves as a picture: loss, accuracy and learning rate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...training.run.history import EpochRow
from ...training.run.points import StepPoint
from ..kit.plots import Plot, finish, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# The columns, colour and marker of each data set, the same in all panels. The colours are from
# Okabe and Ito's palette, which colour-blind readers can tell apart.
_CURVES = {
    "training": ("loss", "accuracy", "#0072B2", "o"),
    "validation": ("validation_loss", "validation_accuracy", "#D55E00", "s"),
    "test": ("test_loss", "test_accuracy", "#009E73", "^"),
}
_MARKED = 40  # epochs; with more the markers hide the line
# Accuracies in percent at which the axis may have a tick.
_TICKS = (10, 30, 50, 70, 80, 90, 95, 98, 99, 99.5, 99.8, 99.9, 99.95, 99.98, 99.99)
_MOST_TICKS = 18  # ticks that fit on the axis

Points = list[tuple[float, float]]
Rows = list[tuple[float, EpochRow]]


def draw_curves(
    history: Sequence[EpochRow], target: float | None = None, within: Sequence[StepPoint] = ()
) -> Plot:
    """Draw three panels over epochs into a PNG; `target` is an accuracy in percent to mark.

    `within` are points within epochs, which make the thin lines.
    """
    figure = new_figure(10, 3.6)
    loss, accuracy, rate = figure.subplots(1, 3)
    lines = {field: _within(within, field) for field in ("loss", "accuracy", "learning_rate")}
    rows = _placed(history, within)
    _loss(loss, rows, lines["loss"])
    _accuracy(accuracy, rows, lines["accuracy"], target)
    rates = lines["learning_rate"] or _points(rows, "learning_rate")
    _line(rate, rates, "#444444", "", "learning rate")
    rate.set(title="Learning rate", ylim=(0, None))
    for axes in (loss, accuracy, rate):
        _finish(axes, [place for place, _ in rows], from_start=bool(within))
    handles, labels = loss.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False)
    return finish(figure)


def _placed(history: Sequence[EpochRow], within: Sequence[StepPoint]) -> Rows:
    """Each row with its place on the axis: its epoch, or with points the part of it that it is."""
    if not within:
        return [(row.epoch, row) for row in history]
    return [(row.step * within[-1].epoch / within[-1].step, row) for row in history]


def _points(rows: Rows, field: str) -> Points:
    points = [(place, getattr(row, field)) for place, row in rows]
    return [point for point in points if point[1] is not None]


def _within(points: Sequence[StepPoint], field: str) -> Points:
    return [(point.epoch, getattr(point, field)) for point in points]


def _thin(axes: Axes, points: Points) -> None:
    """Draw what was measured within epochs, behind the other lines."""
    if points:
        axes.plot(
            *zip(*points, strict=True),
            color=_CURVES["training"][2],
            alpha=0.4,
            linewidth=0.8,
            zorder=1,
            label="training, within epochs",
        )


def _line(axes: Axes, points: Points, colour: str, marker: str, label: str) -> None:
    if not points:
        return
    if len(points) == 1:  # a line needs two points, a marker one
        marker = marker or "o"
    elif len(points) > _MARKED:
        marker = ""
    axes.plot(*zip(*points, strict=True), color=colour, marker=marker, markersize=4, label=label)


def _loss(axes: Axes, rows: Rows, within: Points) -> None:
    """Draw losses on a log axis with ticks at 1, 2 and 5 of every decade."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    for label, (field, _, colour, marker) in _CURVES.items():
        _line(axes, _points(rows, field), colour, marker, label)
    _thin(axes, within)
    axes.set(title="Loss (cross-entropy)", yscale="log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=50))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_locator(NullLocator())


def _accuracy(axes: Axes, rows: Rows, within: Points, target: float | None) -> None:
    """Draw accuracies on a log axis of the error, so that 99 and 99.5 % are well apart.

    An error of 0 has no logarithm: it is drawn at half of the smallest other error.
    """
    from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

    curves = {label: _missing(_points(rows, _CURVES[label][1])) for label in _CURVES}
    thin = _missing(within)
    found = [value for points in (*curves.values(), thin) for _, value in points]
    wanted = [] if target is None else [1 - target / 100]
    some = [value for value in (*found, *wanted) if value > 0] or [0.01]
    floor = min(some) / 2
    for label, (_, _, colour, marker) in _CURVES.items():
        points = [(epoch, max(value, floor)) for epoch, value in curves[label]]
        _line(axes, points, colour, marker, label)
    _thin(axes, [(place, max(value, floor)) for place, value in thin])
    for value in wanted:
        axes.axhline(max(value, floor), color="#777777", linestyle="--", linewidth=1, zorder=1)
    perfect = 0.0 in (*found, *wanted)
    least, most = (floor if perfect else min(some)) / 1.4, min(1.0, max(some) * 1.4)
    ticks = _ticks(2.5 * floor if perfect else least, most)
    if perfect:
        ticks[floor] = "100 %"
    axes.set(title="Accuracy", yscale="log", ylim=(most, least))
    axes.yaxis.set_major_locator(FixedLocator(list(ticks)))
    axes.yaxis.set_major_formatter(FixedFormatter(list(ticks.values())))
    axes.yaxis.set_minor_locator(NullLocator())


def _missing(accuracies: Points) -> Points:
    """Accuracies as errors. Rounding hides no mistake among fewer than a billion pictures."""
    return [(epoch, round(1 - accuracy, 9)) for epoch, accuracy in accuracies]


def _ticks(least: float, most: float) -> dict[float, str]:
    """The ticks of the axis and their labels, without labels that would touch each other."""
    apart = (most / least) ** (1 / _MOST_TICKS)
    ticks: dict[float, str] = {}
    for percent in reversed(_TICKS):
        place = round(1 - percent / 100, 9)
        if least <= place <= most and place >= apart * max(ticks, default=0.0):
            ticks[place] = f"{percent:g} %"
    return ticks


def _finish(axes: Axes, epochs: Sequence[float], *, from_start: bool) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set_xlabel("epoch")
    margin = 0.03 * max(epochs)
    axes.set_xlim(
        *((0, max(epochs) + margin) if from_start else (min(epochs) - 0.5, max(epochs) + 0.5))
    )
    axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True, min_n_ticks=1))
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
