"""A `digitcli.bench/1` document: calls of engines, by thread count and batch size."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from ..kit.format import latency, percent
from ..kit.grid import Cell, Grid

Document = dict[str, Any]
Row = dict[str, Any]

TERMINAL = ("median", "p99", "images/s", "right", "spread")  # fits into 80 columns
WIDE = ("min", "mean", "median", "p90", "p99", "p99.9", "images/s", "GFLOP/s", "right", "spread")
SCOPES = {
    "kernel": "convolutions and dense layers alone, timed by the engine on one thread",
    "model": "raw uint8 pictures in for digitcli, for the others what they like best, prepared "
    "before; probabilities out",
    "end-to-end": "PNG files of 112 x 112 grey pixels in, probabilities out; digitcli decodes and "
    "normalises for every engine",
}
FULL = ("fp32",)  # precisions that need not be named


def grids(document: Document, wide: bool) -> list[Grid]:
    """One table: a block of rows for each thread count and batch size."""
    peers = _peers(document) if wide else _best_peer(document)
    keys = WIDE if wide else TERMINAL
    places = ["threads", "batch"] if wide else []
    headings = [*places, "engine", *keys, *(f"x {peer}" for peer in peers)]
    grid = Grid(f"{document['network']} on {document['machine']['cpu']}", headings, len(places) + 1)
    for group in _groups(document):
        grid.rows.append(_place(group[0]))
        for row in group:
            where = [Cell(str(row["threads"])), Cell(str(row["batch"]))] if wide else []
            ratios = [Cell(_ratio(row, group, peer)) for peer in peers]
            name = Cell(name_of(row), not row["agrees"], "WRONG")
            grid.rows.append([*where, name, *_cells(row, keys), *ratios])
    return [grid]


def name_of(row: Row) -> str:
    """The engine, how it is called, and its precision unless that is fp32."""
    precision = "" if row["precision"] in FULL else f" {row['precision']}"
    return f"{row['engine']} {row['variant']}{precision}"


def conditions(document: Document) -> list[str]:
    """What these numbers are, and what they depend on."""
    versions = dict.fromkeys(
        f"{row['engine']} {row['version']}"
        for row in document["rows"]
        if row["engine"] != "digitcli"
    )
    pinned = ", pinned to as many cores as threads" if document["pinned"] else ""
    alone = len({row["engine"] for row in document["rows"]}) < 2
    return [
        *([", ".join(versions)] if versions else []),
        f"{document['data']} test pictures, on the CPU; {SCOPES[document['scope']]}; "
        f"one process per engine and thread count{pinned}, taking turns",
        "answers not compared: no other runtime ran" if alone else _compared(document),
        "median, p90, p99: time of one call; x: times as fast as that peer, or the best one, in "
        "the same precision, called in its fastest way; right: per cent of the "
        f"{document['compared_images']:,} compared pictures that agree with their label; spread: "
        "interquartile range over median; "
        f"GFLOP/s: {document['flops_per_image'] / 1e6:.2f} MFLOP per picture, computed directly",
    ]


def _compared(document: Document) -> str:
    agreement = "agree" if document["agrees"] else "do NOT agree"
    reduced = any(row["precision"] not in FULL for row in document["rows"])
    rest = f"; below fp32: {document['least_equal']:.0%} of the digits"
    return (
        f"answers {agreement} on {document['compared_images']:,} pictures "
        f"(same digit, probabilities within {document['tolerance']:g}{rest if reduced else ''})"
    )


def _peers(document: Document) -> list[str]:
    """Every other engine that was measured, in order."""
    engines = dict.fromkeys(row["engine"] for row in document["rows"])
    return [engine for engine in engines if engine != "digitcli"]


def _best_peer(document: Document) -> list[str]:
    """One column for all peers; nothing when there are none."""
    return ["best"] if _peers(document) else []


def _groups(document: Document) -> list[list[Row]]:
    """The rows of each thread count and batch size."""
    rows = sorted(document["rows"], key=lambda row: (row["threads"], row["batch"]))
    return [list(group) for _, group in groupby(rows, lambda row: (row["threads"], row["batch"]))]


def _place(row: Row) -> str:
    threads, batch = row["threads"], row["batch"]
    return f"{threads} thread{'s' * (threads > 1)}, batch {batch:,}"


def _cells(row: Row, keys: tuple[str, ...]) -> list[Cell]:
    texts = {
        "min": latency(row["min_us"]),
        "mean": latency(row["mean_us"]),
        "median": latency(row["median_us"]),
        "p90": latency(row["p90_us"]),
        "p99": latency(row["p99_us"]),
        "p99.9": latency(row["p999_us"]),
        "images/s": f"{row['images_per_s']:,.0f}",
        "GFLOP/s": f"{row['gflops']:.1f}",
        "right": percent(row["accuracy"], none="").removesuffix(" %"),
        "spread": f"{row['spread']:.2f}",
    }
    return [Cell(texts[key], key == "spread" and bool(row["warnings"])) for key in keys]


def _ratio(row: Row, group: list[Row], peer: str) -> str:
    """How many times as fast as a peer at its best, in the same place and the same precision.

    "best" is whichever peer is fastest; of our own rows, int8 is compared with int8.
    """
    times = [
        other["median_us"]
        for other in group
        if (other["engine"] == peer or (peer == "best" and other["engine"] != "digitcli"))
        and _class(other) == _class(row)
    ]
    return f"{min(times) / row['median_us']:.2f}" if times else ""


def _class(row: Row) -> str:
    return str(row["precision"])
