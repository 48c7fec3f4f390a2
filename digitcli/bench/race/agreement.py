"""Whether a runtime gives our answers: exactly in float32, nearly in less."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..runtimes import TOLERANCE

if TYPE_CHECKING:
    from ..runtimes import Labels, Probabilities

LEAST_EQUAL = 0.99  # share of equal digits in bf16 and int8, which round far more coarsely


@dataclass(frozen=True)
class Agreement:
    """How a runtime's answers compare with the reference, and with the truth."""

    agrees: bool = True
    difference: float = 0.0  # largest between two probabilities
    equal: float = 1.0  # share of pictures with the reference's digit
    accuracy: float | None = None  # share of pictures with the right digit, where labels are known


def compare(
    answers: Probabilities,
    reference: Probabilities,
    precision: str = "fp32",
    labels: Labels | None = None,
    tolerance: float = TOLERANCE,
) -> Agreement:
    """Judge `answers`, float32 (n, classes): in fp32 equal digits and close probabilities.

    Close is within `tolerance`. In other precisions a share of `LEAST_EQUAL` of the digits is.
    Answers of another shape, or that are not numbers, never agree.
    """
    if answers.shape != reference.shape or not np.isfinite(answers).all():
        return Agreement(False, 1.0, 0.0)
    digits = answers.argmax(axis=1)
    difference = float(np.abs(answers - reference).max(initial=0.0))
    equal = _share(digits, reference.argmax(axis=1))
    exact = equal == 1.0 and difference <= tolerance
    agrees = exact if precision == "fp32" else equal >= LEAST_EQUAL
    accuracy = None if labels is None else _share(digits, np.asarray(labels)[: len(digits)])
    return Agreement(agrees, difference, equal, accuracy)


def _share(digits: Labels, others: Labels) -> float:
    return float((digits == others).mean()) if len(digits) else 1.0
