"""The one stopwatch: every repeat kept, several calls measured turn by turn.

Pure Python, so that a worker process of any runtime can use it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias, TypeVar

Key = TypeVar("Key")
Lap: TypeAlias = Callable[[int], Sequence[float]]  # repeats -> the seconds that each one took

VISIT_SECONDS = 0.02  # one visit: long against a change of process, short against a change of clock
MAX_REPEATS = 1_000  # calls in one visit


@dataclass(frozen=True)
class Timing:
    """How long each repeat took, in seconds, in the order in which they ran."""

    seconds: tuple[float, ...]

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
    def spread(self) -> float:
        """Interquartile range over median: above 0.1 the machine was not quiet."""
        return (self.quantile(0.75) - self.quantile(0.25)) / self.median if self.median else 0.0


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
    it until `VISIT_SECONDS` have passed. Rounds go on until `seconds` have been spent on each call
    (on average), and there are at least `rounds` of them, however slow the calls are.
    """
    repeats = {key: _repeats(run(max(warmup, 1))) for key, run in laps.items()}
    kept: dict[Key, list[float]] = {key: [] for key in laps}
    order = list(laps)
    end = time.perf_counter() + seconds * len(laps)
    done = 0
    while done < rounds or time.perf_counter() < end:
        for key in order:
            kept[key] += laps[key](repeats[key])
        order = order[1:] + order[:1]
        done += 1
    return {key: Timing(tuple(values)) for key, values in kept.items()}


def _repeats(warm: Sequence[float]) -> int:
    """How many calls fill one visit, judged by the fastest of the warm-up."""
    fastest = max(min(warm), 1e-9)
    return max(1, min(MAX_REPEATS, round(VISIT_SECONDS / fastest)))
