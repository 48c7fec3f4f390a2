"""A `digitcli.bench/1` document as a table for the terminal, and as Markdown."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

Document = dict[str, Any]
Row = dict[str, Any]

UNSTEADY = 0.1  # a spread above this means that the machine was not quiet
HEADINGS = ("threads", "batch", "engine", "median", "p90", "p99", "images/s", "GFLOP/s", "spread")


def table(document: Document) -> Table:
    """One row per measurement, a line between batch sizes; unsteady and wrong rows in red."""
    peers = _peers(document)
    grid = Table(box=box.SIMPLE_HEAD, title=Text(_title(document)), title_justify="left")
    for heading in (*HEADINGS, *(f"x {peer}" for peer in peers)):
        grid.add_column(heading, justify="left" if heading == "engine" else "right", no_wrap=True)
    for group in _groups(document):
        for place, row in enumerate(group):
            cells = [Text(cell) for cell in _cells(row, group, peers)]
            if place:
                cells[0] = cells[1] = Text("")
            if row["spread"] > UNSTEADY:
                cells[8].stylize("red")
            if not row["agrees"]:
                cells[2].append(" (WRONG)", "bold red")
            grid.add_row(*cells, end_section=row is group[-1])
    return grid


def markdown(document: Document) -> str:
    """The same as a Markdown table, with the conditions that the numbers need."""
    peers = _peers(document)
    headings = (*HEADINGS, *(f"x {peer}" for peer in peers))
    lines = ["| " + " | ".join(headings) + " |"]
    lines.append("|" + "|".join("---" if h == "engine" else "---:" for h in headings) + "|")
    for group in _groups(document):
        for row in group:
            cells = _cells(row, group, peers)
            if not row["agrees"]:
                cells[2] += " (WRONG)"
            lines.append("| " + " | ".join(cells) + " |")
    conditions = [f"- {line}" for line in conditions_of(document)]
    return "\n".join([f"**{_title(document)}**", "", *lines, "", *conditions]) + "\n"


def conditions_of(document: Document) -> list[str]:
    """What the numbers depend on, one sentence per line."""
    machine = document["machine"]
    versions = dict.fromkeys(f"{row['engine']} {row['version']}" for row in document["rows"])
    caches = ", ".join(f"{name} {size}" for name, size in machine["caches"].items())
    commit = f" at {machine['commit']}" if machine["commit"] else ""
    agreement = "agree" if document["agrees"] else "do NOT agree"
    return [
        f"{machine['cpu']}, {machine['usable_cores']} of {machine['cores']} cores usable"
        f"{f', {caches}' if caches else ''}; instruction set {machine['isa'] or 'unknown'}",
        f"{machine['system']}, {machine['kernel']}, {machine['python']}",
        f"{', '.join(versions) or 'nothing measured'}{commit}; {machine['time']}",
        f"{document['data']} test pictures, uint8 in, float32 probabilities out, on the CPU; "
        f"one process per engine and thread count, taking turns",
        f"answers {agreement} on {document['compared_images']:,} pictures "
        f"(same digit, probabilities within {document['tolerance']:g})",
        "median, p90, p99: time of one call; spread: interquartile range over median; "
        f"GFLOP/s: {document['flops_per_image'] / 1e6:.2f} MFLOP per picture, computed directly",
        *document["notes"],
    ]


def _title(document: Document) -> str:
    return f"{document['network']} on {document['machine']['cpu']}"


def _peers(document: Document) -> list[str]:
    """Every other engine that was measured, in order."""
    engines = dict.fromkeys(row["engine"] for row in document["rows"])
    return [engine for engine in engines if engine != "digitcli"]


def _groups(document: Document) -> list[list[Row]]:
    """The rows of each thread count and batch size."""
    rows = sorted(document["rows"], key=lambda row: (row["threads"], row["batch"]))
    return [list(group) for _, group in groupby(rows, lambda row: (row["threads"], row["batch"]))]


def _cells(row: Row, group: list[Row], peers: list[str]) -> list[str]:
    times = [duration(row[name]) for name in ("median_us", "p90_us", "p99_us")]
    return [
        str(row["threads"]),
        str(row["batch"]),
        f"{row['engine']} {row['variant']}",
        *times,
        f"{row['images_per_s']:,.0f}",
        f"{row['gflops']:.1f}",
        f"{row['spread']:.2f}",
        *(_ratio(row, group, peer) for peer in peers),
    ]


def _ratio(row: Row, group: list[Row], peer: str) -> str:
    """How many times as fast as the peer at its best, under the same conditions."""
    best = min((other["median_us"] for other in group if other["engine"] == peer), default=None)
    return "" if best is None else f"{best / row['median_us']:.2f}"


def duration(microseconds: float) -> str:
    """Three digits and a unit: "87.1 us", "4.21 ms", "1.30 s"."""
    value, unit = microseconds, "us"
    for larger in ("ms", "s"):
        if value >= 999.5:
            value, unit = value / 1000, larger
    digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:.{digits}f} {unit}"
