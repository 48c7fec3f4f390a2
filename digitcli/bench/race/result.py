"""What was measured, and what could not be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..noise import Noise
from ..stopwatch import Timing
from .agreement import Agreement
from .entry import Entry, RacePlan, RuntimeInfo
from .scope import Scope


@dataclass(frozen=True)
class Row:
    """One entry, thread count and batch size."""

    entry: Entry
    info: RuntimeInfo
    threads: int
    batch: int
    scope: Scope
    timing: Timing
    noise: Noise
    agreement: Agreement
    flops: int  # for one picture

    @property
    def label(self) -> str:
        """A name for notes."""
        name = f"{self.entry.engine} {self.info.variant}"
        if self.entry.precision != "fp32":
            name += f" {self.entry.precision}"
        return f"{name}, threads {self.threads}, batch {self.batch}"

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
    """An entry that could not be measured, or not on this thread count."""

    entry: Entry
    threads: int
    error: str
    hint: str


@dataclass
class Result:
    """Everything that was measured, and what could not be."""

    plan: RacePlan
    rows: list[Row] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    left_out: list[Entry] = field(default_factory=list)  # runtimes without the plan's scope

    @property
    def agrees(self) -> bool:
        """Whether every engine gave the same answers."""
        return all(row.agreement.agrees for row in self.rows)

    def speedups(self, row: Row) -> dict[str, float]:
        """How many times faster `row` is than each other engine, same conditions and precision."""
        return {
            f"{peer.entry.engine} {peer.info.variant}": (peer.timing.median / row.timing.median)
            for peer in self.rows
            if (peer.threads, peer.batch) == (row.threads, row.batch)
            and peer.entry.engine != row.entry.engine
            and peer.entry.precision == row.entry.precision
        }

    def to_json(self) -> dict[str, Any]:
        """The rows and failures of a `digitcli.bench/1` document."""
        return {
            "rows": [self._row(row) for row in self.rows],
            "failures": [
                {
                    "engine": failure.entry.engine,
                    "variant": failure.entry.variant,
                    "precision": failure.entry.precision,
                    "threads": failure.threads,
                    "error": failure.error,
                    "hint": failure.hint,
                }
                for failure in self.failures
            ],
            "left_out": [
                {
                    "engine": entry.engine,
                    "variant": entry.variant,
                    "precision": entry.precision,
                }
                for entry in self.left_out
            ],
        }

    def _row(self, row: Row) -> dict[str, Any]:
        return {
            "engine": row.entry.engine,
            "variant": row.info.variant,
            "version": row.info.version,
            "precision": row.entry.precision,
            "scope": row.scope,
            "threads": row.threads,
            "batch": row.batch,
            **_times(row.timing),
            **_noise(row.noise, row.timing),
            "images_per_s": round(row.images_per_s, 1),
            "gflops": round(row.gflops, 3),
            "agrees": row.agreement.agrees,
            "largest_difference": row.agreement.difference,
            "equal_labels": row.agreement.equal,
            "accuracy": row.agreement.accuracy,
            "speedup": {name: round(times, 3) for name, times in self.speedups(row).items()},
        }


def _microseconds(seconds: float) -> float:
    return round(seconds * 1e6, 3)


def _times(timing: Timing) -> dict[str, float]:
    return {
        "min_us": _microseconds(timing.fastest),
        "mean_us": _microseconds(timing.mean),
        "median_us": _microseconds(timing.median),
        "p90_us": _microseconds(timing.p90),
        "p99_us": _microseconds(timing.p99),
        "p999_us": _microseconds(timing.p999),
        "spread": round(timing.spread, 4),
        "repeats": len(timing.seconds),
    }


def _noise(noise: Noise, timing: Timing) -> dict[str, Any]:
    return {
        "median_interval_us": [_microseconds(end) for end in noise.interval],
        "steady": timing.steady,
        "outliers": noise.outliers,
        "drift": round(noise.drift, 4),
        "warnings": list(noise.warnings),
    }
