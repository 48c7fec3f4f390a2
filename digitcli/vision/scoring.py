"""How well each candidate stands as one digit, and each piece as a mark.

The network was never shown what is not a digit, so its probabilities alone take two digits for one
8. Shape, size, the cost of cuts, and doubt about the best digit each take something off.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .lattice import Arc, Lattice
from .segment import Candidate, Piece, Segments

DIGITS = 10

# Width over height of MNIST's training digits: the mean of its logarithm, and the deviation.
_SHAPES = (
    *((-0.161, 0.215), (-0.894, 0.368), (-0.122, 0.196), (-0.237, 0.204), (-0.216, 0.184)),
    *((-0.070, 0.255), (-0.323, 0.226), (-0.289, 0.197), (-0.231, 0.247), (-0.355, 0.218)),
)


@dataclass(frozen=True)
class Weights:
    """What each kind of doubt takes off the logarithmic score."""

    digit: float = -0.3  # every digit
    doubt: float = 2.5  # logarithm of the best digit's probability, for every piece but one
    shape: float = 0.35  # squared deviations beyond one of MNIST's proportions
    low: float = 4.0  # logarithm of how much lower than usual
    tall: float = 3.0  # or taller
    wide: float = 6.0  # logarithm of how much wider than tall, over 1.1
    gap: float = 7.0  # white gap, in heights
    parts: float = 1.5  # every component beside the first
    cut: float = 0.35  # ink under the cuts, in stroke widths
    mark: float = -2.0  # every mark
    size: float = 15.0  # how much larger than a dot, in heights


def lattices(
    segments: Segments, rows: Sequence[Sequence[float]], weights: Weights = Weights()
) -> list[Lattice]:
    """The lattice of each line.

    `rows` are the ten probabilities of every candidate, or eleven: the last is that of no digit.
    """
    arcs: list[list[Arc]] = [[] for _ in segments.lines]
    for number, (candidate, row) in enumerate(zip(segments.candidates, rows, strict=True)):
        line = segments.lines[candidate.line]
        _, _, wide, tall = candidate.box
        score = _digit_score(segments, candidate, max(row[:DIGITS]), weights)
        shares, stands = _in_shape(row, math.log(wide / tall), weights.shape)
        ends = candidate.first - line.first, candidate.last - line.first
        arcs[candidate.line].append(Arc(*ends, candidate.box, shares, score + stands, number))
    for line, found in zip(segments.lines, arcs, strict=True):
        for place, piece in enumerate(segments.pieces[line.first : line.last]):
            score = _mark_score(piece, line.height, weights)
            found.append(Arc(place, place + 1, piece.box, (), score))
    return [
        Lattice(line.last - line.first + 1, tuple(found))
        for line, found in zip(segments.lines, arcs, strict=True)
    ]


def _in_shape(
    row: Sequence[float], aspect: float, weight: float
) -> tuple[tuple[float, ...], float]:
    """The digits' probabilities when proportions count too, and the logarithm of what they lost."""
    likely = [
        share * math.exp(-weight * max(0.0, abs(aspect - mean) / deviation - 1) ** 2)
        for share, (mean, deviation) in zip(row, _SHAPES, strict=False)
    ]
    total = max(sum(likely), 1e-30)
    return tuple(share / total for share in likely), math.log(total)


def _digit_score(segments: Segments, candidate: Candidate, best: float, weights: Weights) -> float:
    height = segments.lines[candidate.line].height
    pieces = segments.pieces[candidate.first : candidate.last]
    _, _, wide, tall = candidate.box
    return (
        weights.digit
        + weights.doubt * math.sqrt(len(pieces) - 1) * math.log(max(best, 1e-9))
        - weights.low * max(0.0, math.log(0.85 * height / tall))
        - weights.tall * max(0.0, math.log(tall / (1.3 * height)))
        - weights.wide * max(0.0, math.log(wide / (1.1 * tall)))
        - weights.gap * candidate.gap / height
        - weights.parts * (candidate.parts - 1)
        - weights.cut * (pieces[0].left + pieces[-1].right)
    )


def _mark_score(piece: Piece, height: float, weights: Weights) -> float:
    _, _, wide, tall = piece.box
    size = max(tall, 0.6 * wide) / height
    cut = piece.left + piece.right
    return weights.mark - weights.size * max(0.0, size - 0.25) - (3.0 if cut else 0.0)
