"""Rules for numbers, as automata that read a number digit by digit.

A rule has a state before the first digit and after each digit, and tells whether a number may end
in a state. States are small and can be compared, so a search over many readings keeps only the best
one for each state (cpp/vision/ctc).
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, Protocol

State = Hashable

LONGEST = 1000  # digits that a rule may ask for
_LOOKED_AT = 200_000  # states: more are taken for a sign that some number obeys


class Rule(Protocol):
    """An automaton over the digits 0 to 9."""

    @property
    def start(self) -> State:
        """The state before the first digit."""

    def step(self, state: Any, digit: int) -> State | None:
        """The state after one more digit; None where no further digits make it a valid number."""

    def accepts(self, state: Any) -> bool:
        """Whether the number may end here."""

    def __hash__(self) -> int:
        """Work on a rule is kept for the next picture (`columns/table.py`)."""


@dataclass(frozen=True)
class Length:
    """Exactly `digits` digits."""

    digits: int
    start: int = 0

    def step(self, state: int, digit: int) -> int | None:
        """One more digit, if there may be one."""
        return state + 1 if state < self.digits else None

    def accepts(self, state: int) -> bool:
        """Whether they are all there."""
        return state == self.digits


@dataclass(frozen=True)
class Literal:
    """This number and no other."""

    text: str
    start: int = 0

    def step(self, state: int, digit: int) -> int | None:
        """The next place, if this is the digit there."""
        fits = state < len(self.text) and self.text[state] == str(digit)
        return state + 1 if fits else None

    def accepts(self, state: int) -> bool:
        """Whether all of it is there."""
        return state == len(self.text)


@dataclass(frozen=True)
class All:
    """Several rules at once: the product of their automata."""

    rules: tuple[Rule, ...]

    @property
    def start(self) -> tuple[State, ...]:
        """The starts of all."""
        return tuple(rule.start for rule in self.rules)

    def step(self, state: tuple[State, ...], digit: int) -> tuple[State, ...] | None:
        """One step in each, unless one of them forbids it."""
        found = []
        for rule, part in zip(self.rules, state, strict=True):
            after = rule.step(part, digit)
            if after is None:
                return None
            found.append(after)
        return tuple(found)

    def accepts(self, state: tuple[State, ...]) -> bool:
        """Whether all accept."""
        return all(rule.accepts(part) for rule, part in zip(self.rules, state, strict=True))


def follows(rule: Rule, text: str) -> bool:
    """Whether `text`, digits only, obeys `rule`."""
    state: State | None = rule.start
    for character in text:
        if state is None:
            return False
        state = rule.step(state, int(character))
    return state is not None and rule.accepts(state)


def example(rule: Rule) -> str | None:
    """A number that obeys `rule`, None where there is none.

    "" after _LOOKED_AT states: then it is not known whether there is one.
    """
    seen = {rule.start}
    waiting: list[tuple[State, str]] = [(rule.start, "")]
    while waiting:
        state, text = waiting.pop()
        if text and rule.accepts(state):
            return text
        if len(seen) > _LOOKED_AT:
            return ""
        for digit in range(10):
            after = rule.step(state, digit)
            if after is not None and after not in seen and len(text) < LONGEST:
                seen.add(after)
                waiting.append((after, f"{text}{digit}"))
    return None
