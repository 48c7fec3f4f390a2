"""The comparison of a run with an earlier one."""

from __future__ import annotations

from typing import Any

from ..kit.format import latency
from ..kit.grid import Cell, Grid


def comparison_grid(document: dict[str, Any]) -> Grid:
    """A row for each measurement that both have; slower ones in red."""
    comparison = document["comparison"]
    headings = ["engine", "threads", "batch", "then", "now", "ratio", "95 % interval", "change"]
    differs = " UNDER OTHER CONDITIONS" if comparison["differences"] else ""
    grid = Grid(f"against {comparison['base']} of {comparison['base_time']}{differs}", headings)
    for row in comparison["rows"]:
        low, high = row["ratio_interval"]
        slower = row["change"] == "slower"
        grid.rows.append(
            [
                Cell(f"{row['engine']} {row['variant']}"),
                Cell(str(row["threads"])),
                Cell(str(row["batch"])),
                Cell(latency(row["base_us"])),
                Cell(latency(row["now_us"])),
                Cell(f"{row['ratio']:.3f}", slower),
                Cell(f"{low:.3f} to {high:.3f}"),
                Cell(row["change"], slower),
            ]
        )
    return grid
