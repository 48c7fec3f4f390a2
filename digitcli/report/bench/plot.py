"""Throughput over batch size, a line for each runtime."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..kit import plots
from .calls import FULL

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Document = dict[str, Any]
Line = tuple[str, str]  # engine, precision

OURS = "digitcli"
# Okabe and Ito, safe for colour-blind readers; black is ours. A shape for each engine as well, so
# that the picture survives a printer.
_STYLES = {
    OURS: ("#000000", "o"),
    "tensorflow": ("#E69F00", "s"),
    "onnxruntime": ("#56B4E9", "^"),
    "openvino": ("#009E73", "D"),
    "pytorch": ("#D55E00", "v"),
    "litert": ("#CC79A7", "P"),
    "mnn": ("#F0E442", "<"),
    "opencv": ("#999999", ">"),
    "executorch": ("#0072B2", "h"),
}
_OTHER = ("#661100", "X")
_DASHES = {"bf16": "--", "bfloat16": "--", "int8": ":"}


def check(path: Path) -> None:
    """Refuse early what cannot be drawn, as `plots.check` does."""
    plots.check(path, "--plot")


def draw(document: Document, path: Path) -> None:
    """Draw a `digitcli.bench/1` document into a PNG or SVG file: a panel for each thread count."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    threads = sorted({row["threads"] for row in document["rows"]})
    figure = Figure(figsize=(1.6 + 4.4 * len(threads), 4.6), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(1, len(threads), sharey=True, squeeze=False)[0]
    for axes, count in zip(panels, threads, strict=True):
        _panel(axes, [row for row in document["rows"] if row["threads"] == count])
        axes.set_title(f"{count} thread{'s' * (count > 1)}", loc="left", fontsize=10)
    panels[0].set_ylabel("pictures per second")
    shown = {label: line for axes in panels for line, label in _legend(axes)}
    figure.legend(shown.values(), shown.keys(), loc="outside right center", frameon=False)
    figure.suptitle(plots.plain(_title(document)), fontsize=11)
    plots.save(figure, path)


def lines(rows: Sequence[dict[str, Any]]) -> dict[Line, list[tuple[int, float]]]:
    """(batch, pictures per second) of each engine and precision, called in its fastest way."""
    best: dict[Line, dict[int, float]] = {}
    for row in rows:
        precision = "" if row["precision"] in FULL else row["precision"]
        points = best.setdefault((row["engine"], precision), {})
        points[row["batch"]] = max(points.get(row["batch"], 0.0), row["images_per_s"])
    return {line: sorted(points.items()) for line, points in best.items()}


def _panel(axes: Axes, rows: Sequence[dict[str, Any]]) -> None:
    from matplotlib.ticker import EngFormatter, FuncFormatter, LogLocator, NullLocator

    found = lines(rows)
    # The fastest at the largest batch first, which is the order of the lines from the top.
    for (engine, precision), points in sorted(found.items(), key=lambda item: -item[1][-1][1]):
        colour, marker = _STYLES.get(engine, _OTHER)
        axes.plot(
            *zip(*points, strict=True),
            color=colour,
            marker=marker,
            linestyle=_DASHES.get(precision, "-"),
            linewidth=2.4 if engine == OURS else 1.4,
            markersize=5,
            zorder=3 if engine == OURS else 2,
            label=plots.plain(f"{engine} {precision}".strip()),
        )
    batches = sorted({row["batch"] for row in rows})
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xticks(batches)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=50))
    axes.yaxis.set_major_formatter(EngFormatter(sep=""))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("batch size")
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)


def _legend(axes: Axes) -> Iterator[tuple[Any, str]]:
    yield from zip(*axes.get_legend_handles_labels(), strict=True)


def _title(document: Document) -> str:
    scope = "" if document["scope"] == "model" else f", {document['scope']}"
    return f"{document['network']}{scope} on {document['machine']['cpu']}, medians"
