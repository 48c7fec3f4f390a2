"""Targets of the answers, their loss, and pictures for which no answer is right.

A label past the classes means that a picture shows none of them: its target is the same probability
for all (Hendrycks, Mazeika, Dietterich, "Deep Anomaly Detection with Outlier Exposure", ICLR 2019).
"""

from __future__ import annotations

from typing import Any

from .compute.backend import ops


def shows_class(labels: Any, classes: int) -> Any:
    """Booleans (n,): whether the label is one of so many classes."""
    return ops.less(ops.cast(labels, "int32"), classes)


def smoothed(labels: Any, smoothing: float, classes: int) -> Any:
    """One-hot targets with label smoothing (all share `smoothing`): float32 (n, classes)."""
    return ops.one_hot(labels, classes) * (1 - smoothing) + smoothing / classes


def even_for_outliers(target: Any, labels: Any, classes: int) -> Any:
    """`target` (n, classes), but the uniform distribution for pictures that show no class."""
    return ops.where(shows_class(labels, classes)[:, None], target, 1 / classes)


def cross_entropy(target: Any, logits: Any) -> Any:
    """Cross-entropy of each picture's softmax with its target, float32 (n,)."""
    return ops.categorical_crossentropy(target, logits, from_logits=True)


def count_right(logits: Any, labels: Any) -> Any:
    """How many of the largest logits are the label's, int32."""
    right = ops.equal(ops.argmax(logits, axis=1), ops.cast(labels, "int32"))
    return ops.sum(ops.cast(right, "int32"))
