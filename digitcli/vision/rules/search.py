"""The best reading of a lattice that obeys a rule.

The search runs over pairs of a node of the lattice and a state of the rule. Of all readings that
lead to the same pair only the best can become the best of all (Viterbi); their summed probability
is kept as one number. The result is exact: nothing is pruned.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import NamedTuple

from ..digit import Digit
from ..lattice import Arc, Lattice, Path
from .rule import Literal, Rule, State


@dataclass(frozen=True)
class Valid:
    """The best valid reading of a lattice.

    `probability` is that of its text among all valid ones, `unconditional` among all readings,
    valid or not: small where the picture does not look like any number that obeys the rule.
    """

    path: Path
    probability: float
    unconditional: float

    @property
    def text(self) -> str:
        """The number."""
        return self.path.text


def best_valid(lattice: Lattice, rule: Rule) -> Valid | None:
    """The reading with the highest score that obeys `rule`; None where there is none."""
    found = _search(lattice, rule)
    if found is None:
        return None
    path, all_valid = found
    same = _search(lattice, Literal(path.text))  # other cuts of the line may give the same text
    mass = path.score if same is None else same[1]
    return Valid(path, _share(mass, all_valid), _share(mass, lattice.evidence))


def obeying(rule: Rule, digits: tuple[Digit, ...]) -> tuple[Valid | None, tuple[Digit, ...]]:
    """The best valid reading of `digits` in a row, and the digits that spell it.

    A digit with `reject` above 0 may be left out. Without a valid reading the digits stay.
    """
    valid = best_valid(row_of(digits), rule)
    if valid is None:
        return None, digits
    chosen = zip(valid.path.arcs, valid.path.digits, strict=True)
    spelled = (
        replace(digits[arc.candidate], digit=digit) for arc, digit in chosen if digit is not None
    )
    return valid, tuple(spelled)


def row_of(digits: tuple[Digit, ...]) -> Lattice:
    """A lattice in which each digit leads from one node to the next."""
    arcs: list[Arc] = []
    for place, digit in enumerate(digits):
        ends = place, place + 1, digit.box
        if digit.reject < 1:
            arcs.append(Arc(*ends, digit.shares, math.log1p(-digit.reject), place))
        if digit.reject > 0:
            arcs.append(Arc(*ends, (), math.log(digit.reject)))
    return Lattice(len(digits) + 1, tuple(arcs))


class _Cell(NamedTuple):
    """The readings that lead to a node and a state: best score, its last step, log of the sum."""

    score: float
    arc: Arc | None
    digit: int | None
    before: State
    mass: float


def _search(lattice: Lattice, rule: Rule) -> tuple[Path, float] | None:
    """The best valid path, and the logarithm of the summed scores of all."""
    if not lattice.nodes:
        return None
    table: list[dict[State, _Cell]] = [{rule.start: _Cell(0.0, None, None, None, 0.0)}]
    for arcs in lattice.arriving[1:]:
        arriving: defaultdict[State, list[_Cell]] = defaultdict(list)
        for arc in arcs:
            _extend(arriving, table[arc.start], arc, rule)
        table.append({state: _joined(cells) for state, cells in arriving.items()})
    ends = [state for state in table[-1] if rule.accepts(state)]
    if not ends:
        return None
    best = max(ends, key=lambda state: table[-1][state].score)
    return _trace(table, best), _log_sum([table[-1][state].mass for state in ends])


def _extend(
    arriving: defaultdict[State, list[_Cell]], cells: dict[State, _Cell], arc: Arc, rule: Rule
) -> None:
    """Append the readings at the start of `arc`, each continued by all its choices."""
    for digit in arc.choices():
        score = arc.log_score(digit)
        for state, cell in cells.items():
            after = state if digit is None else rule.step(state, digit)
            if after is not None:
                step = _Cell(cell.score + score, arc, digit, state, cell.mass + score)
                arriving[after].append(step)


def _joined(cells: list[_Cell]) -> _Cell:
    best = max(cells, key=lambda cell: cell.score)
    mass = _log_sum([cell.mass for cell in cells])
    return _Cell(best.score, best.arc, best.digit, best.before, mass)


def _trace(table: list[dict[State, _Cell]], state: State) -> Path:
    """The best path to `state` at the last node."""
    cell = table[-1][state]
    score, arcs, digits = cell.score, [], []
    while cell.arc is not None:
        arcs.append(cell.arc)
        digits.append(cell.digit)
        cell = table[cell.arc.start][cell.before]
    return Path(tuple(reversed(arcs)), tuple(reversed(digits)), score)


def _log_sum(values: list[float]) -> float:
    most = max(values)
    return most + math.log(sum(math.exp(value - most) for value in values))


def _share(part: float, whole: float) -> float:
    return min(1.0, math.exp(part - whole))
