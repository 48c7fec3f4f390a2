"""From the lines that were found to the places that are read."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

from ...model.frozen import dataclass, replace
from ..line_picture import Corners, Point
from .find import FoundLine

# Lengths are in heights of a line. Measured on development pictures: benchmarks/LOG.md.
_GAP = 0.6  # between parts of one line, at most
_CROP_GAP = 1.0  # the same in a picture that is little higher than each of its parts
_CROP_OFF = 0.6
_OFF = 0.3  # how far the middles of two parts may be from one level
_ALIKE = 0.5  # of the taller one's height: a lower part is another line
_ENDS = 0.35  # of paper that is read beyond both ends of a line: a thin 1 is easily missed
_SIDES = 0.12  # above and below it
_SECOND = 0.5  # probability of a line in a picture that says none as a whole
_SMALL = 128  # pixels a side: where no digit is found, such a picture is read whole
_CROP = 0.4  # of the picture's height: where all parts are so high, it may show one line only


@dataclass(frozen=True)
class Place:
    """Where a line stands, None for the picture as a whole; in which row and column of a page.

    `stands` is the probability that a line stands there at all.
    """

    corners: Corners | None
    row: int = 0
    column: int = 0
    stands: float = 1.0


def ways(found: Sequence[FoundLine], height: int, width: int) -> list[list[Place]]:
    """Ways to read a picture of this size: the first that says a number counts.

    One way is the places of all lines, in the order of reading; another is the picture as a whole.
    The latter comes first where the picture is little higher than its only line, so that somebody
    cut it out; last, where it is small: a sign that fills it has no paper around it.
    """
    whole, lines = [Place(None)], _joined(found)
    apart = [
        Place(
            _widened(line, _room(line, lines), height, width),
            line.row,
            line.column,
            line.score if line.is_faint else 1.0,
        )
        for line in lines
    ]
    if found and all(_height(line) >= _CROP * height for line in found) and _is_one_line(found):
        return [whole, [replace(place, stands=_SECOND) for place in apart]]
    if max(height, width) > _SMALL:
        return [apart]
    return [apart, whole] if found else [whole]


def _is_one_line(parts: Sequence[FoundLine]) -> bool:
    """Whether all parts of a picture that is as high as they are follow each other closely."""
    ordered = sorted(parts, key=lambda line: line.corners[0][0])
    return all(_follows(left, right) for left, right in pairwise(ordered))


def _follows(left: FoundLine, right: FoundLine) -> bool:
    tall = max(_height(left), _height(right))
    end, start = _middle(*left.corners[1:3]), _middle(right.corners[0], right.corners[3])
    return start[0] - end[0] < _CROP_GAP * tall and abs(start[1] - end[1]) < _CROP_OFF * tall


def _joined(found: Iterable[FoundLine]) -> list[FoundLine]:
    """Parts of one line that stand close to each other as one."""
    lines: list[FoundLine] = []
    for line in found:
        if lines and _belong(lines[-1], line):
            left, right = lines[-1].corners, line.corners
            score = min(lines[-1].score, line.score)
            corners = (left[0], right[1], right[2], left[3])
            lines[-1] = replace(lines[-1], corners=corners, score=score)
        else:
            lines.append(line)
    return lines


def _belong(left: FoundLine, right: FoundLine) -> bool:
    tall = max(_height(left), _height(right))
    if left.row != right.row or min(_height(left), _height(right)) < _ALIKE * tall:
        return False
    end, start = _middle(*left.corners[1:3]), _middle(right.corners[0], right.corners[3])
    return start[0] - end[0] < _GAP * tall and abs(start[1] - end[1]) < _OFF * tall


def _height(line: FoundLine) -> float:
    return math.dist(line.corners[0], line.corners[3])


def _middle(one: Point, other: Point) -> Point:
    return (one[0] + other[0]) / 2, (one[1] + other[1]) / 2


def _room(line: FoundLine, lines: Iterable[FoundLine]) -> tuple[float, float]:
    """How far a line may be widened to the left and to the right, in pixels."""
    most = _ENDS * _height(line)
    left = right = most
    start, end = _middle(line.corners[0], line.corners[3]), _middle(*line.corners[1:3])
    for other in lines:
        if other.row != line.row or other is line:
            continue
        before = start[0] - _middle(*other.corners[1:3])[0]
        behind = _middle(other.corners[0], other.corners[3])[0] - end[0]
        left = min(left, before / 2) if before > 0 else left
        right = min(right, behind / 2) if behind > 0 else right
    return left, right


def _widened(line: FoundLine, room: tuple[float, float], height: int, width: int) -> Corners:
    """The line with paper around it, as far as the picture goes."""
    first, second, third, fourth = line.corners
    along, down = _unit(first, second), _unit(first, fourth)
    most = _SIDES * _height(line)
    left = _inside(_middle(first, fourth), _back(along), room[0], height, width)
    right = _inside(_middle(second, third), along, room[1], height, width)
    above = _inside(_middle(first, second), _back(down), most, height, width)
    below = _inside(_middle(fourth, third), down, most, height, width)
    return (
        _moved(first, along, -left, down, -above),
        _moved(second, along, right, down, -above),
        _moved(fourth, along, -left, down, below),
    )


def _unit(start: Point, end: Point) -> Point:
    length = math.dist(start, end) or 1.0
    return (end[0] - start[0]) / length, (end[1] - start[1]) / length


def _back(direction: Point) -> Point:
    return -direction[0], -direction[1]


def _inside(start: Point, direction: Point, most: float, height: int, width: int) -> float:
    """How far one can go from `start`, up to `most`, before the picture ends."""
    for at, step, end in zip(start, direction, (width, height), strict=True):
        if step > 0:
            most = min(most, max(0.0, (end - at) / step))
        elif step < 0:
            most = min(most, max(0.0, at / -step))
    return most


def _moved(point: Point, along: Point, right: float, down: Point, below: float) -> Point:
    return (
        point[0] + right * along[0] + below * down[0],
        point[1] + right * along[1] + below * down[1],
    )
