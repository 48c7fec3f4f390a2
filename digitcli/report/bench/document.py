"""What `digitcli bench` measured, as tables for the terminal, as Markdown and as CSV."""

from __future__ import annotations

import csv as csv_module
import io
from collections.abc import Callable, Sequence
from typing import Any

from ..kit.grid import Grid
from . import calls, cold, layers
from .compare import comparison_grid

Document = dict[str, Any]

# By the first words of a document's schema: its grids, wide or for 80 columns, and its conditions.
_VIEWS: dict[str, tuple[Callable[..., list[Grid]], Callable[[Document], list[str]]]] = {
    "digitcli.bench": (calls.grids, calls.conditions),
    "digitcli.bench-layers": (layers.grids, layers.conditions),
    "digitcli.bench-cold": (cold.grids, cold.conditions),
}


def grids(document: Document, wide: bool = False) -> list[Grid]:
    """The tables of a document; they fit into 80 columns unless `wide`."""
    make, _ = _VIEWS[document["schema"].partition("/")[0]]
    found = make(document, wide)
    return [*found, comparison_grid(document)] if "comparison" in document else found


def markdown(document: Document) -> str:
    """All tables as Markdown, with the conditions that the numbers need."""
    tables = [f"{grid.markdown()}\n" for grid in grids(document, wide=True)]
    return "\n".join([*tables, *(f"- {line}" for line in conditions_of(document))]) + "\n"


def csv(document: Document) -> str:
    """The rows of a document, one column for each of their fields, those with several left out."""
    rows: Sequence[dict[str, Any]] = document["rows"]
    plain = [
        {key: value for key, value in row.items() if not isinstance(value, dict | list)}
        for row in rows
    ]
    text = io.StringIO()
    writer = csv_module.DictWriter(text, list(plain[0]) if plain else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(plain)
    return text.getvalue()


def conditions_of(document: Document) -> list[str]:
    """What the numbers depend on, one sentence per line, and the notes."""
    machine = document["machine"]
    caches = ", ".join(f"{name} {size}" for name, size in machine["caches"].items())
    _, own = _VIEWS[document["schema"].partition("/")[0]]
    commit = f" at {machine['commit']}" if machine["commit"] else ""
    return [
        f"{machine['cpu']}, {machine['usable_cores']} of {machine['cores']} cores usable"
        f"{f', {caches}' if caches else ''}; instruction set {machine['isa'] or 'unknown'}",
        f"{machine['system']}, {machine['kernel']}, {machine['python']}",
        f"digitcli {machine['digitcli']}{commit}; {machine['time']}",
        *own(document),
        *document["notes"],
    ]
