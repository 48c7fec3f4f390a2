"""Accuracy with its interval, loss, confusion and mistakes, from probabilities and labels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ..errors import DataError

CLASSES = 10  # of digits
Z_95 = 1.959963984540054  # the standard normal distribution's 97.5 % quantile
SMALLEST = np.finfo(np.float32).tiny  # 1.2e-38: the largest loss of a picture is 87.3

Probabilities: TypeAlias = npt.NDArray[np.float32]
Labels: TypeAlias = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class ClassScore:
    """The scores of one class, whose number is `digit`; a ratio is None where it divides by 0."""

    digit: int
    support: int
    precision: float | None
    recall: float | None
    f1: float | None


@dataclass(frozen=True)
class Metrics:
    """The results of a predictor on labelled pictures.

    `interval` is the 95 % Wilson interval of `accuracy`; `loss` the mean cross-entropy in nats;
    `confusion` int64 (classes, classes), rows are the truth, columns what was read; `mistakes`
    int64, the indices of all pictures read wrongly, the most confident first.
    """

    n: int
    correct: int
    interval: tuple[float, float]
    loss: float
    confusion: npt.NDArray[np.int64]
    per_class: tuple[ClassScore, ...]
    mistakes: npt.NDArray[np.int64]

    @property
    def accuracy(self) -> float:
        """The share of pictures read correctly, 0 to 1."""
        return self.correct / self.n

    def reaches(self, percent: float) -> bool:
        """Whether the accuracy is at least `percent`; 9,920 of 10,000 reach 99.2."""
        # A quotient of whole numbers is rounded once, as the literal 99.2 is.
        return 100 * self.correct / self.n >= percent


def measure(probabilities: Probabilities, labels: Labels) -> Metrics:
    """Compare probabilities float32 (n, classes) with labels uint8 (n,), below `classes`.

    Raises DataError when there is nothing to compare, when the shapes do not fit, when a label has
    no class or when a probability is not finite.
    """
    check_pairs(probabilities, labels)
    matrix = confusion(probabilities.argmax(axis=1), labels, probabilities.shape[1])
    n, correct = len(labels), int(matrix.trace())
    return Metrics(
        n=n,
        correct=correct,
        interval=wilson_interval(correct, n),
        loss=cross_entropy(probabilities, labels),
        confusion=matrix,
        per_class=class_scores(matrix),
        mistakes=worst_mistakes(probabilities, labels),
    )


def wilson_interval(correct: int, n: int, z: float = Z_95) -> tuple[float, float]:
    """The Wilson score interval of a proportion, as two fractions from 0 to 1.

    Unlike p +- z * sqrt(p (1 - p) / n) it stays inside 0 to 1 and keeps its width at p = 1.
    E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", Journal of
    the American Statistical Association 22 (1927), 209-212.
    """
    if not 0 <= correct <= n or n == 0:
        raise ValueError(f"correct must be from 0 to n and n above 0, got {correct} of {n}")
    centre = (correct + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * math.sqrt(correct * (n - correct) / n + z * z / 4)
    # At 0 and n the formula gives exactly 0 and 1, but its floating-point value may miss by an ulp.
    low = 0.0 if correct == 0 else max(0.0, centre - half)
    high = 1.0 if correct == n else min(1.0, centre + half)
    return low, high


def confusion(
    answers: npt.NDArray[np.int64], labels: Labels, classes: int = CLASSES
) -> npt.NDArray[np.int64]:
    """Count pairs: int64 (classes, classes), rows are the truth, columns what was read."""
    pairs = labels.astype(np.int64) * classes + answers
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def class_scores(matrix: npt.NDArray[np.int64]) -> tuple[ClassScore, ...]:
    """Precision, recall, F1 and support of each class of a confusion matrix."""
    hits, truth, read = matrix.diagonal(), matrix.sum(axis=1), matrix.sum(axis=0)
    return tuple(
        ClassScore(
            digit=digit,
            support=int(truth[digit]),
            precision=_ratio(hits[digit], read[digit]),
            recall=_ratio(hits[digit], truth[digit]),
            f1=_ratio(2 * hits[digit], truth[digit] + read[digit]),
        )
        for digit in range(len(matrix))
    )


def cross_entropy(
    probabilities: npt.NDArray[np.floating[Any]], labels: npt.NDArray[np.integer[Any]]
) -> float:
    """The mean of -ln(probability of the right digit), in nats.

    Probabilities below float32's smallest normal number (1.2e-38) are raised to it, so a picture's
    loss is at most 87.3.
    """
    right = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return float(0.0 - np.log(np.maximum(right, SMALLEST)).mean())  # not -0 where all are 1


def worst_mistakes(probabilities: Probabilities, labels: Labels) -> npt.NDArray[np.int64]:
    """Indices of the pictures read wrongly, int64: the most confident first, ties in file order."""
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    return wrong[np.argsort(-probabilities[wrong].max(axis=1), kind="stable")]


def _ratio(part: np.int64, whole: np.int64) -> float | None:
    return float(part / whole) if whole else None


def check_pairs(
    values: npt.NDArray[Any], labels: npt.NDArray[Any], name: str = "probabilities"
) -> None:
    """Refuse `values` (n, classes), called `name` in messages, and labels (n,) that do not fit.

    Raises DataError when there is nothing to compare, when the shapes do not fit, when a label has
    no class or when a value is not finite.
    """
    if labels.ndim != 1 or values.ndim != 2 or len(values) != len(labels) or not values.shape[1]:
        raise DataError(
            f"{name} must have shape (n, classes) and labels (n,), "
            f"got {values.shape} and {labels.shape}"
        )
    classes = values.shape[1]
    if len(labels) == 0:
        raise DataError("accuracy: needs at least one picture, got none")
    if (wrong := np.flatnonzero((labels < 0) | (labels >= classes))).size:
        first = wrong[0]
        raise DataError(f"label {first}: must be from 0 to {classes - 1}, found {labels[first]}")
    if (wrong := np.flatnonzero(~np.isfinite(values).all(axis=1))).size:
        raise DataError(f"{name} of picture {wrong[0]}: not finite")
