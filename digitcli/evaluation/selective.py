"""Selective classification: the errors and the unanswered pictures at each confidence.

Y. Geifman, R. El-Yaniv, "Selective Classification for Deep Neural Networks", NeurIPS 2017: the
largest probability of a calibrated network orders pictures by how likely they are read correctly.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from .metrics import check_pairs

_ALL_UP_TO = 32  # errors up to which every count has a point; then counts grow by a tenth

Values = npt.NDArray[np.floating[Any]]
Labels = npt.NDArray[np.integer[Any]]


def threshold_table(
    probabilities: Values, labels: Labels, data: str, split: str = "validation"
) -> dict[str, Any]:
    """The table that a weight file keeps (`model.thresholds`), from probabilities (n, classes).

    `points` are [confidence, answered, wrong], the least confidence first: the first answers
    everything, each next one makes fewer errors. Confidences are those that an engine gives, in
    float32. Raises DataError as `metrics.measure` does.
    """
    check_pairs(probabilities, labels)
    confidence = probabilities.max(axis=1).astype(np.float32)
    points = risk_points(confidence, probabilities.argmax(axis=1) != labels)
    return {"data": data, "split": split, "n": len(labels), "points": points}


def risk_points(
    confidence: npt.NDArray[np.float32], is_wrong: npt.NDArray[np.bool_]
) -> list[list[float]]:
    """The points of `threshold_table`, from the confidence (n,) of each answer, right or wrong."""
    wrong = np.sort(confidence[is_wrong])[::-1]
    ordered = np.sort(confidence)
    points: list[list[float]] = [[0.0, len(ordered), len(wrong)]]
    for allowed in _counts(len(wrong)):
        first = int(np.searchsorted(ordered, wrong[allowed], side="right"))  # answered from here on
        if first == len(ordered):
            break  # an error has the largest confidence: no threshold excludes it
        left = int((wrong >= ordered[first]).sum())
        point = [float(ordered[first]), len(ordered) - first, left]
        if point != points[-1]:
            points.append(point)
    return points


def _counts(wrong: int) -> Iterator[int]:
    """How many errors to allow, below `wrong`, falling to 0."""
    count = wrong - 1
    while count >= 0:
        yield count
        count = min(count - 1, int(count / 1.1)) if count > _ALL_UP_TO else count - 1
