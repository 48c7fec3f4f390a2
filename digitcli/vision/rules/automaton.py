"""From the tree of a pattern to a deterministic automaton over the ten digits.

The tree becomes an automaton that may be in several states at once (K. Thompson, "Regular
Expression Search Algorithm", CACM 11, 1968); sets of its states are the states of the result. Every
part of a pattern matches something, so from each state a number can be completed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

_MOST_STATES = 10_000  # of either automaton; \d{1000} needs a tenth


class TooLargeError(ValueError):
    """A pattern whose automaton has more states than any number needs."""

    def __init__(self) -> None:
        super().__init__(f"its automaton has more than {_MOST_STATES:,} states")


@dataclass(frozen=True)
class Digits:
    """One digit out of `allowed`."""

    allowed: frozenset[int]


@dataclass(frozen=True)
class Sequence:
    """`parts` one after the other; without any, the empty text."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Choice:
    """One of `branches`."""

    branches: tuple[Node, ...]


@dataclass(frozen=True)
class Repeat:
    """`part` at least `least` times and at most `most` times; None: without an end."""

    part: Node
    least: int
    most: int | None


Node: TypeAlias = "Digits | Sequence | Choice | Repeat"


@dataclass(frozen=True, eq=False)  # by identity: a table of it can be kept (columns/table.py)
class Automaton:
    """A rule (`rule.Rule`) as a table: `table[state]` maps each digit to the next state."""

    table: tuple[dict[int, int], ...]
    final: frozenset[int]
    start: int = 0

    def step(self, state: int, digit: int) -> int | None:
        """The next state, None where no number that matches goes on with `digit`."""
        return self.table[state].get(digit)

    def accepts(self, state: int) -> bool:
        """Whether a number that ends here matches."""
        return state in self.final


def determine(tree: Node) -> Automaton:
    """The deterministic automaton of `tree`.

    Raises TooLargeError past 10,000 states.
    """
    machine = _Machine()
    begin, end = machine.state(), machine.state()
    machine.build(tree, begin, end)
    first = machine.closure((begin,))
    numbers = {first: 0}
    table: list[dict[int, int]] = []
    waiting = [first]
    for states in waiting:  # grows while it is walked
        row: dict[int, int] = {}
        for digit in range(10):
            after = machine.after(states, digit)
            if after and after not in numbers:
                numbers[after] = len(waiting)
                waiting.append(after)
            if after:
                row[digit] = numbers[after]
        if len(waiting) > _MOST_STATES:
            raise TooLargeError
        table.append(row)
    final = frozenset(number for states, number in numbers.items() if end in states)
    return Automaton(tuple(table), final)


@dataclass
class _Machine:
    """Thompson's automaton: from each state one step on some digits, and free ones."""

    steps: list[tuple[frozenset[int], int] | None] = field(default_factory=list)
    free: list[list[int]] = field(default_factory=list)

    def state(self) -> int:
        """A new state."""
        if len(self.free) >= _MOST_STATES:
            raise TooLargeError
        self.steps.append(None)
        self.free.append([])
        return len(self.free) - 1

    def build(self, node: Node, begin: int, end: int) -> None:
        """Ways from `begin` to `end` for all that `node` matches."""
        match node:
            case Digits(allowed):
                inside = self.state()
                self.free[begin].append(inside)
                self.steps[inside] = allowed, end
            case Sequence(parts):
                for part in parts:
                    begin = self._one(part, begin)
                self.free[begin].append(end)
            case Choice(branches):
                for branch in branches:
                    self.free[self._one(branch, begin)].append(end)
            case Repeat(part, least, most):
                for _ in range(least):
                    begin = self._one(part, begin)
                self._more(part, begin, end, None if most is None else most - least)

    def _one(self, node: Node, begin: int) -> int:
        """`node` once; the state behind it."""
        end = self.state()
        self.build(node, begin, end)
        return end

    def _more(self, part: Node, begin: int, end: int, most: int | None) -> None:
        """`part` any number of times up to `most`."""
        if most is None:
            again = self.state()  # a state of its own: nothing else loops back into `begin`
            self.free[begin].append(again)
            self.free[self._one(part, again)].append(again)
            begin = again
        for _ in range(most or 0):
            self.free[begin].append(end)
            begin = self._one(part, begin)
        self.free[begin].append(end)

    def closure(self, states: Iterable[int]) -> frozenset[int]:
        """`states` and all that free steps reach."""
        found = set(states)
        waiting = list(found)
        while waiting:
            for state in self.free[waiting.pop()]:
                if state not in found:
                    found.add(state)
                    waiting.append(state)
        return frozenset(found)

    def after(self, states: frozenset[int], digit: int) -> frozenset[int]:
        """The states after one more digit."""
        taken = (self.steps[state] for state in states)
        return self.closure(step[1] for step in taken if step is not None and digit in step[0])
