"""The one stopwatch: every repeat kept, several calls measured turn by turn.

Pure Python, so that a worker process of any runtime can use it.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias, TypeVar

Key = TypeVar("Key")
Lap: TypeAlias = Callable[[int], Sequence[float]]  # repeats -> the seconds that each one took

VISIT_SECONDS = 0.02  # one visit: long against a change of process, short against a change of clock
MAX_REPEATS = 1_000  # calls in one visit
STEADY_VISITS = 3  # in a row, whose medians lie within STEADY of each other: warm
STEADY = 0.05
WARM_SHARE = 0.5  # of the measurement's time, which is all that warming up may take


@dataclass(frozen=True)
class Timing:
    """How long each repeat took, in seconds, in the order in which they ran.

    `visit` is how many repeats ran without a break. `steady` says whether the times had settled
    before the first repeat counted; None where nothing waited for that.
    """

    seconds: tuple[float, ...]
    visit: int = 1
    steady: bool | None = None

    def __post_init__(self) -> None:
        if not self.seconds:
            raise ValueError("a timing needs at least one repeat")

    @cached_property
    def _ordered(self) -> list[float]:
        return sorted(self.seconds)

    def quantile(self, q: float) -> float:
        """The value below which a share `q` (0 to 1) lies, interpolated as NumPy does."""
        position = q * (len(self.seconds) - 1)
        low = math.floor(position)
        high = min(low + 1, len(self.seconds) - 1)
        below, above = self._ordered[low], self._ordered[high]
        return below + (above - below) * (position - low)

    @property
    def fastest(self) -> float:
        """The shortest repeat."""
        return self._ordered[0]

    @property
    def mean(self) -> float:
        """The sum of all repeats over their number."""
        return statistics.fmean(self.seconds)

    @property
    def median(self) -> float:
        """Half of the repeats were faster."""
        return self.quantile(0.5)

    @property
    def p90(self) -> float:
        """Nine in ten repeats were faster."""
        return self.quantile(0.9)

    @property
    def p99(self) -> float:
        """Ninety-nine in a hundred repeats were faster."""
        return self.quantile(0.99)

    @property
    def p999(self) -> float:
        """Nine hundred and ninety-nine in a thousand repeats were faster."""
        return self.quantile(0.999)

    @property
    def spread(self) -> float:
        """Interquartile range over median: above 0.1 the machine was not quiet."""
        return (self.quantile(0.75) - self.quantile(0.25)) / self.median if self.median else 0.0

    @cached_property
    def visits(self) -> tuple[float, ...]:
        """The median of each visit, in order."""
        starts = range(0, len(self.seconds), self.visit)
        return tuple(statistics.median(self.seconds[at : at + self.visit]) for at in starts)


def lap(call: Callable[[], object], repeats: int) -> list[float]:
    """Time `call` alone, `repeats` times: the seconds of each."""
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return seconds


def measure(call: Callable[[], object], *, repeats: int = 30, warmup: int = 3) -> Timing:
    """Time `call` alone: build its inputs, and check its answer, before you come here."""
    for _ in range(warmup):
        call()
    return Timing(tuple(lap(call, repeats)))


def interleave(
    laps: Mapping[Key, Lap], *, seconds: float = 1.0, rounds: int = 10, warmup: int = 3
) -> dict[Key, Timing]:
    """Measure several calls turn by turn: A B C, then B C A, then C A B, and so on.

    What slows the machine down for a while then slows all of them. A visit to a fast call repeats
    it until `VISIT_SECONDS` have passed. Before anything counts, rounds go on until the times of
    every call are steady, for at most `WARM_SHARE * seconds` for each call on average. Then there
    are at least `rounds` of them, and as many as fit into `seconds` for each call on average.
    """
    first = {key: run(max(warmup, 1)) for key, run in laps.items()}
    repeats = {key: _repeats(warm) for key, warm in first.items()}
    spent = sum(map(sum, first.values()))
    steady = _warm_up(laps, repeats, WARM_SHARE * seconds * len(laps) - spent)
    kept: dict[Key, list[float]] = {key: [] for key in laps}
    order = list(laps)
    end = time.perf_counter() + seconds * len(laps)
    done = 0
    while done < rounds or time.perf_counter() < end:
        for key in order:
            kept[key] += laps[key](repeats[key])
        order = order[1:] + order[:1]
        done += 1
    return {key: Timing(tuple(kept[key]), repeats[key], steady[key]) for key in laps}


def _warm_up(
    laps: Mapping[Key, Lap], repeats: Mapping[Key, int], limit: float
) -> dict[Key, bool | None]:
    """Visit all until all are steady, or until `limit` seconds of calls have passed."""
    medians: dict[Key, list[float]] = {key: [] for key in laps}
    spent = 0.0
    while spent < limit and not all(map(_is_steady, medians.values())):
        for key, run in laps.items():
            values = run(repeats[key])
            medians[key].append(statistics.median(values))
            spent += sum(values)
    return {
        key: _is_steady(found) if len(found) >= STEADY_VISITS else None
        for key, found in medians.items()
    }


def _is_steady(medians: Sequence[float]) -> bool:
    last = medians[-STEADY_VISITS:]
    return len(last) == STEADY_VISITS and max(last) <= (1 + STEADY) * min(last)


def _repeats(warm: Sequence[float]) -> int:
    """How many calls fill one visit, judged by the fastest of the warm-up."""
    fastest = max(min(warm), 1e-9)
    return max(1, min(MAX_REPEATS, round(VISIT_SECONDS / fastest)))
