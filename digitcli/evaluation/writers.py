"""Accuracy by writer, and an interval of it that takes writers as they come: many at once."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

RESAMPLES, SEED = 2_000, 0
_MOST_DRAWN = 2**22  # writers that are drawn at a time


@dataclass(frozen=True)
class WriterScore:
    """How many of a writer's `n` pictures were read correctly."""

    writer: str
    n: int
    correct: int

    @property
    def accuracy(self) -> float:
        """The share, 0 to 1."""
        return self.correct / self.n


@dataclass(frozen=True)
class ByWriter:
    """The scores of all writers, the worst first, of equal ones that with more pictures.

    `median` is that of their accuracies. `interval` is the 95 % interval of the accuracy on all
    their pictures, from RESAMPLES draws of as many writers with replacement: pictures of one hand
    are alike, so it is wider than one that takes pictures as independent.
    """

    scores: tuple[WriterScore, ...]
    median: float
    interval: tuple[float, float]

    @property
    def worst(self) -> WriterScore:
        """The writer with the lowest accuracy."""
        return self.scores[0]

    def to_json(self) -> dict[str, Any]:
        """The same as plain JSON."""
        scores = [{**asdict(score), "accuracy": score.accuracy} for score in self.scores]
        return {"median": self.median, "interval": list(self.interval), "writers": scores}


def by_writer(right: npt.NDArray[np.bool_], writers: npt.NDArray[Any]) -> ByWriter | None:
    """Scores from bool (n,) and writers (n,), numbers or names; None for fewer than two writers.

    Pictures whose writer is "" are left out.
    """
    named = writers != "" if writers.dtype.kind == "U" else np.ones(len(writers), bool)
    names, places = np.unique(writers[named], return_inverse=True)
    if len(names) < 2:
        return None
    counts = np.bincount(places)
    correct = np.bincount(places, right[named]).astype(np.int64)
    pairs = zip(names.tolist(), counts.tolist(), correct.tolist(), strict=True)
    scores = [WriterScore(str(name), n, hits) for name, n, hits in pairs]
    scores.sort(key=lambda score: (score.accuracy, -score.n))
    return ByWriter(tuple(scores), float(np.median(correct / counts)), _interval(counts, correct))


def _interval(counts: npt.NDArray[np.int64], correct: npt.NDArray[np.int64]) -> tuple[float, float]:
    """Quantiles of the accuracy over draws of writers, with the seed SEED."""
    random, found = np.random.default_rng(SEED), np.empty(RESAMPLES)
    step = max(1, _MOST_DRAWN // len(counts))
    for start in range(0, RESAMPLES, step):
        drawn = random.integers(len(counts), size=(min(step, RESAMPLES - start), len(counts)))
        found[start : start + step] = correct[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.quantile(found, (0.025, 0.975))
    return float(low), float(high)
