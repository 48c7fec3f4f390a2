"""Are two engines' answers the same, and are they right?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .runtimes import Probabilities

TOLERANCE = 1e-5  # between two engines' probabilities in float32: rounding, no more
FULL = {"float32", "fp32"}  # the precisions for which TOLERANCE is meant
SAME_DIGITS = 0.99  # share that must agree where one of two engines computes in less than float32


@dataclass(frozen=True)
class Verdict:
    """One engine's answers beside the reference and the labels."""

    agrees: bool = True
    difference: float = 0.0  # largest between two probabilities
    same_digits: float = 1.0  # share
    accuracy: float | None = None  # share; None without labels
    exact: bool = True  # whether float32 was compared with float32


def judge(answers: Probabilities, reference: Probabilities, labels: bytes, exact: bool) -> Verdict:
    """Compare probabilities (n, 10) with the reference and with the first labels.

    `exact` answers agree when all digits are the same and all probabilities within TOLERANCE. With
    int8 or bfloat16 on one side nobody can ask for that: SAME_DIGITS of the digits must be.
    """
    if answers.shape != reference.shape or not np.isfinite(answers).all():
        return Verdict(False, 1.0, 0.0, None, exact)
    digits = answers.argmax(axis=1)
    difference = float(np.abs(answers - reference).max(initial=0.0))
    same = float((digits == reference.argmax(axis=1)).mean()) if len(digits) else 1.0
    agrees = (same == 1.0 and difference <= TOLERANCE) if exact else same >= SAME_DIGITS
    known = np.frombuffer(labels, np.uint8)
    accuracy = float((digits[: len(known)] == known).mean()) if len(known) else None
    return Verdict(agrees, difference, same, accuracy, exact)


def judge_ours(verdicts: Sequence[Verdict]) -> Verdict:
    """Ours, the first, agrees when everybody does: where two differ, nobody knows who is right.

    The difference is the largest to any engine that computes as exactly as we do.
    """
    exact = [verdict for verdict in verdicts if verdict.exact]
    return replace(
        verdicts[0],
        agrees=all(verdict.agrees for verdict in verdicts),
        difference=max(verdict.difference for verdict in exact or verdicts),
        same_digits=min(verdict.same_digits for verdict in exact or verdicts),
    )
