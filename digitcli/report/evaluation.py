"""An evaluation for people: accuracy, each digit, and confusions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from rich import box
from rich.console import Group, RenderableType
from rich.style import Style
from rich.table import Table
from rich.text import Text

from ..evaluation.evaluate import Evaluation
from ..evaluation.metrics import ClassScore
from ..evaluation.writers import ByWriter
from ..signs import DIGITS
from .kit.format import percent
from .kit.text import visible

MOST_IN_TABLE = 12  # classes of a table of confusions, which then has 80 columns
MOST_MISTAKES = 20


def render(result: Evaluation, title: str) -> RenderableType:
    """The output of `digitcli eval` under the line `title`, at most 80 columns wide."""
    return Group(
        Text(title),
        headline(result),
        *([] if result.by_writer is None else [writers_line(result.by_writer)]),
        Text(),
        calibration_table(result),
        Text(),
        class_table(result.metrics.per_class, result.classes),
        Text(),
        *confusions(result),
    )


def headline(result: Evaluation) -> Text:
    """Accuracy with its interval, loss and speed, in two lines."""
    metrics = result.metrics
    low, high = metrics.interval
    speed = metrics.n / result.seconds if result.seconds else float("inf")
    return Text.assemble(
        ("accuracy ", "bold"),
        (percent(metrics.accuracy), "bold green"),
        f"   95 % interval {100 * low:.2f} to {100 * high:.2f} %",
        f"   {metrics.n - metrics.correct:,} wrong of {metrics.n:,}\n",
        f"loss {metrics.loss:.4f}   {speed:,.0f} pictures/s",
    )


def writers_line(found: ByWriter) -> Text:
    """How the writers differ, in two lines."""
    low, high = found.interval
    worst = found.worst
    return Text(
        f"{len(found.scores):,} writers: median {percent(found.median)}, worst "
        f"{percent(worst.accuracy)} (writer {visible(worst.writer)}, {worst.n:,} pictures)\n"
        f"95 % interval of the accuracy over writers {100 * low:.2f} to {100 * high:.2f} %"
    )


def calibration_table(result: Evaluation) -> Table:
    """Scores of the probabilities before and after the temperature; one row where it is 1."""
    table = Table(box=box.SIMPLE_HEAD, title="calibration", title_justify="left")
    for name in ("temperature", "ECE", "Brier score", "NLL"):
        table.add_column(name, justify="right")
    rows = [("1 (none)", result.uncalibrated)]
    if result.is_calibrated:
        rows.append((temperatures(result.temperatures), result.calibration))
    for name, found in rows:
        cells = percent(found.ece), f"{found.brier:.4f}", f"{found.nll:.4f}"
        table.add_row(name, *cells)
    return table


def temperatures(values: Sequence[float]) -> str:
    """One temperature, or the range of several."""
    low, high = f"{min(values):.3f}", f"{max(values):.3f}"
    return low if low == high else f"{low} to {high}"


def class_table(scores: tuple[ClassScore, ...], classes: tuple[str, ...] = DIGITS) -> Table:
    """One row for each digit, or each class by its name; a dash where the divisor is 0."""
    what = "digit" if classes == DIGITS else "class"
    table = Table(box=box.SIMPLE_HEAD, title=f"each {what}", title_justify="left")
    for name in (what, "precision", "recall", "F1", "pictures"):
        table.add_column(name, justify="right")
    for score in scores:
        ratios = (score.precision, score.recall, score.f1)
        table.add_row(_name(classes, score.digit), *map(percent, ratios), f"{score.support:,}")
    return table


def confusions(result: Evaluation) -> list[RenderableType]:
    """The table of confusions; of many classes, which do not fit, the most frequent mistakes."""
    if len(result.classes) <= MOST_IN_TABLE:
        return [confusion_table(result.metrics.confusion, result.classes)]
    return [mistakes_table(result.metrics.confusion, result.classes)]


def mistakes_table(matrix: npt.NDArray[np.int64], classes: tuple[str, ...]) -> Table:
    """The most frequent mistakes, the first of equals first."""
    table = Table(box=box.SIMPLE_HEAD, title="most frequent mistakes", title_justify="left")
    for name in ("the truth", "what was read", "pictures", "of the class"):
        table.add_column(name, justify="right")
    wrong = matrix - np.diag(matrix.diagonal())
    for place in np.argsort(-wrong, axis=None, kind="stable")[:MOST_MISTAKES]:
        truth, read = divmod(int(place), len(matrix))
        if not (count := int(wrong[truth, read])):
            break
        share = percent(count / int(matrix[truth].sum()))
        table.add_row(_name(classes, truth), _name(classes, read), f"{count:,}", share)
    return table


def confusion_table(matrix: npt.NDArray[np.int64], classes: tuple[str, ...] = DIGITS) -> Table:
    """Rows are the labels, columns what was read; the shade is the share of the row.

    A count of 0 is a dot, so that confusions are visible without colour. Columns of other classes
    than digits are numbered, and the numbers stand beside the names.
    """
    table = Table(
        box=box.SIMPLE_HEAD,
        title="confusions (row: the truth, column: what was read)",
        title_justify="left",
        padding=0,
    )
    table.add_column("", justify="right")
    # Headings are padded, because Rich drops columns that have a minimum width.
    width = len(str(matrix.max()))
    for digit in range(len(matrix)):
        table.add_column(f"{digit:>{width}}", justify="right", overflow="fold")
    totals, named = matrix.sum(axis=1), classes != DIGITS
    for digit, row in enumerate(matrix):
        cells = [_cell(int(n), int(totals[digit]), n_is_hit=digit == m) for m, n in enumerate(row)]
        head = f"{visible(classes[digit])} {digit}" if named else f"{digit}"
        table.add_row(Text(f"{head} ", style="bold"), *cells)
    return table


def _name(classes: tuple[str, ...], number: int) -> Text:
    return Text(visible(classes[number]))


def _cell(count: int, total: int, n_is_hit: bool) -> Text:
    if count == 0:
        return Text("·", style="dim")
    return Text(f"{count}", style=_shade(count / total, n_is_hit))


def _shade(share: float, hit: bool) -> Style:
    """White on green for hits, on red for mistakes; 2 % of a row is already the strongest red."""
    strength = share if hit else min(1.0, share / 0.02)
    level = round(40 + 90 * strength)
    return Style(color="white", bgcolor=f"rgb(0,{level},0)" if hit else f"rgb({level},0,0)")
