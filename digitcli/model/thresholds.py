"""Thresholds on the confidence, below which an answer is "unsure", as a weight file keeps them.

`trained["thresholds"]` is a table made on validation pictures (`evaluation.selective`): of `n`
pictures `answered` had a confidence of at least `confidence`, and `wrong` of those were wrong.
Plain values, so that `predict` reads it without NumPy.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import ModelError, UsageError

KEY = "thresholds"

_REMAKE = "thresholds are measured by training: train again, or take weights that have them"


@dataclass(frozen=True)
class Threshold:
    """The least confidence of an answer, and its effect on validation pictures.

    `error` is the share of wrong answers that was asked for. Of `n` pictures of `data` the share
    `coverage` was answered; the share `observed` of the answers was wrong.
    """

    confidence: float
    error: float
    coverage: float
    observed: float
    n: int
    data: str = "validation"

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "confidence": self.confidence,
            "target_error": self.error,
            "validation_coverage": self.coverage,
            "validation_error": self.observed,
            "validation_pictures": self.n,
            "measured_on": self.data,
        }

    @property
    def sentence(self) -> str:
        """All of it."""
        return (
            f"answers have a confidence of {self.confidence:.6g} or more: of {self.n:,} pictures "
            f"({self.data}) {100 * self.coverage:.4g} % do, {100 * self.observed:.3g} % of them "
            "wrong"
        )


def parse_error(text: str) -> float:
    """The share that "0.1%" stands for. Raises UsageError for anything else."""
    found = re.fullmatch(r"([0-9]{1,2}(?:\.[0-9]{1,9})?) ?%", text)
    if found is None or not 0 < float(found[1]) <= 50:
        bare = re.fullmatch(r"[0-9.]{1,12}", text)
        raise UsageError(
            f"--target-error: expected a percentage above 0 % and at most 50 %, got {text!r}",
            f"did you mean {text}%?" if bare else "for example --target-error 0.1%",
        )
    return float(found[1]) / 100


def threshold_for(
    trained: Mapping[str, Any], error: float, name: str, least: float = 0.0
) -> Threshold:
    """The lowest threshold of weights `name` that promises at most the share `error` of errors.

    It is at least `least`, the threshold without a promise; what was measured is then that of the
    table's last row below it.

    (wrong + 1) / (answered + 1) must not exceed it: one error more than was seen, so that a few
    pictures do not promise too much.

    Raises ModelError when the weights have no table, UsageError when no threshold is good enough.
    """
    table = _table(trained, name)
    shares = [(wrong + 1) / (answered + 1) for _, answered, wrong in table["points"]]
    good = [point for point, share in zip(table["points"], shares, strict=True) if share <= error]
    if good:
        low = [point for point in good if point[0] <= least]
        confidence, answered, wrong = low[-1] if low else good[0]
        observed, n = wrong / answered if answered else 0.0, table["n"]
        confidence = max(confidence, least)
        return Threshold(confidence, error, answered / n, observed, n, table["data"])
    raise UsageError(
        f"--target-error: {100 * error:g} % cannot be promised from {table['n']:,} validation "
        f"pictures of {name}",
        f"the least is {100 * min(shares, default=1):.2g} %",
    )


def _table(trained: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The table, refused when it is not what `evaluation.selective` writes."""
    table = trained.get(KEY)
    if table is None:
        raise ModelError(f"{name}: has no thresholds for --target-error", _REMAKE)
    points = table.get("points") if isinstance(table, Mapping) else None
    n = table.get("n") if isinstance(table, Mapping) else None
    sound = isinstance(points, list) and all(map(_is_point, points))
    if not isinstance(n, int) or n < 1 or not sound:
        raise ModelError(f"{name}: its thresholds are no table of three numbers a row", _REMAKE)
    return {"n": n, "points": points, "data": str(table.get("data", "validation"))}


def _is_point(point: object) -> bool:
    """[confidence, answered, wrong]."""
    if not isinstance(point, list) or len(point) != 3:
        return False
    return isinstance(point[0], (int, float)) and all(isinstance(part, int) for part in point[1:])
