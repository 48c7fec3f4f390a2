"""The most probable number of a line among those that obey a rule."""

from __future__ import annotations

from dataclasses import dataclass

from ...signs import SIGNS
from ..rules.rule import Rule
from .decode import BEAM, Buffer, LineText, search
from .table import table_for

_EXPANSIONS = 4_000  # prefixes that the exact search looks at: 40 ms; most lines need none
_COLUMN_BYTES = 4 * (len(SIGNS) + 1)


@dataclass(frozen=True)
class ValidLine(LineText):
    """The best valid text of a line.

    `probability` is that of the text among all valid ones, `unconditional` among all texts, valid
    or not: small where the line does not look like any number that obeys the rule.
    """

    unconditional: float


def best_valid(columns: Buffer, rule: Rule, temperature: float = 1.0) -> ValidLine | None:
    """The most probable text of a line that obeys `rule`; None where all have probability 0.

    `columns` and `temperature` as for `decode.decode`. The rule sees the digits; separators do not
    count. Both probabilities are exact. So is the choice of the text, unless thousands of prefixes
    are about as good: past 4,000 of them (or 64 MB) it is the best text found so far. Raises
    UsageError where `rule` has too many states (`table.table_for`), DataError as `decode` does.
    """
    table = table_for(rule, _count(columns))
    found = search(columns, table, BEAM, _EXPANSIONS, temperature)
    return None if found is None else ValidLine(*found)


def _count(columns: Buffer) -> int:
    """How many columns there are, about: what is no line at all is refused by the search."""
    try:
        return memoryview(columns).nbytes // _COLUMN_BYTES
    except TypeError:
        return 0
