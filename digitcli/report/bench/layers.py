"""A `digitcli.bench-layers/1` document: where our own engine spends its time."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from ..kit.format import latency, percent
from ..kit.grid import Cell, Grid

Document = dict[str, Any]

LEVELS = ("l2", "l3", "dram")


def grids(document: Document, wide: bool) -> list[Grid]:
    """The layers, by batch size, and the machine's peaks."""
    isa, cpu = document["machine"]["isa"], document["machine"]["cpu"]
    places = ["batch"] if wide else []
    headings = [*places, "layer", "algorithm", "time", "share", "GFLOP/s", "peak", "saved"]
    grid = Grid(f"{document['network']}, layers on one thread, {isa}", headings, len(places) + 2)
    for batch, rows in groupby(document["rows"], lambda row: row["batch"]):
        grid.rows.append(f"batch {batch:,}")
        grid.rows += [[*([Cell(str(batch))] if wide else []), *_cells(row)] for row in rows]
    return [grid, _peaks(document, f"the most that {cpu} can do, measured")]


def conditions(document: Document) -> list[str]:
    """What these numbers are."""
    return [
        f"{document['data']} test pictures, on the CPU; time: of one pass over the batch, best "
        f"of {document['repeats']}",
        "GFLOP/s: arithmetic that was done; peak: beside float32 or int8 multiply-adds on one "
        "thread, as the algorithm uses them; saved: share of the direct algorithm's arithmetic "
        "that was not done",
    ]


def _cells(row: dict[str, Any]) -> list[Cell]:
    rate = row["gflops"]
    return [
        Cell(row["layer"]),
        Cell(row["algorithm"]),
        Cell(latency(row["us"])),
        Cell(percent(row["share"], 0, none="")),
        Cell("" if rate is None else f"{rate:.1f}"),
        Cell(percent(row["share_of_peak"], 0, none="")),
        Cell(percent(row["saved"], 0, none="")),
    ]


def _peaks(document: Document, title: str) -> Grid:
    grid = Grid(
        title, ["threads", "float32 GFLOP/s", "int8 GOP/s", "L2 GB/s", "L3 GB/s", "DRAM GB/s"]
    )
    for found in document["peaks"]:
        rates = [found["fma_gflops"], found["int8_gops"]]
        rates += [found[f"{level}_gb_per_s"] for level in LEVELS]
        texts = [f"{rate:,.1f}" if rate else "" for rate in rates]
        grid.rows.append([Cell(str(found["threads"])), *map(Cell, texts)])
    return grid
