"""One picture as lines of signs, each read by the network for lines.

`look_at_lines` does all work on pixels and asks the network for lines; a line of one digit is
then shown to the network for single digits, which reads those best.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from ..model.receptive import ReceptiveField
from ..model.spec import COLUMN_CLASSES
from .columns.decode import LineText, Sign, decode
from .digit import Digit
from .field import Field
from .files.pixels import Pixels, pixels_of, size_of
from .finding.places import Place
from .line_picture import LinePicture, line_picture
from .mark import Kind, Mark
from .normalize import FIELD, Box, Normalized, normalize
from .seen import Answered

if TYPE_CHECKING:
    from ..inference.line_engine import LineEngine
    from .columns.ruled import ValidLine
    from .rules.rule import Rule
    from .rules.search import Valid

MARGIN = 8  # pixels of paper on either side of a line
_REACH = 0.4  # heights: how far the outer signs of a line reach beyond their columns
_POSSIBLE = 1e-5  # least probability, among all readings, of one that obeys a rule
_TINY = 1e-12
_EACH = 0.7  # least probability of each digit of a line that is read beside sure ones
_LOW = 0.5  # of the usual height: lower lines are print, or parts of signs
_COLUMN_BYTES = 4 * COLUMN_CLASSES
_KINDS: dict[str, Kind] = {".": "dot", ",": "comma", "-": "dash", "/": "slash", ":": "dot"}


class Finder(Protocol):
    """What finds the lines of a picture."""

    def __call__(self, grey: Pixels) -> Sequence[Place]:
        """The places of all lines, in reading order."""


class Placed(NamedTuple):
    """A sign, and the columns of the line's picture from which to which it reaches."""

    sign: Sign
    left: float
    right: float


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


@dataclass(frozen=True)
class SeenLines:
    """The lines of a picture; see `seen.Seen`, whose methods these are."""

    grey: Pixels
    lines: tuple[SeenLine, ...]

    @property
    def pictures(self) -> bytes:
        """28 * 28 bytes for each row that `answer` takes, in the same order."""
        return b"".join(bytes(line.alone.pixels) for line in self.lines if line.alone is not None)

    @property
    def count(self) -> int:
        """How many rows `answer` takes."""
        return sum(line.alone is not None for line in self.lines)

    def closer(self, rows: Sequence[Sequence[float]]) -> None:
        """Nothing else is looked for."""

    def answer(self, rows: Sequence[Sequence[float]]) -> Answered:
        """All digits and marks, from the probabilities of the digits that stand alone."""
        digits: list[Digit] = []
        marks: list[Mark] = []
        fields: list[Field] = []
        read = self._read(rows)
        for (line, row, own), is_kept in zip(read, _kept(read), strict=True):
            if not is_kept:
                marks.append(Mark("other", line.box))
                continue
            found = [replace(digit, line=len(fields)) for digit in own]
            digits += found
            marks += _marks(line, len(fields) if line.text.text else -1)
            if line.text.text:
                fields.append(_field(line, found, row))
        mode: Literal["one", "many"] = "many" if len(digits) > 1 or marks else "one"
        return Answered(tuple(digits), mode, tuple(marks), fields=tuple(fields))

    def _read(self, rows: Sequence[Sequence[float]]) -> list[ReadLine]:
        """Every line with its digits, and the row of one that stands alone."""
        remaining = iter(rows)
        read = []
        for line in self.lines:
            row = next(remaining) if line.alone is not None else None
            read.append(ReadLine(line, row, _digits(line, 0, row)))
        return read

    def obeying(
        self, rule: Rule, found: Answered, rows: Sequence[Sequence[float]]
    ) -> tuple[Valid | ValidLine | None, tuple[Digit, ...]]:
        """The best valid reading of all lines together, and the digits that spell it."""
        if len(found.digits) == 1 and found.mode == "one":
            from .rules.search import obeying

            return obeying(rule, found.digits)
        from .columns.ruled import best_valid

        read = self._read(rows)
        lines = [line for (line, *_), is_kept in zip(read, _kept(read), strict=True) if is_kept]
        valid = best_valid(b"".join(line.columns for line in lines), rule)
        if valid is None or valid.unconditional < _POSSIBLE:
            return None, found.digits
        return valid, tuple(_spelled(lines, valid.signs))


def _kept(read: Sequence[ReadLine]) -> list[bool]:
    """Which lines are numbers: beside sure ones, no doubtful and no far lower ones.

    A long line is as sure as its digits are on average: their probabilities' geometric mean.
    """
    sure = []
    for line, row, digits in read:
        text = line.text.text
        sure.append(_sure(line, digits, row) ** (1 / len(text)) if text else 0.0)
    pairs = list(zip((line for line, *_ in read), sure, strict=True))
    heights = sorted(
        line.box[3] for line, p in pairs if p >= _EACH for _ in range(len(line.text.text))
    )
    if not heights:
        return [True] * len(pairs)
    usual = heights[len(heights) // 2]  # of most digits: a frame read as a tall 1 is one
    return [p >= _EACH and line.box[3] >= _LOW * usual for line, p in pairs]


def look_at_lines(grey: Pixels, engine: LineEngine, find: Finder | None = None) -> SeenLines:
    """Read the lines of a grey picture uint8 (h, w); without `find` it is one line as a whole."""
    places: Sequence[Place] = (Place(None),) if find is None else find(grey)
    return SeenLines(grey, tuple(_look(grey, place, engine) for place in places))


def _look(grey: Pixels, place: Place, engine: LineEngine) -> SeenLine:
    picture = line_picture(
        grey, place.corners, engine.height, margin=MARGIN, step=engine.whole_width(1)
    )
    columns = engine.columns_of(picture.pixels)
    text = decode(columns)
    alone = None
    if len(text.text) < 2:
        alone = normalize(_cut(grey, picture.box_of(0, size_of(picture.pixels)[1])))
    return SeenLine(picture, columns, text, place, engine.place, alone)


def _spelled(lines: Sequence[SeenLine], signs: Sequence[Sign]) -> Iterator[Digit]:
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


def _cut(grey: Pixels, box: Box) -> Pixels:
    """The part of a picture inside a box."""
    high, wide = size_of(grey)
    x, y, across, down = box
    left, top = max(0, x), max(0, y)
    right, foot = min(wide, x + across), min(high, y + down)
    if (left, top, right, foot) == (0, 0, wide, high):
        return grey
    rows = memoryview(grey).cast("B")
    part = b"".join(bytes(rows[row * wide + left : row * wide + right]) for row in range(top, foot))
    return pixels_of(part, foot - top, right - left)


def _digits(line: SeenLine, number: int, row: Sequence[float] | None) -> list[Digit]:
    """The digits of one line, its `number` from 0."""
    if not line.text.text:
        return _no_digit(line, number, row)
    digits = list(_digits_of(line, line.signs, number))
    return [_alone(digits[0], line, row)] if row is not None else digits


def _digits_of(line: SeenLine, signs: Sequence[Placed], number: int) -> Iterator[Digit]:
    for sign, left, right in signs:
        if sign.is_digit:
            digit = int(sign.sign)
            stands = min(1.0, sign.probability / max(sign.shares[digit], _TINY))
            box, pixels = line.picture.box_of(left, right), _field_of(line.picture, left, right)
            yield Digit(digit, box, sign.shares, pixels, line=number, stands=stands)


def _alone(digit: Digit, line: SeenLine, row: Sequence[float]) -> Digit:
    """A line's only digit, as the network for single digits reads it."""
    assert line.alone is not None
    shares = _together(digit.shares, row[:10])
    pixels, box = line.alone.pixels, _in_picture(line, line.alone.box)
    return replace(digit, digit=shares.index(max(shares)), shares=shares, pixels=pixels, box=box)


def _in_picture(line: SeenLine, box: Box) -> Box:
    """A box in the part of the picture that was cut out around a line, in the whole picture."""
    left, top, *_ = line.box
    x, y, wide, high = box
    return max(0, left) + x, max(0, top) + y, wide, high  # nothing is cut out beyond the picture


def _together(line: Sequence[float], single: Sequence[float]) -> tuple[float, ...]:
    """The probabilities of ten digits from those of the networks for lines and for single digits.

    Where both name the same digit, those of the latter, which has learnt what is none; else the
    mean of both, so that the surer one names it and nobody is sure.
    """
    if list(line).index(max(line)) == list(single).index(max(single)):
        return tuple(single)
    return tuple((a + b) / 2 for a, b in zip(line, single, strict=True))


def _no_digit(line: SeenLine, number: int, row: Sequence[float] | None) -> list[Digit]:
    """Ink in which the network for lines reads nothing; nothing where there is none."""
    if row is None or line.alone is None:
        return []
    shares = tuple(row[:10])
    best = shares.index(max(shares))
    reject = max(0.5, line.text.probability)
    box = _in_picture(line, line.alone.box)
    return [Digit(best, box, shares, line.alone.pixels, reject, number)]


def _sure(line: SeenLine, digits: Sequence[Digit], row: Sequence[float] | None) -> float:
    """How probable it is that the line says these digits and no others."""
    if row is not None:
        return digits[0].confidence
    return line.text.probability


def _field(line: SeenLine, digits: Sequence[Digit], row: Sequence[float] | None) -> Field:
    """One line as an answer of its own."""
    text = "".join(str(digit.digit) for digit in digits)
    written = line.text.written if row is None else line.text.written.replace(line.text.text, text)
    box = line.box
    sure = _sure(line, digits, row)
    return Field(text, written, sure, box, line.place.row, line.place.column)


def _marks(line: SeenLine, number: int) -> list[Mark]:
    return [
        Mark(_KINDS[sign.sign], line.picture.box_of(left, right), number)
        for sign, left, right in line.signs
        if not sign.is_digit
    ]


def _field_of(line: LinePicture, left: float, right: float) -> Pixels:
    """The part of a line between two columns as 28 x 28 pixels, as the network saw it."""
    high = float(size_of(line.pixels)[0])
    corners = ((left, 0.0), (max(right, left + 1), 0.0), (left, high))
    found = line_picture(line.pixels, corners, FIELD)
    wide = size_of(found.pixels)[1]
    rows = memoryview(found.pixels).cast("B")
    skipped, room = max(0, (wide - FIELD) // 2), max(0, FIELD - wide)
    field = bytearray()
    for row in range(FIELD):
        part = bytes(rows[row * wide + skipped : row * wide + skipped + min(wide, FIELD)])
        field += bytes(room // 2) + part + bytes(room - room // 2)
    return pixels_of(field, FIELD, FIELD)
