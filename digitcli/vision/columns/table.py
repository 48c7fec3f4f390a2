"""A rule as a table that C++ walks."""

from __future__ import annotations

from array import array
from functools import lru_cache
from typing import TYPE_CHECKING

from ...errors import UsageError
from ...model.frozen import dataclass

if TYPE_CHECKING:
    from ..rules.rule import Rule, State

MOST_STATES = 20_000
_MOST_CELLS = 3_000_000  # states times columns: 88 bytes each


@dataclass(frozen=True, eq=False)
class RuleTable:
    """`steps` int32 (states, 10): the next state, -1 for none; `accepts` uint8 (states,).

    The first state is the start.
    """

    steps: memoryview
    accepts: bytes

    @property
    def states(self) -> int:
        """How many states there are."""
        return len(self.accepts)


FREE = RuleTable(memoryview(array("i", [0] * 10)), b"\1")  # any digits, or none


def table_for(rule: Rule, columns: int) -> RuleTable:
    """The table of `rule` for lines of `columns` columns, which hold at most as many digits.

    Tables are kept for the next line. Raises UsageError where the table, or the search
    with it, would not fit into some 250 MB.
    """
    table = _table(rule, 1 << max(columns - 1, 0).bit_length())  # few lengths, so few tables
    if table.states * columns > _MOST_CELLS:
        raise UsageError(
            f"a rule with {table.states:,} states is too much for a line of {columns:,} columns "
            f"(at most {_MOST_CELLS // columns:,} states)",
            "cut the line into shorter ones, or ask for fewer rules at once",
        )
    return table


@lru_cache(8)
def _table(rule: Rule, digits: int) -> RuleTable:
    """The states that up to `digits` digits reach, nearest first."""
    numbers: dict[State, int] = {rule.start: 0}
    steps = array("i")
    layer: list[State] = [rule.start]
    for depth in range(digits + 1):
        found: list[State] = []
        for state in layer:
            for digit in range(10):
                after = rule.step(state, digit) if depth < digits else None
                if after is not None and after not in numbers:
                    numbers[after] = len(numbers)
                    found.append(after)
                steps.append(-1 if after is None else numbers[after])
        _check_size(len(numbers))
        layer = found
    return RuleTable(memoryview(steps), bytes(rule.accepts(state) for state in numbers))


def _check_size(states: int) -> None:
    if states > MOST_STATES:
        raise UsageError(
            f"these rules have more than {MOST_STATES:,} states together",
            "leave one of them away, or ask for fewer digits",
        )
