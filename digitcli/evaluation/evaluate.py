"""Run a predictor over a split of a data set and measure it."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import DataError
from ..signs import DIGITS
from .calibration import Calibration, measure_calibration
from .ensemble import Predict, Predictor
from .metrics import Metrics, Probabilities, measure
from .writers import ByWriter, by_writer

if TYPE_CHECKING:
    from ..data.store import Split


@dataclass(frozen=True)
class Evaluation:
    """Metrics, the probabilities they were computed from (float32 (n, classes)), and the time.

    `seconds` is the time inside the predictor alone. `calibration` is that of the probabilities,
    `uncalibrated` that with all `temperatures` 1.
    """

    metrics: Metrics
    probabilities: Probabilities
    seconds: float
    temperatures: tuple[float, ...]
    calibration: Calibration
    uncalibrated: Calibration
    classes: tuple[str, ...] = DIGITS  # their names
    by_writer: ByWriter | None = None  # where at least two writers are known

    @property
    def is_calibrated(self) -> bool:
        """Whether a temperature changes anything."""
        return any(temperature != 1 for temperature in self.temperatures)

    def to_json(self) -> dict[str, Any]:
        """The fields of the `digitcli.eval/1` document that do not depend on the engine."""
        metrics = self.metrics
        calibration = {
            "temperatures": list(self.temperatures),
            "before": self.uncalibrated.to_json(),
            "after": self.calibration.to_json(),
        }
        return {
            "calibration": calibration,
            "accuracy": metrics.accuracy,
            "interval": list(metrics.interval),
            "n": metrics.n,
            "loss": metrics.loss,
            "classes": list(self.classes),
            "confusion": metrics.confusion.tolist(),
            "per_class": [
                {**asdict(score), "name": self.classes[score.digit]} for score in metrics.per_class
            ],
            "by_writer": None if self.by_writer is None else self.by_writer.to_json(),
            "seconds": self.seconds,
        }


def evaluate(predictor: Predictor, split: Split, chunk: int = 1000) -> Evaluation:
    """Classify `split` in pieces of `chunk` pictures and compare with its labels.

    Memory stays small, and Ctrl-C acts between two pieces. Where the network has a temperature the
    pictures are classified twice: probabilities without it cannot be computed from those that were
    rounded to 0. Raises DataError as `metrics.measure` does and where the classes are others, and
    whatever the predictor raises.
    """
    check_classes(predictor.classes, split)
    probabilities, seconds = _classify(predictor.predict, split, chunk)
    metrics = measure(probabilities, split.labels)
    calibration = uncalibrated = measure_calibration(probabilities, split.labels)
    if predictor.uncalibrated is not None:
        before, _ = _classify(predictor.uncalibrated, split, chunk)
        uncalibrated = measure_calibration(before, split.labels)
    found = predictor.temperatures, calibration, uncalibrated
    hands = None
    if split.writers is not None:
        hands = by_writer(probabilities.argmax(axis=1) == split.labels, split.writers)
    return Evaluation(metrics, probabilities, seconds, *found, predictor.classes, hands)


def check_classes(classes: tuple[str, ...], split: Split) -> None:
    """Raise DataError unless the labels of `split` stand for these classes."""
    if classes == split.classes:
        return
    raise DataError(
        f"{split.name}: its classes are {listed(split.classes)}; the network tells "
        f"{listed(classes)} apart",
        "name a data set with the network's classes, or a network that was trained on this one",
    )


def listed(classes: tuple[str, ...]) -> str:
    """How many classes, and the first of them."""
    few = ", ".join(classes[:3])
    return f"{len(classes)} ({few}{', ...' if len(classes) > 3 else ''})"


def _classify(predict: Predict, split: Split, chunk: int) -> tuple[Probabilities, float]:
    """Probabilities of all pictures, and the seconds inside `predict`."""
    answers, seconds = [np.empty((0, len(split.classes)), np.float32)], 0.0
    for start in range(0, len(split.images), chunk):
        images = split.images[start : start + chunk]
        begin = time.perf_counter()
        prediction = predict(images)
        seconds += time.perf_counter() - begin
        answers.append(prediction.probabilities)
    return np.concatenate(answers), seconds
