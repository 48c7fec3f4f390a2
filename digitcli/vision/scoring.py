"""How well each candidate stands as one digit, and each piece as a mark.

A log-linear model over the readings of a line (J. Lafferty, A. McCallum, F. Pereira, "Conditional
random fields", ICML 2001): every kind of doubt times its weight, and the network's logarithmic
probability. `benchmarks/fit_lines.py` fits the weights, so that the probability of a reading among
all readings means what it says.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import mul
from typing import NamedTuple

from .lattice import Arc, Lattice
from .segment import Candidate, Piece, Segments

DIGITS = 10

# Width over height of MNIST's training digits: the mean of its logarithm, and the deviation.
_SHAPES = (
    *((-0.161, 0.215), (-0.894, 0.368), (-0.122, 0.196), (-0.237, 0.204), (-0.216, 0.184)),
    *((-0.070, 0.255), (-0.323, 0.226), (-0.289, 0.197), (-0.231, 0.247), (-0.355, 0.218)),
)


class DigitDoubts(NamedTuple):
    """What speaks against one digit, each 0 or less; or the weight of each."""

    digit: float  # every digit
    doubt: float  # logarithm of the best digit's probability
    pieces: float  # the same, by the root of how many pieces there are beside one
    low: float  # logarithm of how much lower than usual
    tall: float  # or taller
    wide: float  # logarithm of how much wider than tall, over 1.1
    gap: float  # white gap, in heights
    parts: float  # every component beside the first
    cut: float  # ink under the cuts, in stroke widths


class MarkDoubts(NamedTuple):
    """What speaks against a mark, each 0 or less; or the weight of each."""

    mark: float  # every mark
    size: float  # how much larger than a dot, in heights
    severed: float  # cut from something


class Weights(NamedTuple):
    """How much each doubt counts."""

    digit: DigitDoubts = DigitDoubts(1.1, 0.8, 2.75, 0.45, 3.0, 2.35, 6.65, 0.45, 1.1)
    mark: MarkDoubts = MarkDoubts(0.75, 11.5, 0.65)
    shape: float = 0.05  # squared deviations beyond one of MNIST's proportions


def lattices(
    segments: Segments, rows: Sequence[Sequence[float]], weights: Weights = Weights()
) -> list[Lattice]:
    """The lattice of each line.

    `rows` are the ten probabilities of every candidate, or eleven: the last is that of no digit.
    """
    arcs: list[list[Arc]] = [[] for _ in segments.lines]
    for number, (candidate, row) in enumerate(zip(segments.candidates, rows, strict=True)):
        first = segments.lines[candidate.line].first
        doubts = digit_doubts(segments, candidate, max(row[:DIGITS]))
        shares, stands = _in_shape(row, candidate, weights.shape)
        score = sum(map(mul, weights.digit, doubts)) + stands
        ends = candidate.first - first, candidate.last - first
        arcs[candidate.line].append(Arc(*ends, candidate.box, shares, score, number))
    for line, found in zip(segments.lines, arcs, strict=True):
        for place, piece in enumerate(segments.pieces[line.first : line.last]):
            score = sum(map(mul, weights.mark, mark_doubts(piece, line.height)))
            found.append(Arc(place, place + 1, piece.box, (), score))
    return [
        Lattice(line.last - line.first + 1, tuple(found))
        for line, found in zip(segments.lines, arcs, strict=True)
    ]


def digit_doubts(segments: Segments, candidate: Candidate, best: float) -> DigitDoubts:
    """What speaks against a candidate; `best` is its best digit's probability."""
    height = segments.lines[candidate.line].height
    pieces = segments.pieces[candidate.first : candidate.last]
    _, _, wide, tall = candidate.box
    doubt = math.log(max(best, 1e-9))
    return DigitDoubts(
        digit=-1,
        doubt=doubt,
        pieces=math.sqrt(len(pieces) - 1) * doubt,
        low=-max(0.0, math.log(0.85 * height / tall)),
        tall=-max(0.0, math.log(tall / (1.3 * height))),
        wide=-max(0.0, math.log(wide / (1.1 * tall))),
        gap=-candidate.gap / height,
        parts=1 - candidate.parts,
        cut=-(pieces[0].left + pieces[-1].right),
    )


def mark_doubts(piece: Piece, height: float) -> MarkDoubts:
    """What speaks against a piece as a dot, comma or dash of a line `height` high."""
    _, _, wide, tall = piece.box
    size = max(tall, 0.6 * wide) / height
    severed = bool(piece.left + piece.right)
    return MarkDoubts(mark=-1, size=-max(0.0, size - 0.25), severed=-float(severed))


def misshapen(candidate: Candidate) -> list[float]:
    """How far its proportions are from each digit's: squared deviations beyond one, (10,)."""
    _, _, wide, tall = candidate.box
    aspect = math.log(wide / tall)
    return [max(0.0, abs(aspect - mean) / spread - 1) ** 2 for mean, spread in _SHAPES]


def _in_shape(
    row: Sequence[float], candidate: Candidate, weight: float
) -> tuple[tuple[float, ...], float]:
    """The digits' probabilities when proportions count too, and the logarithm of what they lost."""
    likely = [
        share * math.exp(-weight * far)
        for share, far in zip(row, misshapen(candidate), strict=False)
    ]
    total = max(sum(likely), 1e-30)
    return tuple(share / total for share in likely), math.log(total)
