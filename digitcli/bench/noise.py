"""How far a timing can be trusted: outliers, drift, and the interval of its median."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass

from .stopwatch import Timing

FENCE = 3.0  # Tukey's outer fences, in interquartile ranges beyond the quartiles
MOST_OUTLIERS = 0.05  # share of the repeats
DRIFT = 0.05  # between the first and the last third
NOISY = 0.1  # spread
CONFIDENCE = 0.95
MANY = 200  # visits, from which on the binomial is as good as normal

EXPLAINED = {
    "unsteady": "times had not settled when the warm-up ended",
    "spread": f"interquartile range above {NOISY:g} of the median",
    "outliers": f"more than {MOST_OUTLIERS:.0%} of the repeats beyond Tukey's outer fences",
    "drift": f"the last third's median differs from the first third's by more than {DRIFT:.0%} "
    "and more than the spread",
}


@dataclass(frozen=True)
class Noise:
    """What disturbed a timing."""

    # Repeats beyond Tukey's outer fences.
    outliers: int

    # Of the median from the first third of the visits to the last; 0.1: slower by 10 %.
    drift: float

    # 95 % interval of the median, in seconds.
    interval: tuple[float, float]

    # Keys of EXPLAINED.
    warnings: tuple[str, ...]


def noise_of(timing: Timing) -> Noise:
    """Judge one timing."""
    outliers, drift = count_outliers(timing), drift_of(timing)
    found = {
        "unsteady": timing.steady is False,
        "spread": timing.spread > NOISY,
        "outliers": outliers > MOST_OUTLIERS * len(timing.seconds),
        "drift": abs(drift) > max(DRIFT, timing.spread),
    }
    warnings = tuple(name for name, raised in found.items() if raised)
    return Noise(outliers, drift, median_interval(timing.visits), warnings)


def count_outliers(timing: Timing) -> int:
    """Repeats beyond Tukey's outer fences: three interquartile ranges from the nearer quartile."""
    low, high = timing.quantile(0.25), timing.quantile(0.75)
    reach = FENCE * (high - low)
    return sum(not low - reach <= second <= high + reach for second in timing.seconds)


def drift_of(timing: Timing) -> float:
    """How much slower the last third of the visits was than the first, 0 below six visits."""
    third = len(timing.visits) // 3
    if third < 2:
        return 0.0
    first = statistics.median(timing.visits[:third])
    last = statistics.median(timing.visits[-third:])
    return last / first - 1 if first else 0.0


def median_interval(visits: tuple[float, ...]) -> tuple[float, float]:
    """The distribution-free interval of the median, from the order statistics of the visits.

    The number of visits below the true median is binomial with p = 1/2, which says how many to
    leave away at both ends (Conover, "Practical Nonparametric Statistics", section 3.2). Visits are
    counted, not repeats: what runs without a break shares its luck. With fewer than six visits the
    whole range covers less than 95 %, and is all there is.
    """
    ordered = sorted(visits)
    cut = _cut(len(visits))
    return ordered[cut], ordered[-1 - cut]


def _cut(count: int) -> int:
    """How many of `count` sorted values lie outside the interval, at each end."""
    tail = (1 - CONFIDENCE) / 2
    if count > MANY:
        deviations = statistics.NormalDist().inv_cdf(tail)
        return math.floor((count - 1 + deviations * math.sqrt(count)) / 2)
    inside, below = 0, 0.0
    while (below := below + math.comb(count, inside) / 2**count) <= tail:
        inside += 1
    return max(inside - 1, 0)
