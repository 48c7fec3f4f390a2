"""One line of signs, and the digits, marks and number that it says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from ..model.frozen import dataclass, replace
from ..model.receptive import ReceptiveField
from ..model.spec import COLUMN_CLASSES
from .columns.decode import LineText, Sign
from .digit import Digit
from .field import Field
from .files.pixels import Pixels, pixels_of, size_of
from .finding.places import Place
from .line_picture import LinePicture, line_picture
from .mark import Kind, Mark
from .normalize import FIELD, Box, Normalized

_REACH = 0.4  # heights: how far the outer signs of a line reach beyond their columns
_TINY = 1e-12
_COLUMN_BYTES = 4 * COLUMN_CLASSES
_KINDS: dict[str, Kind] = {".": "dot", ",": "comma", "-": "dash", "/": "slash", ":": "dot"}


class Placed(NamedTuple):
    """A sign, and the columns of the line's picture from which to which it reaches."""

    sign: Sign
    left: float
    right: float


@dataclass(frozen=True)
class LinePart:
    """The part of a line between two of its columns."""

    line: LinePicture
    left: float
    right: float

    @cached_property
    def pixels(self) -> Pixels:
        """Its middle as uint8 (28, 28), as the network saw it."""
        high = float(size_of(self.line.pixels)[0])
        corners = ((self.left, 0.0), (max(self.right, self.left + 1), 0.0), (self.left, high))
        found = line_picture(self.line.pixels, corners, FIELD)
        wide = size_of(found.pixels)[1]
        rows = memoryview(found.pixels).cast("B")
        skipped, room = max(0, (wide - FIELD) // 2), max(0, FIELD - wide)
        field = bytearray()
        for row in range(FIELD):
            part = bytes(rows[row * wide + skipped : row * wide + skipped + min(wide, FIELD)])
            field += bytes(room // 2) + part + bytes(room - room // 2)
        return pixels_of(field, FIELD, FIELD)


@dataclass(frozen=True)
class SeenLine:
    """One line: its picture, the network's columns (float32 bytes) and what they say.

    `alone` is the digit of a line that has one, as the network for single digits is shown it.
    """

    picture: LinePicture
    columns: bytearray
    text: LineText
    place: Place
    seen: ReceptiveField  # the pixels of the line that each column is about
    alone: Normalized | None = None

    @property
    def box(self) -> Box:
        """Where it stands in the picture."""
        return self.picture.box_of(0, size_of(self.picture.pixels)[1])

    @property
    def signs(self) -> list[Placed]:
        """The signs of what it says."""
        return self.placed(self.text.signs)

    def placed(self, signs: Sequence[Sign]) -> list[Placed]:
        """Signs and how far they reach: to the middle of each gap.

        CTC marks a sign in few columns, near its middle.
        """
        step, start = self.seen.step, self.seen.start
        ends = [
            (float(start + sign.first * step), float(start + (sign.last + 1) * step))
            for sign in signs
        ]
        if not ends:
            return []
        middles = [(left[1] + right[0]) / 2 for left, right in pairwise(ends)]
        reach = _REACH * size_of(self.picture.pixels)[0]
        edges = [ends[0][0] - reach, *middles, ends[-1][1] + reach]
        return [Placed(sign, *pair) for sign, pair in zip(signs, pairwise(edges), strict=True)]


class ReadLine(NamedTuple):
    """A line, what the network for single digits says of a lone one, and its digits."""

    line: SeenLine
    row: Sequence[float] | None
    digits: list[Digit]

    @property
    def probability(self) -> float:
        """How probable it is that the line says these digits and no others."""
        if self.row is not None:
            return self.digits[0].confidence
        return self.line.text.probability * self.line.place.stands

    def field(self) -> Field:
        """The line as an answer of its own."""
        text = "".join(str(digit.digit) for digit in self.digits)
        said = self.line.text
        written = said.written if self.row is None else said.written.replace(said.text, text)
        place = self.line.place
        return Field(text, written, self.probability, self.line.box, place.row, place.column)


def read_line(line: SeenLine, row: Sequence[float] | None) -> ReadLine:
    """A line with its digits; `row` is what the network for single digits says of a lone one."""
    return ReadLine(line, row, _digits(line, row))


def spelled(lines: Sequence[SeenLine], signs: Sequence[Sign]) -> Iterator[Digit]:
    """The digits of a reading of several lines, whose columns stand one behind the other."""
    first = 0
    for number, line in enumerate(lines):
        last = first + len(line.columns) // _COLUMN_BYTES
        own = [
            replace(sign, first=sign.first - first, last=sign.last - first)
            for sign in signs
            if first <= sign.first < last
        ]
        yield from _digits_of(line, line.placed(own), number)
        first = last


def marks(line: SeenLine, number: int) -> list[Mark]:
    """The separators of a line, which has this `number` in the picture."""
    return [
        Mark(_KINDS[sign.sign], line.picture.box_of(left, right), number)
        for sign, left, right in line.signs
        if not sign.is_digit
    ]


def _digits(line: SeenLine, row: Sequence[float] | None) -> list[Digit]:
    if not line.text.text:
        return _no_digit(line, row)
    digits = list(_digits_of(line, line.signs))
    return [_alone(digits[0], line, row)] if row is not None else digits


def _digits_of(line: SeenLine, signs: Sequence[Placed], number: int = 0) -> Iterator[Digit]:
    for sign, left, right in signs:
        if sign.is_digit:
            digit = int(sign.sign)
            stands = min(1.0, sign.probability / max(sign.shares[digit], _TINY))
            stands *= line.place.stands
            box, part = line.picture.box_of(left, right), LinePart(line.picture, left, right)
            yield Digit(digit, box, sign.shares, part, line=number, stands=stands)


def _alone(digit: Digit, line: SeenLine, row: Sequence[float]) -> Digit:
    """A line's only digit, as the network for single digits reads it."""
    assert line.alone is not None
    shares = _together(digit.shares, row[:10])
    best, box = shares.index(max(shares)), _in_picture(line, line.alone.box)
    return replace(digit, digit=best, shares=shares, shown=line.alone, box=box)


def _no_digit(line: SeenLine, row: Sequence[float] | None) -> list[Digit]:
    """Ink in which the network for lines reads nothing; nothing where there is none."""
    if row is None or line.alone is None:
        return []
    shares = tuple(row[:10])
    best = shares.index(max(shares))
    reject = max(0.5, line.text.probability)
    box = _in_picture(line, line.alone.box)
    return [Digit(best, box, shares, line.alone, reject)]


def _together(line: Sequence[float], single: Sequence[float]) -> tuple[float, ...]:
    """The probabilities of ten digits from those of the networks for lines and for single digits.

    Where both name the same digit, those of the latter, which has learnt what is none; else the
    mean of both, so that the surer one names it and nobody is sure.
    """
    if list(line).index(max(line)) == list(single).index(max(single)):
        return tuple(single)
    return tuple((a + b) / 2 for a, b in zip(line, single, strict=True))


def _in_picture(line: SeenLine, box: Box) -> Box:
    """A box in the part of the picture that was cut out around a line, in the whole picture."""
    left, top, *_ = line.box
    x, y, wide, high = box
    return max(0, left) + x, max(0, top) + y, wide, high  # nothing is cut out beyond the picture
