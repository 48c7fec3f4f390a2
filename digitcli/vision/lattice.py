"""All ways to read one line: a lattice whose arcs are candidate digits between possible cuts.

Nodes 0 to `nodes` - 1 stand for the places where one digit may end and the next begin, from left to
right; every arc leads to a higher node. A path from the first node to the last is one reading. Arcs
without probabilities are marks (dots, commas, rules): they are passed without a digit.

Plain Python: a line has some tens of arcs.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import nlargest

Box = tuple[int, int, int, int]

_ALIKE = 0.6  # of two boxes' union is in both: two ways to cut the same digit
_LEAST = 1e-9  # a digit this improbable is as good as impossible, but has a logarithm


@dataclass(frozen=True)
class Arc:
    """One candidate between the nodes `start` and `end`.

    `box` is (x, y, width, height) in pixels of the picture, `probabilities` those of the ten digits
    given that it is one, () for a mark. `score` is the logarithm of how well the candidate stands
    as a digit (or as a mark) at all: shape, size, and how sure the network is. `candidate` is the
    number of its picture among those that the network saw, -1 for a mark.
    """

    start: int
    end: int
    box: Box
    probabilities: tuple[float, ...] = ()
    score: float = 0.0
    candidate: int = -1

    def log_score(self, digit: int | None) -> float:
        """Logarithmic score of reading `digit` here, None on a mark."""
        if digit is None:
            return self.score
        return self.score + math.log(max(self.probabilities[digit], _LEAST))

    def choices(self) -> Sequence[int | None]:
        """What may be read here: ten digits, or nothing."""
        return range(len(self.probabilities)) if self.probabilities else (None,)


@dataclass(frozen=True)
class Path:
    """One reading: the arcs from the first node to the last, and what each is read as."""

    arcs: tuple[Arc, ...]
    digits: tuple[int | None, ...]
    score: float

    @property
    def text(self) -> str:
        """The digits as one string, marks left out."""
        return "".join(str(digit) for digit in self.digits if digit is not None)


@dataclass(frozen=True)
class Lattice:
    """Arcs over `nodes` nodes.

    Raises ValueError for an arc that does not lead forward inside the nodes.
    """

    nodes: int
    arcs: tuple[Arc, ...]

    def __post_init__(self) -> None:
        for arc in self.arcs:
            if not 0 <= arc.start < arc.end < self.nodes:
                raise ValueError(
                    f"arc from {arc.start} to {arc.end} does not lead forward among {self.nodes}"
                )

    @cached_property
    def arriving(self) -> tuple[tuple[Arc, ...], ...]:
        """The arcs that end at each node."""
        found: list[list[Arc]] = [[] for _ in range(self.nodes)]
        for arc in self.arcs:
            found[arc.end].append(arc)
        return tuple(tuple(arcs) for arcs in found)

    @cached_property
    def evidence(self) -> float:
        """Logarithm of the summed scores of all readings; -inf without any path.

        exp(path.score - evidence) is how probable one path is among all.
        """
        total = [0.0] + [-math.inf] * (self.nodes - 1)
        for node in range(1, self.nodes):
            total[node] = _log_sum(
                total[arc.start] + _log_sum(arc.log_score(digit) for digit in arc.choices())
                for arc in self.arriving[node]
            )
        return total[-1] if total else -math.inf

    def stands(self, box: Box) -> float:
        """How probable it is that one digit stands about in `box`, however it is cut.

        Readings that differ by a speck or the end of a stroke do not make each other doubtful.
        """
        digits = ((arc, share) for arc, share in self._shares if arc.probabilities)
        return min(1.0, sum(share for arc, share in digits if overlap(arc.box, box) >= _ALIKE))

    @cached_property
    def _shares(self) -> tuple[tuple[Arc, float], ...]:
        return tuple(self.shares())

    def shares(self) -> Iterator[tuple[Arc, float]]:
        """How probable it is that a reading uses each arc, whatever it is read as."""
        whole = [_log_sum(arc.log_score(digit) for digit in arc.choices()) for arc in self.arcs]
        ahead = [-math.inf] * (self.nodes - 1) + [0.0]
        leaving: list[list[int]] = [[] for _ in range(self.nodes)]
        for number, arc in enumerate(self.arcs):
            leaving[arc.start].append(number)
        for node in reversed(range(self.nodes - 1)):
            ahead[node] = _log_sum(whole[n] + ahead[self.arcs[n].end] for n in leaving[node])
        behind = [0.0] + [-math.inf] * (self.nodes - 1)
        for node in range(self.nodes - 1):  # every arc into a node has a lower start
            for n in leaving[node]:
                end = self.arcs[n].end
                behind[end] = _log_sum((behind[end], behind[node] + whole[n]))
        for arc, score in zip(self.arcs, whole, strict=True):
            through = behind[arc.start] + score + ahead[arc.end]
            yield arc, math.exp(min(0.0, through - ahead[0])) if ahead[0] > -math.inf else 0.0

    def best_path(self) -> Path | None:
        """The reading with the highest score, None where no path leads to the last node."""
        return next(iter(self.best_paths(1)), None)

    def best_paths(self, count: int) -> list[Path]:
        """Up to `count` readings with different texts, best first (dynamic programming).

        Of several paths to the same text the best is kept.
        """
        if not self.nodes or count < 1:
            return []
        best: list[list[Path]] = [[Path((), (), 0.0)]]
        for arcs in self.arriving[1:]:
            best.append(_best(_longer(best, arcs, count), count))
        return best[-1]


def common_area(a: Box, b: Box) -> int:
    """How many pixels two boxes share."""
    wide = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    tall = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    return max(0, wide) * max(0, tall)


def overlap(a: Box, b: Box) -> float:
    """The part of two boxes' union that is in both, 0 to 1 (Jaccard index)."""
    shared = common_area(a, b)
    return shared / (a[2] * a[3] + b[2] * b[3] - shared)


def chain(lattices: Iterable[Lattice]) -> Lattice:
    """Several lattices read one after the other, as one; without any, one node and no arcs."""
    arcs: list[Arc] = []
    offset = 0
    for lattice in lattices:
        arcs += [
            Arc(
                arc.start + offset,
                arc.end + offset,
                arc.box,
                arc.probabilities,
                arc.score,
                arc.candidate,
            )
            for arc in lattice.arcs
        ]
        offset += max(lattice.nodes - 1, 0)
    return Lattice(offset + 1, tuple(arcs))


def _longer(best: list[list[Path]], arcs: Iterable[Arc], count: int) -> Iterable[Path]:
    """Every best path to the start of an arc, with the arc's `count` best choices behind it."""
    for arc in arcs:
        scored = ((arc.log_score(digit), digit) for digit in arc.choices())
        for score, digit in nlargest(count, scored, key=lambda pair: pair[0]):
            for path in best[arc.start]:
                yield Path((*path.arcs, arc), (*path.digits, digit), path.score + score)


def _best(paths: Iterable[Path], count: int) -> list[Path]:
    """The `count` best paths, one for each text."""
    by_text: dict[str, Path] = {}
    for path in paths:
        known = by_text.get(path.text)
        if known is None or path.score > known.score:
            by_text[path.text] = path
    return nlargest(count, by_text.values(), key=lambda path: path.score)


def _log_sum(values: Iterable[float]) -> float:
    found = list(values)
    most = max(found, default=-math.inf)
    if most == -math.inf:
        return -math.inf
    return most + math.log(sum(math.exp(value - most) for value in found))
