"""What was measured, and what could not be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .plan import Candidate, Introduction, Plan
from .stopwatch import Timing


@dataclass(frozen=True)
class Row:
    """One candidate, thread count and batch size."""

    candidate: Candidate
    introduction: Introduction
    threads: int
    batch: int
    timing: Timing
    agrees: bool
    difference: float  # largest between two probabilities
    flops: int  # for one picture
    equal: float = 1.0  # share of pictures with our digit
    accuracy: float | None = None  # share of pictures with the right digit

    @property
    def images_per_s(self) -> float:
        """Pictures answered in a second, at the median."""
        return self.batch / self.timing.median

    @property
    def gflops(self) -> float:
        """Arithmetic as the direct algorithm counts it, per second, in 10^9."""
        return self.flops * self.images_per_s / 1e9


@dataclass(frozen=True)
class Failure:
    """A candidate that could not be measured, or not on this thread count."""

    candidate: Candidate
    threads: int
    error: str
    hint: str


@dataclass
class Result:
    """Everything that was measured, and what could not be."""

    plan: Plan
    rows: list[Row] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    @property
    def agrees(self) -> bool:
        """Whether every engine gave the same answers."""
        return all(row.agrees for row in self.rows)

    def speedups(self, row: Row) -> dict[str, float]:
        """How many times faster `row` is than each other engine, same conditions and precision."""
        return {
            f"{peer.candidate.engine} {peer.introduction.variant}": (
                peer.timing.median / row.timing.median
            )
            for peer in self.rows
            if (peer.threads, peer.batch) == (row.threads, row.batch)
            and peer.candidate.engine != row.candidate.engine
            and peer.candidate.precision == row.candidate.precision
        }

    def to_json(self) -> dict[str, Any]:
        """The rows and failures of a `digitcli.bench/1` document."""
        return {
            "rows": [self._row(row) for row in self.rows],
            "failures": [
                {
                    "engine": failure.candidate.engine,
                    "variant": failure.candidate.variant,
                    "precision": failure.candidate.precision,
                    "threads": failure.threads,
                    "error": failure.error,
                    "hint": failure.hint,
                }
                for failure in self.failures
            ],
        }

    def _row(self, row: Row) -> dict[str, Any]:
        timing = row.timing
        return {
            "engine": row.candidate.engine,
            "variant": row.introduction.variant,
            "version": row.introduction.version,
            "precision": row.candidate.precision,
            "threads": row.threads,
            "batch": row.batch,
            "median_us": round(timing.median * 1e6, 3),
            "p90_us": round(timing.p90 * 1e6, 3),
            "p99_us": round(timing.p99 * 1e6, 3),
            "spread": round(timing.spread, 4),
            "repeats": len(timing.seconds),
            "images_per_s": round(row.images_per_s, 1),
            "gflops": round(row.gflops, 3),
            "agrees": row.agrees,
            "largest_difference": row.difference,
            "equal_labels": row.equal,
            "accuracy": row.accuracy,
            "speedup": {name: round(times, 3) for name, times in self.speedups(row).items()},
        }
