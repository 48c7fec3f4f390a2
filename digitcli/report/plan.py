"""A `digitcli.plan/1` document, and the same as a table: what the engine does to a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from ..inference.engine import Engine
from .kit.text import brief, visible

Document = dict[str, Any]


def document(engine: Engine, weights: str) -> Document:
    """The plan of `engine`, which runs `weights`, as JSON; flops are per picture."""
    steps = [step.to_json() for step in engine.plan]
    totals = {name: sum(step[name] for step in steps) for name in ("flops_direct", "flops_done")}
    return {
        "schema": "digitcli.plan/1",
        "weights": weights,
        "network": engine.spec.name,
        "isa": engine.isa,
        "without": list(engine.without),
        "steps": steps,
        **totals,
    }


def render(found: Document) -> Group:
    """A row for each step and one for all; readable from 60 columns."""
    without = f", without {', '.join(found['without'])}" if found["without"] else ""
    names = dict.fromkeys([found["network"], found["weights"]])
    title = Text(brief(f"{', '.join(names)} on {found['isa']}{without}"), "bold")
    note = "millions of operations per picture; saved: of what its layers ask for"
    return Group(title, Text(), _table(found), Text(note, "dim"))


def _table(found: Document) -> Table:
    table = Table(
        box=box.SIMPLE, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), show_footer=True
    )
    totals = _flops(found)
    table.add_column("layer", "all", min_width=8)
    table.add_column("algorithm", min_width=10)
    for heading in ("input", "output"):
        table.add_column(heading, justify="right", no_wrap=True)
    for heading, total in zip(("MFLOP", "saved", "%"), totals, strict=True):
        table.add_column(heading, Text(total), justify="right", no_wrap=True)
    for step in found["steps"]:
        name = Text(visible(step["layer"].replace("+", " + ")))
        shapes = (_shape(step["input"]), _shape(step["output"]))
        table.add_row(name, step["algorithm"], *shapes, *_flops(step))
    return table


def _flops(counted: dict[str, Any]) -> tuple[str, str, str]:
    """Done, saved, and saved in percent, rounded down; nothing where nothing was."""
    direct, done = counted["flops_direct"], counted["flops_done"]
    if direct == done:
        return _millions(done), "", ""
    return _millions(done), _millions(direct - done), str(100 * (direct - done) // direct)


def _millions(flops: int) -> str:
    return f"{flops / 1e6:.2f}"


def _shape(shape: Sequence[int]) -> str:
    """28x28x1, or a plain number for a row of features."""
    height, width, channels = shape
    return str(channels) if height == width == 1 else f"{height}x{width}x{channels}"
