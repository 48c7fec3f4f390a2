"""The result of `digitcli adapt`, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from .kit.text import brief, visible

if TYPE_CHECKING:
    from ..evaluation.quantization import Comparison
    from ..training.adapt.adapted import Adapted, Doubt

FORGOTTEN = 0.3  # percentage points of validation accuracy; a larger loss is a warning
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


def _doubt(doubt: Doubt) -> str:
    sure = f"{100 * doubt.confidence:.2f} %"
    return f"{brief(doubt.file)}: labelled {doubt.label}, read as {doubt.read} ({sure})"
