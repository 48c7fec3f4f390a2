"""How right answers are: exact strings, and digits by edit distance."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from digitcli.vision.reader import Reader
from digitcli.vision.reading import Reading

from .sets import Labelled


@dataclass(frozen=True)
class Score:
    """What came out for some pictures; `exact` and `digits` are shares."""

    pictures: int
    exact: float
    digits: float


def score(wanted: Sequence[str], found: Sequence[str]) -> Score:
    """Compare texts; where a line ends counts for `exact` alone."""
    pairs = list(zip(wanted, found, strict=True))
    if not pairs:
        raise SystemExit("no picture is left to read: choose a smaller --every")
    exact = sum(a == b for a, b in pairs) / len(pairs)
    plain = [(a.replace("\n", ""), b.replace("\n", "")) for a, b in pairs]
    wrong = sum(min(edits(a, b), len(a)) for a, b in plain)
    return Score(len(pairs), exact, 1 - wrong / sum(len(a) for a, _ in plain))


def edits(a: str, b: str) -> int:
    """Insertions, deletions and replacements from one string to the other (Levenshtein)."""
    before = list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        row = [i]
        for j, right in enumerate(b, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (left != right)))
        before = row
    return before[-1]


def read(reader: Reader, pictures: Sequence[Labelled]) -> tuple[list[Reading], float]:
    """What the reader says of each picture, and milliseconds for each."""
    start = time.perf_counter()
    readings = list(reader.read_many(picture.source for picture in pictures))
    return readings, (time.perf_counter() - start) / max(len(pictures), 1) * 1e3
