"""A `digitcli.bench/1` document as a table for the terminal, and as Markdown."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from .text import visible

Document = dict[str, Any]
Row = dict[str, Any]

UNSTEADY = 0.1  # a spread above this means that the machine was not quiet
TERMINAL = ("median", "p99", "images/s", "spread")  # fits into 80 columns
MARKDOWN = ("median", "p90", "p99", "images/s", "GFLOP/s", "spread")


def table(document: Document) -> Table:
    """A block of rows for each thread count and batch size; unsteady and wrong rows in red."""
    peers = _peers(document)
    grid = Table(
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        title_justify="left",
    )
    grid.title = Text(_title(document))
    grid.add_column("engine", no_wrap=True)
    for heading in (*TERMINAL, *(f"x {peer}" for peer in peers)):
        grid.add_column(heading, justify="right", no_wrap=True)
    for group in _groups(document):
        grid.add_row(Text(_conditions(group[0]), "bold"))
        for row in group:
            name = Text(_name(row))
            if not row["agrees"]:
                name.append(" WRONG", "bold red")
            cells = _cells(row, group, peers)
            spread = Text(cells["spread"], "red" if row["spread"] > UNSTEADY else "")
            texts = [spread if key == "spread" else Text(cells[key]) for key in (*TERMINAL, *peers)]
            grid.add_row(name, *texts, end_section=row is group[-1])
    return grid


def markdown(document: Document) -> str:
    """The same as a Markdown table, with the conditions that the numbers need."""
    peers = _peers(document)
    headings = ("threads", "batch", "engine", *MARKDOWN, *(f"x {peer}" for peer in peers))
    lines = [headings, ["---" if name == "engine" else "---:" for name in headings]]
    for group in _groups(document):
        for row in group:
            cells = _cells(row, group, peers)
            name = f"{_name(row)}{'' if row['agrees'] else ' **WRONG**'}"
            values = [cells[key] for key in (*MARKDOWN, *peers)]
            lines.append([str(row["threads"]), str(row["batch"]), name, *values])
    rows = ["| " + " | ".join(line) + " |" for line in lines]
    conditions = [f"- {line}" for line in conditions_of(document)]
    return "\n".join([f"**{_title(document)}**", "", *rows, "", *conditions]) + "\n"


def conditions_of(document: Document) -> list[str]:
    """What the numbers depend on, one sentence per line."""
    machine = document["machine"]
    versions = dict.fromkeys(f"{row['engine']} {row['version']}" for row in document["rows"])
    caches = ", ".join(f"{name} {size}" for name, size in machine["caches"].items())
    commit = f" at {machine['commit']}" if machine["commit"] else ""
    agreement = "agree" if document["agrees"] else "do NOT agree"
    compared = (
        f"answers {agreement} on {document['compared_images']:,} pictures "
        f"(same digit, probabilities within {document['tolerance']:g})"
    )
    alone = len({row["engine"] for row in document["rows"]}) < 2
    return [
        f"{machine['cpu']}, {machine['usable_cores']} of {machine['cores']} cores usable"
        f"{f', {caches}' if caches else ''}; instruction set {machine['isa'] or 'unknown'}",
        f"{machine['system']}, {machine['kernel']}, {machine['python']}",
        f"{', '.join(versions) or 'nothing measured'}{commit}; {machine['time']}",
        f"{document['data']} test pictures on the CPU: raw uint8 for digitcli, for the others what "
        "they like best, prepared before; probabilities out; one process per engine and thread "
        "count, taking turns",
        "answers not compared: no other runtime ran" if alone else compared,
        "median, p90, p99: time of one call; spread: interquartile range over median; "
        f"GFLOP/s: {document['flops_per_image'] / 1e6:.2f} MFLOP per picture, computed directly",
        *document["notes"],
    ]


def _title(document: Document) -> str:
    return visible(f"{document['network']} on {document['machine']['cpu']}")


def _peers(document: Document) -> list[str]:
    """Every other engine that was measured, in order."""
    engines = dict.fromkeys(row["engine"] for row in document["rows"])
    return [engine for engine in engines if engine != "digitcli"]


def _groups(document: Document) -> list[list[Row]]:
    """The rows of each thread count and batch size."""
    rows = sorted(document["rows"], key=lambda row: (row["threads"], row["batch"]))
    return [list(group) for _, group in groupby(rows, lambda row: (row["threads"], row["batch"]))]


def _conditions(row: Row) -> str:
    threads, batch = row["threads"], row["batch"]
    return f"{threads} thread{'s' * (threads > 1)}, batch {batch:,}"


def _cells(row: Row, group: list[Row], peers: list[str]) -> dict[str, str]:
    """What the columns of one row say: heading, or peer's name -> text."""
    return {
        "median": duration(row["median_us"]),
        "p90": duration(row["p90_us"]),
        "p99": duration(row["p99_us"]),
        "images/s": f"{row['images_per_s']:,.0f}",
        "GFLOP/s": f"{row['gflops']:.1f}",
        "spread": f"{row['spread']:.2f}",
        **{peer: _ratio(row, group, peer) for peer in peers},
    }


def _name(row: Row) -> str:
    precision = "" if row["precision"] == "fp32" else f" {row['precision']}"
    return f"{row['engine']} {row['variant']}{precision}"


def _ratio(row: Row, group: list[Row], peer: str) -> str:
    """How many times as fast as the peer at its best, same conditions and precision."""
    rivals = [one for one in group if (one["engine"], one["precision"]) == (peer, row["precision"])]
    best = min((rival["median_us"] for rival in rivals), default=None)
    return "" if best is None else f"{best / row['median_us']:.2f}"


def duration(microseconds: float) -> str:
    """Three digits and a unit: "87.1 us", "4.21 ms", "1.30 s"."""
    value, unit = microseconds, "us"
    for larger in ("ms", "s"):
        if value >= 999.5:
            value, unit = value / 1000, larger
    digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:.{digits}f} {unit}"
