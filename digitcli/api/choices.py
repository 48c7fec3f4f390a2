"""Options that have a few values, as the commands check them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..errors import UsageError

Mode = Literal["one", "many", "auto"]
MODES = ("one", "many", "auto")


def check_choice(name: str, value: object, choices: Sequence[str]) -> None:
    """Raise UsageError unless `value` is one of `choices`."""
    if value not in choices:
        known = ", ".join(map(repr, choices))
        raise UsageError(f"{name} must be one of {known}, got {value!r}")
