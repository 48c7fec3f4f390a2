"""Hands that write: each gives the ink of a digit at the height that is asked for.

A hand writes one line: its pen, slant and size stay. Digits come from pictures (scans, MNIST),
from tracks of real pens (PenDigits), from glyphs (`drawn.hands`) or from fonts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from ..drawn.fonts import installed
from ..drawn.handwriting import choose, write
from ..drawn.paper import crop
from ..drawn.random_stream import RandomStream
from .unipen import Track

Ink = npt.NDArray[np.uint8]

_FINE = (
    3  # tracks are drawn this many times larger, then averaged: Pillow's lines have no soft edges
)
_CANDIDATES = 8  # pictures among which the one most like the hand's other digits is taken
_LEAST = 4  # pixels, the shorter side of any ink


class Hand(Protocol):
    """Somebody's way of writing one line."""

    def ink(self, digit: int, height: float, random: RandomStream) -> Ink:
        """`digit` about `height` pixels high: uint8 (h, w), 255 where the pen was, no rim."""


class Writers(Protocol):
    """Hands of one kind."""

    def hand(self, random: RandomStream) -> Hand:
        """One of them."""


@dataclass(frozen=True, eq=False)
class Gallery:
    """Digits as pictures, each uint8 (h, w), 255 is ink; `slant` and `weight` are of each.

    `writers` are the numbers of who wrote each, all 0 where nobody knows.
    """

    pictures: Sequence[Ink]
    labels: npt.NDArray[np.uint8]
    slants: npt.NDArray[np.float64]
    weights: npt.NDArray[np.float64]
    writers: npt.NDArray[np.int64]
    places: Mapping[tuple[int, int], npt.NDArray[np.int64]] = field(default_factory=dict)

    def hand(self, random: RandomStream) -> Hand:
        """The hand that wrote one of the pictures; where no writer is known, a made one."""
        anchor, change = random.values(2)
        place = int(anchor * len(self.pictures))
        return PictureHand(self, place, change)


def gallery(
    pictures: Sequence[Ink], labels: npt.NDArray[np.uint8], writers: npt.NDArray[np.int64] | None
) -> Gallery:
    """Measure pictures of digits, uint8 (h, w), 255 is ink; they are cropped to their ink."""
    cropped = [crop(picture) for picture in pictures]
    measures = np.array([_measure(picture) for picture in cropped]).reshape(-1, 2)
    who = np.zeros(len(labels), np.int64) if writers is None else writers
    places = {
        (int(writer), digit): np.flatnonzero((who == writer) & (labels == digit))
        for writer in np.unique(who)
        for digit in range(10)
    }
    return Gallery(cropped, labels, measures[:, 0], measures[:, 1], who, places)


def _measure(picture: Ink) -> tuple[float, float]:
    """How far the ink leans to the right for each pixel up, and its pen's width over its height."""
    dark = picture.astype(np.float64) / 255
    total = dark.sum() or 1.0
    y, x = np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]]
    middle_x, middle_y = (dark * x).sum() / total, (dark * y).sum() / total
    down = (dark * (y - middle_y) ** 2).sum() or 1.0
    slant = -(dark * (x - middle_x) * (y - middle_y)).sum() / down
    edge = np.abs(np.diff(dark, axis=0)).sum() + np.abs(np.diff(dark, axis=1)).sum() or 1.0
    return float(slant), float(2 * total / edge / picture.shape[0])


@dataclass(frozen=True)
class PictureHand:
    """Digits that stand beside one picture of a gallery: one writer's, else those most alike."""

    gallery: Gallery
    anchor: int
    change: float

    def ink(self, digit: int, height: float, random: RandomStream) -> Ink:
        """A picture of `digit`, scaled."""
        source = self.gallery
        places = source.places[int(source.writers[self.anchor]), digit]
        if not len(places):
            places = np.flatnonzero(source.labels == digit)
        some = places[(np.array(random.values(_CANDIDATES)) * len(places)).astype(np.int64)]
        if not source.writers[self.anchor]:
            apart = np.abs(source.slants[some] - source.slants[self.anchor])
            apart += 8 * np.abs(source.weights[some] - source.weights[self.anchor])
            some = some[np.argsort(apart, kind="stable")]
        return _scaled(source.pictures[int(some[0])], height, self.change)


def _scaled(picture: Ink, height: float, change: float) -> Ink:
    """The same at another size; small pictures become sharp again, some pens wider or finer."""
    rows, columns = picture.shape
    scale = height / max(rows, 0.6 * columns)
    size = max(_LEAST, round(columns * scale)), max(_LEAST, round(rows * scale))
    image = Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC)
    if scale > 1.3:  # what was blurred by enlarging gets a stroke's steep sides back
        image = image.point(_STEEP)
    if change < 0.2 and min(size) > 12:
        image = image.filter(ImageFilter.MaxFilter(3))
    elif change > 0.9 and min(size) > 20:
        image = image.filter(ImageFilter.MinFilter(3))
    return np.asarray(image)


_STEEP = [max(0, min(255, round(2.2 * (value - 127) + 127))) for value in range(256)]


@dataclass(frozen=True, eq=False)
class Tracks:
    """Tracks of many writers' pens: `of[writer][digit]`."""

    of: Mapping[int, Sequence[Sequence[Track]]]

    def hand(self, random: RandomStream) -> Hand:
        """One writer with some pen, who leans as he or she likes."""
        who, kind, width, slant, stretch = random.values(5)
        writers = sorted(self.of)
        pen = 0.04 + 0.05 * width if kind < 0.65 else 0.08 + 0.12 * width
        wide = 0.8 + 0.45 * stretch
        return TrackHand(self.of[writers[int(who * len(writers))]], pen, 0.5 * slant - 0.2, wide)


def tracks_of(tracks: Sequence[Track]) -> Tracks:
    """Sort tracks by writer; writers who did not write every digit are left out."""
    found: dict[int, list[list[Track]]] = {}
    for track in tracks:
        found.setdefault(track.writer, [[] for _ in range(10)])[track.digit].append(track)
    return Tracks({writer: digits for writer, digits in found.items() if all(digits)})


@dataclass(frozen=True)
class TrackHand:
    """A writer's tracks, drawn with a pen `pen` heights wide, leaning and stretched."""

    digits: Sequence[Sequence[Track]]
    pen: float
    slant: float
    stretch: float

    def ink(self, digit: int, height: float, random: RandomStream) -> Ink:
        """One of the writer's own tracks of `digit`."""
        which, *bends = random.values(5)
        some = self.digits[digit]
        track = some[int(which * len(some))]
        radius = max(0.5, self.pen * height / 2)
        scale = max(4.0, height - 2 * radius)
        lines = [self._bent(stroke, bends) * scale for stroke in track.strokes]
        every = np.concatenate(lines)
        low, high = every.min(axis=0), every.max(axis=0)
        if high[0] - low[0] > 2.5 * height:  # a track of something else
            return _scaled(np.full((8, 4), 255, np.uint8), height, 0.5)
        return _drawn([line - low for line in lines], high - low, radius)

    def _bent(
        self, stroke: npt.NDArray[np.float64], bends: Sequence[float]
    ) -> npt.NDArray[np.float64]:
        x, y = stroke[:, 0] - 0.4, stroke[:, 1] - 0.5
        a, b, c, d = (0.5 * bend - 0.25 for bend in bends)
        x = x + a * x * y + b * y * y
        y = y + c * x * y + d * x * x
        return np.stack([self.stretch * x - self.slant * y, y], axis=1)


def _drawn(
    lines: Sequence[npt.NDArray[np.float64]], size: npt.NDArray[np.float64], radius: float
) -> Ink:
    """Strokes of a round pen: uint8, soft at the edges."""
    margin = radius + 1
    wide, high = (int(np.ceil(length + 2 * margin)) for length in size)
    sheet = Image.new("L", (wide * _FINE, high * _FINE))
    pen, thick = ImageDraw.Draw(sheet), max(1, round(2 * radius * _FINE))
    for line in lines:
        points = ((line + margin) * _FINE).round(1)
        pen.line(points.ravel().tolist(), 255, thick, joint="curve")
        reach = thick / 2
        for x, y in (points[0], points[-1]):
            pen.ellipse((x - reach, y - reach, x + reach, y + reach), 255)
    return crop(np.asarray(sheet.reduce(_FINE)))


class Glyphs:
    """The project's own strokes: `drawn.hands.DIGITS`."""

    def hand(self, random: RandomStream) -> Hand:
        """Nobody in particular: ten digits in one hand and with one pen."""
        made: list[list[Ink]] = [[] for _ in range(10)]
        digits = [*range(10), *random.below(10, 10, 10)]
        written = write(choose(digits, random), random, one_hand=True)
        for digit, ink in zip(digits, written, strict=True):
            made[digit].append(crop(ink))
        return SheetHand(made)


@dataclass(frozen=True)
class SheetHand:
    """Ink of each digit that was written once or twice before."""

    digits: Sequence[Sequence[Ink]]

    def ink(self, digit: int, height: float, random: RandomStream) -> Ink:
        """One of them."""
        some = self.digits[digit]
        return _scaled(some[random.below(len(some))[0]], height, 0.5)


class Fonts:
    """Printed digits: free fonts that pip installs. None may be installed."""

    def hand(self, random: RandomStream) -> FontHand:
        """One font, in one weight."""
        family, file, weight = random.values(3)
        families = installed()
        files = families[int(family * len(families))]
        return FontHand(str(files[int(file * len(files))]), int(3 * weight * weight))


@dataclass(frozen=True)
class FontHand:
    """Digits of one font, all as high as its numerals are."""

    path: str
    heavier: int

    def ink(self, digit: int, height: float, random: RandomStream) -> Ink:
        """The font's numeral."""
        return _scaled(printed(self.path, str(digit), self.heavier), height, 0.5)


@cache
def _font(path: str) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, 64, layout_engine=ImageFont.Layout.BASIC)


@cache
def printed(path: str, text: str, heavier: int) -> Ink:
    """`text` in a font: uint8 (h, w), 255 is ink, cropped."""
    wide = int(_font(path).getlength(text)) + 40
    sheet = Image.new("L", (wide, 128))
    ImageDraw.Draw(sheet).text((16, 20), text, 255, _font(path), stroke_width=heavier)
    return crop(np.asarray(sheet))
