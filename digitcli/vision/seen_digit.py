"""One picture as one digit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..model.frozen import dataclass
from .digit import Digit
from .files.pixels import Pixels
from .normalize import Normalized, normalize
from .seen import Answered, Rows

if TYPE_CHECKING:
    from .rules.rule import Rule
    from .rules.valid import Valid

DIGITS = 10


@dataclass(frozen=True)
class SeenDigit:
    """A digit as the network is shown it, None on blank paper; see `Seen` for the methods."""

    normalized: Normalized | None

    @property
    def pictures(self) -> bytes:
        """28 * 28 bytes, or none."""
        return b"" if self.normalized is None else bytes(self.normalized.pixels)

    @property
    def count(self) -> int:
        """1, or 0 on blank paper."""
        return int(self.normalized is not None)

    def answer(self, rows: Rows) -> Answered:
        """The most probable digit."""
        if self.normalized is None:
            return Answered((), "one")
        return Answered((_digit(self.normalized, rows[0]),), "one")

    def obeying(
        self, rule: Rule, found: Answered, rows: Rows
    ) -> tuple[Valid | None, tuple[Digit, ...]]:
        """The best digit that obeys the rule."""
        from .rules.valid import best_digit

        (digit,) = found.digits
        return best_digit(rule, digit)


def look_at_digit(grey: Pixels) -> SeenDigit:
    """Find the one digit in a grey picture uint8 (h, w)."""
    return SeenDigit(normalize(grey))


def _digit(seen: Normalized, row: Sequence[float]) -> Digit:
    """The most probable digit; of eleven probabilities the last is that of none."""
    reject = row[DIGITS] if len(row) > DIGITS else 0.0
    shares = tuple(row[:DIGITS])
    if reject:
        whole = sum(shares) or 1.0
        shares = tuple(share / whole for share in shares)
    return Digit(shares.index(max(shares)), seen.box, shares, seen, reject)
