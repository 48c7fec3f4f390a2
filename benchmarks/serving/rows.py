"""One row for each figure, beside what is asked of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from .client import Asked

BUSY = 503  # the status of a request that there is no room for


@dataclass(frozen=True)
class Row:
    """A figure in `unit`; asked is the least of it, or with `at_most` the most.

    `faults` are wrong and missing answers on the way: with any of them nothing is met. A figure is
    infinite where it would count what never came.
    """

    part: str
    of: str
    value: float
    asked: float
    unit: str
    at_most: bool = True
    faults: int = 0
    note: str = ""
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def met(self) -> bool:
        """Whether the figure is what is asked, and every answer was right."""
        good = self.value <= self.asked if self.at_most else self.value >= self.asked
        return good and not self.faults

    def to_json(self) -> dict[str, Any]:
        """Plain values; null for an infinite one."""
        value = self.value if math.isfinite(self.value) else None
        return asdict(self) | {"value": value, "met": self.met}


def line_of(row: Row) -> str:
    """One line for people."""
    value = f"{row.value:.4g} {row.unit}".rstrip() if math.isfinite(row.value) else "never"
    most = "most" if row.at_most else "least"
    asked = f"asked: at {most} {row.asked:.4g} {row.unit}".rstrip()
    faults = f"  {row.faults} ANSWERS WRONG OR MISSING" if row.faults else ""
    missed = "" if row.met else "  FALLS SHORT"
    return f"{row.part:<12}{row.of:<22}{value:>12}   {asked:<36}{row.note}{faults}{missed}"


def p99_row(part: str, of: str, asked: float, found: Sequence[Asked], note: str) -> Row:
    """The p99 in ms of requests since they were due; one that got 503 counts as never answered."""
    answered = [1e3 * one.seconds for one in found if one.answer.status not in (0, BUSY)]
    p50, p99 = quantile(answered, 0.5), quantile(answered, 0.99)
    missing = len(found) - len(answered)
    busy = sum(one.answer.status == BUSY for one in found)
    return Row(
        part,
        of,
        quantile([*answered, *[math.inf] * missing], 0.99),
        asked,
        "ms",
        faults=faults_of(found),
        note=f"{note}; {len(found):,} requests, {100 * busy / len(found):.2g} % got 503, "
        f"of the others p50 {p50:.4g} ms, p99 {p99:.4g} ms",
        details={"requests": len(found), "busy": busy, "p50_ms": p50, "p99_ms": p99},
    )


def quantile(values: Sequence[float], share: float) -> float:
    """The value that a share of all does not exceed; infinite without any."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else math.inf


def faults_of(found: Sequence[Asked]) -> int:
    """Answers that are neither right nor 503."""
    return sum(not one.query.is_right(one.answer) for one in found if one.answer.status != BUSY)
