"""The best reading that obeys a rule, and that of a picture with one digit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ..digit import Digit
from .rule import Rule, follows

_LEAST = 1e-9  # a digit this improbable is as good as impossible, but may be the only valid one


@dataclass(frozen=True)
class Valid:
    """The best valid reading of a picture.

    `probability` is that of its text among all valid ones, `unconditional` among all readings,
    valid or not: small where the picture does not look like any number that obeys the rule.
    """

    text: str
    probability: float
    unconditional: float

    def to_dict(self) -> dict[str, Any]:
        """The same as plain JSON."""
        return dict(vars(self))


def best_digit(rule: Rule, digit: Digit) -> tuple[Valid | None, tuple[Digit, ...]]:
    """The best valid reading of a picture with one digit, and the digit, if any, that it has.

    A digit with `reject` above 0 may be none at all. Without a valid reading it stays as it is.
    """
    readings = _readings(digit)
    valid = {text: share for text, share in readings.items() if follows(rule, text)}
    if not valid:
        return None, (digit,)
    best = max(valid, key=valid.__getitem__)
    share = valid[best]
    found = Valid(best, share / sum(valid.values()), share / sum(readings.values()))
    return found, (replace(digit, digit=int(best)),) if best else ()


def _readings(digit: Digit) -> dict[str, float]:
    """How probable each text is: ten digits, and "" where it may be no digit."""
    readings = {}
    if digit.reject < 1:
        sure = 1 - digit.reject
        readings = {str(n): sure * max(share, _LEAST) for n, share in enumerate(digit.shares)}
    if digit.reject > 0:
        readings[""] = digit.reject
    return readings
