"""The result of `digitcli adapt`, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from .kit.format import percent
from .kit.text import brief, visible

if TYPE_CHECKING:
    from ..evaluation.quantization import Comparison
    from ..evaluation.strings import StringMetrics
    from ..training.adapt.adapted import Adapted, Doubt
    from ..training.adapt.measured import AdaptedLines, Change, LineDoubt

FORGOTTEN = 0.3  # percentage points of validation accuracy; a larger loss is a warning
FORGOTTEN_LINES = 2.0  # the same of drawn lines, whose accuracy is known less well
_DOUBTS = 5  # doubtful labels that are shown


def summary(found: Adapted, weights: str, data: str) -> Group:
    """How well each kind of pictures is read before and after, and what to check."""
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("none of these was learnt")
    for name in ("pictures", "before", "after", "errors"):
        table.add_column(name, justify="right")
    if found.held_out is not None:
        _row(table, "held out, the same writers", found.held_out)
    if found.others is not None:
        _row(table, "other writers", found.others)
        if len(found.writers) > 1:
            for name, comparison in found.writers.items():
                _row(table, f"  {visible(name) or 'not named'}", comparison, "dim")
    _row(table, f"{data}, validation", found.validation)
    title = Text(f"{brief(weights)}, adapted to {found.learnt:,} pictures", "bold")
    return Group(title, table, *_remarks(found, data))


def _row(table: Table, name: str, found: Comparison, style: str = "") -> None:
    before, after = (f"{100 * count / found.n:.2f} %" for count in (found.before, found.after))
    errors = f"{found.n - found.before:,} to {found.n - found.after:,}"
    table.add_row(Text(name), f"{found.n:,}", before, after, errors, style=style)


def _remarks(found: Adapted, data: str) -> list[Text]:
    remarks = []
    if found.held_out is None:
        remarks.append(Text("too few pictures to hold any out: nothing says whether it helped"))
    if found.validation.drop > FORGOTTEN:
        lost = f"{found.validation.drop:.2f} points of {data}'s accuracy are lost"
        remarks.append(Text(f"{lost}: fewer --steps, or more pictures, keep more", "yellow"))
    if found.doubts:
        remarks.append(Text(f"labels to look at: {len(found.doubts):,}", "yellow"))
        remarks += [Text(f"  {_doubt(doubt)}") for doubt in found.doubts[:_DOUBTS]]
    return remarks


def lines_summary(found: AdaptedLines, weights: str) -> Group:
    """How well each kind of lines is read before and after, and what to check."""
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("none of these was learnt")
    for name in ("lines", "exact before", "after", "digits before", "after"):
        table.add_column(name, justify="right")
    if found.held_out is not None:
        _change(table, "held out, the same writers", found.held_out)
    for name, change in found.writers.items():
        _change(table, visible(name) or "not named", change)
    _change(table, "drawn, in other hands", found.drawn)
    title = Text(f"{brief(weights)}, adapted to {found.learnt:,} lines", "bold")
    return Group(title, table, *_line_remarks(found))


def _change(table: Table, name: str, change: Change[StringMetrics]) -> None:
    pair = change.before, change.after
    exact = [percent(metrics.exact.value) for metrics in pair]
    digits = [percent(metrics.digits.accuracy) for metrics in pair]
    table.add_row(Text(name), f"{change.after.n:,}", *exact, *digits)


def _line_remarks(found: AdaptedLines) -> list[Text]:
    remarks = []
    if found.held_out is None:
        remarks.append(Text("too few lines to hold any out: nothing says whether it helped"))
    lost = (
        100 * (found.drawn.before.exact.count - found.drawn.after.exact.count) / found.drawn.after.n
    )
    if lost > FORGOTTEN_LINES:
        words = f"{lost:.1f} points of the drawn lines are lost"
        remarks.append(Text(f"{words}: fewer --steps, or more lines, keep more", "yellow"))
    if found.doubts:
        remarks.append(Text(f"labels to look at: {len(found.doubts):,}", "yellow"))
        remarks += [Text(f"  {_line_doubt(doubt)}") for doubt in found.doubts[:_DOUBTS]]
    return remarks


def _line_doubt(doubt: LineDoubt) -> str:
    label, read = (visible(text) or "no number" for text in (doubt.label, doubt.read))
    sure = f"{100 * doubt.confidence:.2f} %"
    return f"{brief(doubt.file)}: labelled {label}, read as {read} ({sure})"


def _doubt(doubt: Doubt) -> str:
    sure = f"{100 * doubt.confidence:.2f} %"
    return f"{brief(doubt.file)}: labelled {doubt.label}, read as {doubt.read} ({sure})"
