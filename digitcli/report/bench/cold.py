"""A `digitcli.bench-cold/1` document: whole processes."""

from __future__ import annotations

from typing import Any

from ..kit.grid import Cell, Grid

Document = dict[str, Any]


def grids(document: Document, wide: bool) -> list[Grid]:
    """One row for each program."""
    headings = ["engine", "median", "min", "p90", "spread", "peak memory", "x digitcli"]
    title = f"{document['network']}, one picture, whole processes on {document['machine']['cpu']}"
    grid = Grid(title, headings)
    for row in document["rows"]:
        peak = "" if row["peak_mib"] is None else f"{row['peak_mib']:.0f} MiB"
        times = [Cell(f"{row[key]:,.0f} ms") for key in ("median_ms", "min_ms", "p90_ms")]
        spread = Cell(f"{row['spread']:.2f}", bool(row["warnings"]))
        name_cell = Cell(row["engine"], not row["agrees"], "WRONG")
        grid.rows.append([name_cell, *times, spread, Cell(peak), Cell(f"{row['times_ours']:.2f}")])
    return [grid]


def conditions(document: Document) -> list[str]:
    """What these numbers are."""
    versions = [f"{row['engine']} {row['version']}" for row in document["rows"] if row["version"]]
    repeats = max((row["repeats"] for row in document["rows"]), default=0)
    return [
        ", ".join(versions),
        f"from start to end of a process that answers one picture, {repeats} times each in turns, "
        "after one start that does not count: files are in the page cache",
        "digitcli predict decodes a PNG file; the others run the shortest script that imports the "
        "runtime, loads the model and answers 784 raw bytes",
        "peak memory: largest resident set; x digitcli: how many times as long as ours",
    ]
