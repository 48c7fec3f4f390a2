"""One picture before and after the network was asked: one digit, or lines of digits.

`look` does all work on pixels and makes the pictures for the network; `Seen.answer` turns the
network's probabilities into digits. In between, pictures of many files can share a batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from .digit import Digit
from .files.pixels import Pixels, pixels_of, size_of
from .normalize import FIELD, Box, Normalized, normalize

if TYPE_CHECKING:  # one digit is read without them: they take longer to import than to use
    from .field import Field
    from .lattice import Arc, Lattice
    from .many import Lines
    from .mark import Mark
    from .page import Page
    from .rules.rule import Rule
    from .rules.search import Valid
    from .segment import Segments

Mode: TypeAlias = Literal["one", "many", "auto"]

DIGITS = 10
_CROP = 32  # pixels a side: a picture of at most this size holds one digit
_MARGIN = 1.0  # logarithm of how much likelier two digits must be than one
_SQUARE = 1.15  # width over height: few digits are wider, few lines of digits narrower
_FEWEST = 5  # pixels: smallest height of a digit
_PLENTY = 6  # digits: as many in square ink are lines of digits
_LOW = 0.4  # of the tallest component: a lower one beside it is no digit
_UNSURE, _SURE = 0.5, 0.8  # confidence
_SMALL = 256  # pixels a side: up to here the one digit is looked for on the same page
_KEPT = 1024  # pixels a side: larger pages are not kept for later, as 64 would be at a time


@dataclass(frozen=True)
class Answered:
    """The digits in reading order, other ink, and whether one or many digits were looked for.

    `lattice` holds all readings of many digits, line after line. `fields` are the lines, None where
    the picture was read as one digit.
    """

    digits: tuple[Digit, ...]
    mode: Literal["one", "many"]
    marks: tuple[Mark, ...] = ()
    lattice: Lattice | None = None
    fields: tuple[Field, ...] | None = None


@dataclass(frozen=True)
class Seen:
    """What the network has to classify: the picture as one digit, and its candidates for many.

    The boxes of candidates are in blocks of `factor` x `factor` pixels. `page` is set until
    candidates have been looked for, which `closer` does when one digit is not a good enough answer.
    """

    mode: Mode
    one: Normalized | None = None
    segments: Segments | None = None
    factor: int = 1
    page: Page | None = None

    @property
    def pictures(self) -> bytes:
        """28 * 28 bytes for each row that `answer` takes, in the same order."""
        one = b"" if self.one is None else bytes(self.one.pixels)
        found = None if self.segments is None else self.segments.pictures
        return one + (b"" if found is None else bytes(found))

    @property
    def count(self) -> int:
        """How many rows `answer` takes."""
        return (self.one is not None) + (len(self.segments.candidates) if self.segments else 0)

    def closer(self, rows: Sequence[Sequence[float]]) -> Seen | None:
        """The same with candidates for several digits; None where one digit is the answer.

        `rows` are those that `answer` takes. Ink that is no wider than tall, in which one component
        is by far the tallest, is one digit when the network is fairly sure of it (`_is_one`).
        """
        if self.page is None:
            return None
        wide, tall, other = self.page.extent
        if self.one is not None and wide < _SQUARE * tall and other < _LOW * tall:
            alone = _digit(rows[0], self.one.box, self.one.pixels)
            if alone.confidence >= _UNSURE:
                return None
        return _as_many(self.mode, self.one, self.page)

    def answer(self, rows: Sequence[Sequence[float]]) -> Answered:
        """The digits of the picture, from the probabilities that the network gave its `pictures`.

        Rows are those of the ten digits, or eleven: the last is that of no digit.
        """
        alone: tuple[Digit, ...] = ()
        if self.one is not None:
            alone = (_digit(rows[0], self.one.box, self.one.pixels),)
        if self.segments is None:
            return Answered(alone, "one")
        from .lattice import chain
        from .many import read_lines
        from .mark import Mark

        candidates = rows[len(alone) :]
        lines = read_lines(self.segments, candidates)
        if self.mode == "auto" and _is_one(lines, alone[0] if alone else None):
            return Answered(alone, "one")
        digits = [
            replace(
                self._digit_of(candidates, sign.candidate, sign.digit, sign.shares, sign.line),
                stands=lines.lattices[sign.line].stands(sign.box),
            )
            for sign in lines.signs
        ]
        marks = [Mark(mark.kind, self._in_picture(mark.box), mark.line) for mark in lines.marks]
        return Answered(tuple(digits), "many", tuple(marks), chain(lines.lattices))

    def obeying(
        self, rule: Rule, found: Answered, rows: Sequence[Sequence[float]]
    ) -> tuple[Valid | None, tuple[Digit, ...]]:
        """The best valid reading of what was `found`, and the digits that spell it."""
        from .rules import search as valid

        if found.lattice is None:
            return valid.obeying(rule, found.digits)
        best = valid.best_valid(found.lattice, rule)
        if best is None:
            return None, found.digits
        chosen = zip(best.path.arcs, best.path.digits, strict=True)
        candidates = rows[self.one is not None :]
        assert self.segments is not None
        line_of = [candidate.line for candidate in self.segments.candidates]
        lines = sorted({line_of[arc.candidate] for arc in best.path.arcs if arc.probabilities})
        rank = {line: number for number, line in enumerate(lines)}
        return best, tuple(
            self._digit_of(
                candidates,
                arc.candidate,
                digit,
                arc.probabilities,
                rank[line_of[arc.candidate]],
            )
            for arc, digit in chosen
            if digit is not None
        )

    def _digit_of(
        self,
        candidates: Sequence[Sequence[float]],
        number: int,
        digit: int,
        shares: tuple[float, ...],
        line: int = 0,
    ) -> Digit:
        """Candidate `number` as the digit that it was read as."""
        assert self.segments is not None
        assert self.segments.pictures is not None
        memory = self.segments.pictures.cast("B")
        size = FIELD * FIELD
        pixels = pixels_of(bytes(memory[number * size : (number + 1) * size]), FIELD, FIELD)
        row, box = candidates[number], self._in_picture(self.segments.candidates[number].box)
        reject = row[DIGITS] if len(row) > DIGITS else 0.0
        return Digit(digit, box, shares, pixels, reject, line)

    def _in_picture(self, box: Box) -> Box:
        x, y, wide, tall = (length * self.factor for length in box)
        return x, y, wide, tall


def look(grey: Pixels, mode: Mode, threads: int = 1) -> Seen:
    """Find what may be digits in a grey picture uint8 (h, w) of any size.

    Raises TypeError or ValueError for anything but at least one uint8 pixel in rows and columns.
    """
    side = max(size_of(grey))
    if mode == "one" or is_crop(grey, mode):
        return Seen(mode, normalize(grey))
    from .page import prepare

    if mode == "many":
        return _as_many(mode, None, prepare(grey, threads=threads))
    if side <= _SMALL:
        page = prepare(grey, threads=threads)
        return Seen(mode, normalize(grey, page), page=page)
    one = normalize(grey)
    page = prepare(grey, threads=threads)
    return Seen(mode, one, page=page) if side <= _KEPT else _as_many(mode, one, page)


def is_crop(grey: Pixels, mode: Mode) -> bool:
    """Whether a picture is so small that, unless `mode` says otherwise, it holds one digit."""
    return mode == "auto" and max(size_of(grey)) <= _CROP


def _as_many(mode: Mode, one: Normalized | None, page: Page) -> Seen:
    """Look for candidates; in mode "auto" they are dropped where there are fewer than two."""
    from .segment import segment

    segments = segment(page)
    if mode == "auto" and len(segments.candidates) < 2:
        return Seen(mode, one)
    return Seen(mode, one, segments, page.factor)


def _digit(row: Sequence[float], box: Box, pixels: Pixels) -> Digit:
    """The most probable digit; of eleven probabilities the last is that of none."""
    reject = row[DIGITS] if len(row) > DIGITS else 0.0
    shares = tuple(row[:DIGITS])
    if reject:
        whole = sum(shares) or 1.0
        shares = tuple(share / whole for share in shares)
    return Digit(shares.index(max(shares)), box, shares, pixels, reject)


def _is_one(lines: Lines, alone: Digit | None) -> bool:
    """Whether one digit explains the ink about as well as the best lines of several.

    Ink about as wide as tall is one digit unless there are many, or unless the network sees digits
    in all parts and none in the whole. Where no one digit was found, lines of at least two, one of
    them sure, are no dirt on blank paper.
    """
    if len(lines.signs) < 2:
        return True
    boxes = [sign.box for sign in lines.signs]
    if alone is None:
        solid = [tall for *_, wide, tall in boxes if min(wide, tall) > 1]
        surest = max(sign.shares[sign.digit] for sign in lines.signs)
        few = len(solid) < 2 * len(lines.lattices)
        return few or max(solid) < _FEWEST or surest < _SURE
    wide = max(x + width for x, _, width, _ in boxes) - min(x for x, *_ in boxes)
    tall = max(y + height for _, y, _, height in boxes) - min(y for _, y, *_ in boxes)
    if wide < _SQUARE * tall and len(lines.signs) < _PLENTY:
        least = min(sign.shares[sign.digit] for sign in lines.signs)
        return alone.confidence >= _UNSURE or least < _SURE
    if len(lines.lattices) > 1:
        return False
    lattice = lines.lattices[0]
    path = lattice.best_path()
    whole = [arc for arc in lattice.arcs if _spans(arc, lattice) and arc.probabilities]
    best = max((arc.log_score(digit) for arc in whole for digit in range(DIGITS)), default=None)
    return path is None or (best is not None and best > path.score - _MARGIN)


def _spans(arc: Arc, lattice: Lattice) -> bool:
    return arc.start == 0 and arc.end == lattice.nodes - 1
