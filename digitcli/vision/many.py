"""From the network's answers about all candidates of a picture to lines of digits.

This is arithmetic on candidates; the work on pixels is done in C++ (`segment`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .lattice import Arc, Box, Lattice, Path
from .mark import Kind, Mark
from .scoring import Weights, lattices
from .segment import Line, Segments

_SMALL = 0.55  # of the page's usual height: lines of lower digits are taken for print
_SURE = 0.8  # least probability of a digit whose height counts for the usual height
_POOR = -6.0  # least mean score of the digits of a line


@dataclass(frozen=True)
class Sign:
    """One digit in a line.

    `candidate` is its number among the candidates, `line` counts from 0, `shares` are the
    probabilities of the ten digits, `box` is in working pixels.
    """

    digit: int
    shares: tuple[float, ...]
    box: Box
    line: int
    candidate: int


@dataclass(frozen=True)
class Lines:
    """All that was read, in reading order; `lattices` hold each line's other readings."""

    signs: tuple[Sign, ...]
    marks: tuple[Mark, ...]
    lattices: tuple[Lattice, ...]

    @property
    def text(self) -> str:
        """The digits, a line feed between lines."""
        texts = ["" for _ in self.lattices]
        for sign in self.signs:
            texts[sign.line] += str(sign.digit)
        return "\n".join(texts)


def read_lines(
    segments: Segments, rows: Sequence[Sequence[float]], weights: Weights = Weights()
) -> Lines:
    """The best reading of every line that looks like one.

    `rows` are the probabilities of every candidate, as `scoring.lattices` takes them.
    """
    found = [
        (line, lattice, path)
        for line, lattice in zip(segments.lines, lattices(segments, rows, weights), strict=True)
        if (path := lattice.best_path()) is not None
    ]
    usual = _usual_height([path for _, _, path in found])
    signs: list[Sign] = []
    marks: list[Mark] = []
    kept: list[Lattice] = []
    for line, lattice, path in found:
        if _is_writing(path, usual):
            signs += _signs(path, len(kept))
            marks += _marks(path, segments, line, len(kept))
            kept.append(lattice)
        else:
            marks += (Mark("other", arc.box) for arc in path.arcs)
    marks += (Mark("other", box) for box in segments.others)
    return Lines(tuple(signs), tuple(marks), tuple(kept))


def _digits_of(path: Path) -> list[tuple[Arc, int]]:
    pairs = zip(path.arcs, path.digits, strict=True)
    return [(arc, digit) for arc, digit in pairs if digit is not None]


def median(values: Iterable[float]) -> float:
    """The median; importing `statistics` takes longer than reading a picture."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return (ordered[half] + ordered[~half]) / 2


def _usual_height(paths: Sequence[Path]) -> float:
    """The median height of the digits that the network is sure of; 0 without any."""
    heights = [
        arc.box[3]
        for path in paths
        for arc, digit in _digits_of(path)
        if arc.probabilities[digit] > _SURE
    ]
    return median(heights) if heights else 0.0


def _is_writing(path: Path, usual: float) -> bool:
    digits = _digits_of(path)
    if not digits:
        return False
    tall = median(arc.box[3] for arc, _ in digits)
    score = sum(arc.log_score(digit) for arc, digit in digits) / len(digits)
    return tall >= _SMALL * usual and score >= _POOR


def _signs(path: Path, line: int) -> list[Sign]:
    return [
        Sign(digit, arc.probabilities, arc.box, line, arc.candidate)
        for arc, digit in _digits_of(path)
    ]


def _marks(path: Path, segments: Segments, line: Line, number: int) -> list[Mark]:
    bottoms = [arc.box[1] + arc.box[3] for arc, _ in _digits_of(path)]
    base = median(bottoms)
    return [
        Mark(_kind(arc.box, line, base), arc.box, number)
        for arc, digit in zip(path.arcs, path.digits, strict=True)
        if digit is None
    ]


def _kind(box: Box, line: Line, base: float) -> Kind:
    """The kind of a mark, by its shape and its height above `base`, where the digits stand."""
    _, top, wide, tall = box
    if wide > 2 * tall and wide > 0.25 * line.height:
        return "dash"
    if tall > 0.6 * line.height:
        return "slash"
    if top + tall / 2 < base - 0.35 * line.height:
        return "stroke"
    if tall > 1.3 * wide or top + tall > base + 0.12 * line.height:
        return "comma"
    return "dot" if math.hypot(wide, tall) < 0.6 * line.height else "stroke"
