"""What is written on a page: numbers, words and strokes, kept and used again at other sizes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from PIL import Image

from ..drawn.random_stream import RandomStream
from ..lines.hands import Hand, Ink
from ..lines.layout import Written, set_apart
from ..lines.line import Mix, chosen
from ..lines.numbers import digits, number
from ..lines.warp import warped

Corners = npt.NDArray[np.float64]  # (4, 2): x, y; upper left, upper right, lower right, lower left

HEIGHT = 46.0  # pixels of a usual digit when it is written; it is scaled down later
_NEW = 0.15  # how often something is written anew although the stock is full
_STOCK = 300  # pieces of one kind that are kept
_FULL = 40  # pieces of one kind until which nothing is used twice


@dataclass(frozen=True, eq=False)
class Piece:
    """Ink uint8 (h, w), 255 is full, cropped; `corners` of the line of digits in it, in pixels.

    `base` is the row on which the writing stands, `height` a usual digit's or capital's. `text` is
    "" for what is no number. `fields` are (start, pitch) of a number in a comb.
    """

    ink: Ink
    text: str
    corners: Corners
    base: float
    height: float
    fields: tuple[float, float] | None = None

    def scaled(self, height: float) -> Piece:
        """The same with digits `height` pixels high."""
        scale = height / self.height
        rows, columns = self.ink.shape
        size = max(2, round(columns * scale)), max(2, round(rows * scale))
        ink = np.asarray(Image.fromarray(self.ink).resize(size, Image.Resampling.BILINEAR))
        fields = None if self.fields is None else (self.fields[0] * scale, self.fields[1] * scale)
        return Piece(ink, self.text, self.corners * scale, self.base * scale, height, fields)


def written_number(
    hand: Hand, random: RandomStream, text: str, pitch: float | None = None
) -> Piece:
    """`text` in one hand, in a comb whose fields are `pitch` heights wide if that is given."""
    wide = None if pitch is None else pitch * HEIGHT
    written = set_apart(text, hand, HEIGHT, random, wide)
    leaning = written if wide is not None else warped(written, random)
    boxes = np.array(leaning.boxes, np.float64)
    left, top = boxes[:, :2].min(axis=0)
    right, foot = (boxes[:, :2] + boxes[:, 2:]).max(axis=0)
    x, y = int(left), int(top)
    ink = leaning.ink[y : int(np.ceil(foot)), x : int(np.ceil(right))]
    fields = None
    if wide is not None:
        fields = boxes[0, 0] + boxes[0, 2] / 2 - x - wide / 2, wide
    corners = _corners(written, text, left, right) - (x, y)
    return Piece(ink, text, corners, leaning.base - y, HEIGHT, fields)


def _corners(written: Written, text: str, left: float, right: float) -> Corners:
    """The rectangle along the line through the digits' middles, from column `left` to `right`."""
    boxes = np.array([box for box, sign in zip(written.boxes, text, strict=True) if sign.isdigit()])
    middles = boxes[:, :2] + boxes[:, 2:] / 2
    slope = 0.0
    if len(boxes) > 2:
        x = middles[:, 0] - middles[:, 0].mean()
        slope = float((x * middles[:, 1]).sum() / max(1.0, (x * x).sum()))
    at = middles[:, 0] - left
    top = (boxes[:, 1] - slope * at).min()
    foot = (boxes[:, 1] + boxes[:, 3] - slope * at).max()
    thin = max(0.0, 0.5 * (foot - top) - (right - left)) / 2  # a lone 1 is a line, too
    left, right = left - thin, right + thin
    rise = slope * (right - left)
    return np.array([(left, top), (right, top + rise), (right, foot + rise), (left, foot)])


def plain_piece(ink: Ink, height: float, base: float) -> Piece:
    """Ink that is no number."""
    return Piece(ink, "", np.zeros((4, 2)), base, height)


@dataclass(eq=False)
class Stock:
    """Writes pieces, and takes some of those that it wrote before: writing is what costs time."""

    mix: Mix
    kept: dict[str, list[Piece]] = field(default_factory=dict)

    def hand(self, random: RandomStream) -> Hand:
        """One of the hands, as often as the mix says."""
        return chosen(self.mix, random).hand(random)

    def take(self, kind: str, make: Callable[[], Piece], random: RandomStream) -> Piece:
        """A piece of `kind`: what `make` makes, or one that it made before."""
        kept = self.kept.setdefault(kind, [])
        anew, which, place = random.values(3)
        if len(kept) >= _FULL and anew > _NEW:
            return kept[int(which * len(kept))]
        piece = make()
        if len(kept) < _STOCK:
            kept.append(piece)
        else:
            kept[int(place * _STOCK)] = piece
        return piece

    def number(self, random: RandomStream, kind: str = "number") -> Piece:
        """Any number; "digits" only, or only "one", "short" ones, or a "date" without its year."""

        def make() -> Piece:
            return written_number(self.hand(random), random, _text(kind, random))

        return self.take(kind, make, random)

    def in_comb(self, random: RandomStream) -> Piece:
        """Digits in fields of one width."""
        pitch = 0.72 + 0.9 * random.values(1)[0]
        return written_number(self.hand(random), random, digits(random), pitch)


def _text(kind: str, random: RandomStream) -> str:
    match kind:
        case "one":
            return digits(random, (1,))
        case "short":
            return digits(random, (5, 8, 5))
        case "digits":
            return digits(random)
        case "date":
            day, month, sign = random.below(31, 12, 4)
            return (f"{day + 1}/{month + 1}", f"{day + 1}.", f"{day + 1}", f"{day + 1}")[sign]
        case _:
            return number(random)
