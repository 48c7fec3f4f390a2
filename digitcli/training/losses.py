"""Targets of the answers, their loss, and pictures for which no answer is right.

A label past 9 means that a picture shows no digit: its target is the same probability for all ten
(Hendrycks, Mazeika, Dietterich, "Deep Anomaly Detection with Outlier Exposure", ICLR 2019).
"""

from __future__ import annotations

from typing import Any

from ..model.spec import CLASSES
from .compute.backend import ops


def shows_digit(labels: Any) -> Any:
    """Booleans (n,): whether the label is a digit."""
    return ops.less(ops.cast(labels, "int32"), CLASSES)


def smoothed(labels: Any, smoothing: float) -> Any:
    """One-hot targets with label smoothing (the ten share `smoothing`): float32 (n, 10)."""
    return ops.one_hot(labels, CLASSES) * (1 - smoothing) + smoothing / CLASSES


def even_for_outliers(target: Any, labels: Any) -> Any:
    """`target` (n, 10), but the uniform distribution for pictures that show no digit."""
    return ops.where(shows_digit(labels)[:, None], target, 1 / CLASSES)


def cross_entropy(target: Any, logits: Any) -> Any:
    """Cross-entropy of each picture's softmax with its target, float32 (n,)."""
    return ops.categorical_crossentropy(target, logits, from_logits=True)


def count_right(logits: Any, labels: Any) -> Any:
    """How many of the largest logits are the label's, int32."""
    right = ops.equal(ops.argmax(logits, axis=1), ops.cast(labels, "int32"))
    return ops.sum(ops.cast(right, "int32"))
