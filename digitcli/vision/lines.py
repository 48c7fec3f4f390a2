"""One picture as lines of signs, each read by the network for lines.

`look_at_lines` does all work on pixels and asks the network for lines, about doubtful ones three
times; a line of one digit is then shown to the network for single digits, which reads those best.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from ..model.frozen import dataclass, replace
from ..signs import Found
from .columns.decode import LineText
from .columns.merge import merged, plausible
from .digit import Digit
from .field import Field
from .files.pixels import Pixels, cut, size_of
from .finding.places import Place
from .line import ReadLine, SeenLine, marks, read_line, spelled
from .line_picture import Corners, LinePicture, line_picture
from .mark import Mark
from .normalize import normalize
from .seen import Answered, Rows

if TYPE_CHECKING:
    from ..inference.line_engine import LineEngine
    from .rules.rule import Rule
    from .rules.valid import Valid

MARGIN = 8  # pixels of paper on either side of a line
_POSSIBLE = 1e-5  # least probability, among all readings, of one that obeys a rule
_EACH = 0.7  # least probability of each digit of a line that is read beside sure ones
_SURE = 0.9  # probability of a text from which on one look at a line is enough
_LEANS = (-0.15, 0.15)  # pixels to the right for each pixel up, of the other looks
_LOW = 0.5  # of the usual height: lower lines are print, or parts of signs


class Finder(Protocol):
    """What finds the lines of a picture."""

    def __call__(self, grey: Pixels) -> Sequence[Sequence[Place]]:
        """Ways to read it: the places of all lines, in reading order."""


@dataclass(frozen=True)
class SeenLines:
    """The lines of a picture; see `Seen` for the methods."""

    lines: tuple[SeenLine, ...]

    @property
    def pictures(self) -> bytes:
        """28 * 28 bytes for each digit that stands alone in its line."""
        return b"".join(bytes(line.alone.pixels) for line in self.lines if line.alone is not None)

    @property
    def count(self) -> int:
        """How many there are."""
        return sum(line.alone is not None for line in self.lines)

    def answer(self, rows: Rows) -> Answered:
        """All digits and marks, from the probabilities of the digits that stand alone."""
        digits: list[Digit] = []
        other: list[Mark] = []
        fields: list[Field] = []
        read = self._read(rows)
        for one, is_kept in zip(read, _kept(read), strict=True):
            if not is_kept:
                other.append(Mark("other", one.line.box))
                continue
            says = bool(one.line.text.text)
            digits += (replace(digit, line=len(fields)) for digit in one.digits)
            other += marks(one.line, len(fields) if says else -1)
            if says:
                fields.append(one.field())
        mode: Found = "many" if len(digits) > 1 or other else "one"
        return Answered(tuple(digits), mode, tuple(other), tuple(fields))

    def obeying(
        self, rule: Rule, found: Answered, rows: Rows
    ) -> tuple[Valid | None, tuple[Digit, ...]]:
        """The best valid reading of all lines together, and the digits that spell it."""
        from .rules.valid import Valid, best_digit

        if len(found.digits) == 1 and found.mode == "one":
            return best_digit(rule, found.digits[0])
        from .columns.ruled import best_valid

        read = self._read(rows)
        lines = [one.line for one, is_kept in zip(read, _kept(read), strict=True) if is_kept]
        best = best_valid(b"".join(line.columns for line in lines), rule)
        if best is None or best.unconditional < _POSSIBLE:
            return None, found.digits
        valid = Valid(best.text, best.probability, best.unconditional)
        return valid, tuple(spelled(lines, best.signs))

    def _read(self, rows: Rows) -> list[ReadLine]:
        """Every line with its digits."""
        remaining = iter(rows)
        return [
            read_line(line, next(remaining) if line.alone is not None else None)
            for line in self.lines
        ]


def look_at_lines(grey: Pixels, engine: LineEngine, find: Finder | None = None) -> SeenLines:
    """Read the lines of a grey picture uint8 (h, w); without `find` it is one line as a whole."""
    lines: tuple[SeenLine, ...] = ()
    for places in ((Place(None),),) if find is None else find(grey):
        lines = tuple(_look(grey, place, engine) for place in places)
        if any(line.text.text for line in lines):
            break
    return SeenLines(lines)


def _look(grey: Pixels, place: Place, engine: LineEngine) -> SeenLine:
    picture = _shown(grey, place.corners, engine)
    columns, text = read_columns(grey, picture, engine)
    alone = None
    if len(text.text) < 2:
        alone = normalize(cut(grey, picture.box_of(0, size_of(picture.pixels)[1])))
    return SeenLine(picture, columns, text, place, engine.place, alone)


def read_columns(grey: Pixels, line: LinePicture, engine: LineEngine) -> tuple[bytearray, LineText]:
    """The columns of a line of a grey picture and what they say; leaning too, where doubtful."""
    columns, text = plausible(engine.columns_of(line.pixels))
    if text.probability >= _SURE:
        return columns, text
    others = (_leaning(grey, line, lean, engine) for lean in _LEANS)
    return plausible(merged([columns, *others]))


def _leaning(grey: Pixels, line: LinePicture, lean: float, engine: LineEngine) -> bytearray:
    """The columns of the same line, sheared: its hand may lean more than those that were learnt."""
    (x, y), (x1, y1), (x2, y2) = line.corners
    length = math.dist((x, y), (x1, y1)) or 1.0
    high = math.dist((x, y), (x2, y2))
    right, down = (lean * high / 2 * part / length for part in (x1 - x, y1 - y))
    corners = ((x + right, y + down), (x1 + right, y1 + down), (x2 - right, y2 - down))
    return engine.columns_of(_shown(grey, corners, engine).pixels)


def _shown(grey: Pixels, corners: Corners | None, engine: LineEngine) -> LinePicture:
    """A line as the network is shown it."""
    step = engine.whole_width(1)
    return line_picture(grey, corners, engine.height, margin=MARGIN, step=step)


def _kept(read: Sequence[ReadLine]) -> list[bool]:
    """Which lines are numbers: beside sure ones, no doubtful and no far lower ones.

    A long line is as sure as its digits are on average: their probabilities' geometric mean.
    """
    sure = []
    for one in read:
        text = one.line.text.text
        sure.append(one.probability ** (1 / len(text)) if text else 0.0)
    heights = sorted(
        one.line.box[3]
        for one, p in zip(read, sure, strict=True)
        if p >= _EACH
        for _ in one.line.text.text
    )
    if not heights:
        return [True] * len(read)
    usual = heights[len(heights) // 2]  # of most digits: a frame read as a tall 1 is one
    return [
        p >= _EACH and one.line.box[3] >= _LOW * usual for one, p in zip(read, sure, strict=True)
    ]
