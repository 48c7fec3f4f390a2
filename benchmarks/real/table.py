"""One row for each thing that is measured, and the table of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Row:
    """A share of `pictures` (unit "%", 0 to 1) or a ratio (unit "x"), beside its goal.

    The goal is the least that is wanted, or with `at_most` the most; None where nothing is.
    """

    set: str
    measure: str
    value: float
    pictures: int
    goal: float | None = None
    at_most: bool = False
    unit: Literal["%", "x"] = "%"
    milliseconds: float | None = None  # for each picture
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; None without one."""
        if self.goal is None:
            return None
        return self.value <= self.goal if self.at_most else self.value >= self.goal

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self) | {"met": self.met}


HEAD = f"{'set':<24}{'measure':<26}{'pictures':>9}{'found':>9}{'goal':>10}{'ms':>9}"


def line_of(row: Row) -> str:
    """One line of the table."""
    goal = "" if row.goal is None else f"{'<' if row.at_most else '>'}= {_number(row.goal, row)}"
    time = "" if row.milliseconds is None else f"{row.milliseconds:.2f}"
    verdict = {None: "", True: "", False: "  MISSED"}[row.met]
    note = f"  {row.note}" if row.note else ""
    return (
        f"{row.set:<24}{row.measure:<26}{row.pictures:>9,}{_number(row.value, row):>9}{goal:>10}"
        f"{time:>9}{verdict}{note}"
    )


def print_table(rows: Iterable[Row]) -> list[Row]:
    """Print each row as soon as it is there; all of them."""
    print(HEAD)
    found = []
    for row in rows:
        found.append(row)
        print(line_of(row), flush=True)
    goals = [row for row in found if row.met is not None]
    print(f"{sum(row.met is False for row in goals)} of {len(goals)} goals missed")
    return found


def _number(value: float, row: Row) -> str:
    return f"{value:.1f}x" if row.unit == "x" else f"{100 * value:.4g}%"
