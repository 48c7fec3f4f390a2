"""Run a predictor over a split of a data set and measure it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ..inference.prediction import Prediction
from .metrics import Metrics, Probabilities, measure

if TYPE_CHECKING:
    from ..data.store import Split

Predict: TypeAlias = Callable[[npt.NDArray[np.uint8]], Prediction]


@dataclass(frozen=True)
class Evaluation:
    """Metrics, the probabilities they came from (float32 (n, 10)), and the time they took.

    `seconds` is the time inside the predictor alone: no reading of files, no metrics.
    """

    metrics: Metrics
    probabilities: Probabilities
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """The fields of the `digitcli.eval/1` document that do not depend on the engine."""
        metrics = self.metrics
        return {
            "accuracy": metrics.accuracy,
            "interval": list(metrics.interval),
            "n": metrics.n,
            "loss": metrics.loss,
            "confusion": metrics.confusion.tolist(),
            "per_class": [asdict(score) for score in metrics.per_class],
            "seconds": self.seconds,
        }


def evaluate(predict: Predict, split: Split, chunk: int = 1000) -> Evaluation:
    """Classify `split` in pieces of `chunk` pictures and compare with its labels.

    `predict` takes uint8 (m, 28, 28), m at most `chunk`: memory stays small, Ctrl-C acts between
    two pieces. Raises DataError as `metrics.measure` does, and whatever `predict` raises.
    """
    answers, seconds = [np.empty((0, 10), np.float32)], 0.0
    for start in range(0, len(split.images), chunk):
        images = split.images[start : start + chunk]
        begin = time.perf_counter()
        prediction = predict(images)
        seconds += time.perf_counter() - begin
        answers.append(prediction.probabilities)
    probabilities = np.concatenate(answers)
    return Evaluation(measure(probabilities, split.labels), probabilities, seconds)
