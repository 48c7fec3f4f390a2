"""What CTC's columns say, by the enumeration of every path: for a handful of columns."""

from __future__ import annotations

import math
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, product

from digitcli.signs import SIGNS

BLANK = len(SIGNS)
Path = tuple[int, ...]


def buffer_of(rows: Iterable[Iterable[float]]) -> memoryview:
    """float32 (columns, 16) of rows that need not sum to 1 yet."""
    values = array("f")
    for row in rows:
        weights = list(row)
        values.extend(weight / sum(weights) for weight in weights)
    return memoryview(values.tobytes()).cast("f", (len(values) // (BLANK + 1), BLANK + 1))


def spelled(path: Iterable[int]) -> str:
    """The signs of a path: runs become one sign, blanks go."""
    return "".join(SIGNS[sign] for sign, _ in groupby(path) if sign != BLANK)


def digits_of(written: str) -> str:
    return "".join(sign for sign in written if sign.isdigit())


@dataclass(frozen=True)
class Line:
    """The columns of one line, as rows that sum to 1."""

    rows: tuple[tuple[float, ...], ...]

    @cached_property
    def written(self) -> dict[str, float]:
        """The probability of everything that may be written."""
        return summed((spelled(path), self.of(path)) for path in self.paths())

    @cached_property
    def texts(self) -> dict[str, float]:
        """The probability of all digits."""
        return summed((digits_of(written), mass) for written, mass in self.written.items())

    def paths(self, first: int = 0, end: int | None = None) -> Iterator[Path]:
        """All paths through the columns from `first` up to `end`, but impossible ones."""
        rows = self.rows[first:end]
        return product(*([c for c, p in enumerate(row) if p > 0] for row in rows))

    def of(self, path: Sequence[int], first: int = 0) -> float:
        """The probability of one path from the column `first` on."""
        return math.prod(self.rows[first + i][c] for i, c in enumerate(path))

    def best_path(self, written: str) -> float:
        """The probability of the best path that spells `written`."""
        return max(self.of(path) for path in self.paths() if spelled(path) == written)

    def alone(
        self, sign: str, left: tuple[str, int], right: tuple[str, int], digits: bool
    ) -> float:
        """The probability of `sign` and nothing else between two signs in their columns.

        Without a left or right neighbour the sign is "" and the column -1 or the number of columns.
        With `digits`, separators are not seen.
        """
        total = 0.0
        for path in self.paths(left[1] + 1, right[1]):
            ends = (
                [SIGNS.index(left[0])] if left[0] else [],
                [SIGNS.index(right[0])] if right[0] else [],
            )
            whole = [*ends[0], *path, *ends[1]]
            found = digits_of(spelled(whole)) if digits else spelled(whole)
            if found == left[0] + sign + right[0]:
                total += self.of(path, left[1] + 1)
        return total


def line_of(columns: memoryview) -> Line:
    """What a buffer says, each row divided by its sum."""
    rows = columns.tolist()
    return Line(tuple(tuple(p / sum(row) for p in row) for row in rows))


def summed(pairs: Iterable[tuple[str, float]]) -> dict[str, float]:
    total: defaultdict[str, float] = defaultdict(float)
    for key, value in pairs:
        total[key] += value
    return dict(total)
