"""Pictures without a digit, to train abstaining: the source `outliers` of `digitcli train --data`.

D. Hendrycks, M. Mazeika, T. Dietterich, "Deep Anomaly Detection with Outlier Exposure", ICLR 2019:
a network that was trained on some outliers, with the uniform distribution as their target, is less
sure of others too.

Nothing here looks like a digit: `LOOK_ALIKES` and `HALVES` keep out what does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from PIL import Image, ImageDraw

from .drawn_picture import NO_DIGIT, DrawnPicture, Picture
from .fonts import installed, render
from .hands import LETTERS as WRITTEN
from .handwriting import SIDE, TOUCHES, choose, paint, pick, write
from .paper import crop, scan
from .pen import pen_of
from .random_stream import RandomStream
from .strokes import Glyph

# Characters that are written like a digit: left out here and in `hands.LETTERS`.
LOOK_ALIKES = {
    0: "DOQo",
    1: "IJijl|!/\\()[]^",
    2: "Zz?",
    3: "}",
    4: "AYyq",
    5: "Ss$",
    6: "Gb",
    7: "T>Z?",
    8: "B&g",
    9: "agqPp",
}
LETTERS = "CEFHKLMNRUVWXcdefhkmnrtuvwx#%@+=*~<"

# Halves of digits that look like no digit. Half an 8 can be a ring or a 3, half a 0 a line: those
# are left out.
HALVES = {"upper": "025", "lower": "035", "left": "2357", "right": "6"}


def draw(count: int, *seed: int) -> Iterator[DrawnPicture]:
    """`count` pictures of every kind in `KINDS`, as common as its weight says."""
    random = RandomStream(*seed)
    kinds = list(KINDS)
    ends = np.cumsum([KINDS[kind][0] for kind in kinds])
    for quantile in random.values(count):
        kind = kinds[int(np.searchsorted(ends, quantile * ends[-1], side="right"))]
        yield DrawnPicture(scan(KINDS[kind][1](random), random), NO_DIGIT, kind)


def _letter(random: RandomStream) -> Picture:
    """Printed where a font is installed, one in three written by hand."""
    written, which = random.values(2)
    if written < 1 / 3 or not installed():
        return _first(write([pick(WRITTEN, which)], random))
    return render(LETTERS[int(which * len(LETTERS))], random)


def _half(random: RandomStream) -> Picture:
    """One side of a digit, cut through the middle."""
    side, which = random.below(len(HALVES), 1 << 20)
    name = list(HALVES)[side]
    digits = HALVES[name]
    ink = _digit(int(digits[which % len(digits)]), random)
    rows, columns = (length // 2 for length in ink.shape)
    match name:
        case "upper":
            return ink[:rows]
        case "lower":
            return ink[rows:]
        case "left":
            return ink[:, :columns]
        case _:
            return ink[:, columns:]


def _pair(random: RandomStream) -> Picture:
    """Two digits that touch, or what is between the middles of two: cuts in the wrong place."""
    first, second, between = random.below(10, 10, 3)
    left, right = _digit(first, random), _digit(second, random)
    if between == 0:
        left, right = left[:, left.shape[1] // 2 :], right[:, : right.shape[1] // 2]
    return _side_by_side(left, right, overlap=random.below(6)[0])


def _several(random: RandomStream) -> Picture:
    """Two to five small digits at some distance from each other, as notes in a cell."""
    count, *places = random.below(4, 9, 9, 9, 9, 9)
    sheet = np.zeros((96, 96), np.uint8)
    for place in {(places[k] + 2 * k) % 9 for k in range(2 + count)} | {places[0], 8 - places[0]}:
        small = Image.fromarray(_digit(random.below(10)[0], random))
        small.thumbnail((22, 26), Image.Resampling.BOX)
        top, left = 3 + place // 3 * 32, 5 + place % 3 * 32
        tile = np.asarray(small)
        sheet[top : top + tile.shape[0], left : left + tile.shape[1]] = tile
    return sheet


def _scribble(random: RandomStream) -> Picture:
    """A curve through eleven random points."""
    words = [f"{x},{y}" for x, y in (random.below(100, 100) for _ in range(11))]
    line = pen_of.__wrapped__(Glyph("scribble", 1, " ".join(words)), TOUCHES)
    path = (line.weights[..., None] * line.control[line.index]).sum(axis=1) * 34 + SIDE / 2
    radius = np.full((1, TOUCHES), 0.9 + random.values(1)[0])  # thin, so that it stays a tangle
    return _first(paint(path[None], radius))


def _rules(random: RandomStream) -> Picture:
    """Ruled lines: level ones, a grid, a cross, a corner, a T.

    No upright line stands alone: it would be a 1.
    """
    kind, width, gap, lean, *ends = random.below(6, 5, 14, 15, 40, 40)
    sheet, pen = _sheet(80)
    width, gap, lean = 1 + width, 10 + gap, lean - 7
    low, high = 4 + ends[0] // 2, 76 - ends[1] // 2
    level = [((low, y), (high, y + lean)) for y in range(20, 66, gap)]
    upright = [((x, 10), (x + lean, 70)) for x in range(14, 70, gap)]
    lines = {
        0: level[:1],
        1: level[:2],
        2: level + upright,
        3: [((10, 40), (70, 40 + lean)), ((40, 10), (40 - lean, 70))],
        4: [((12, 68), (70, 68 + lean)), ((12, 68), (12 + lean, 20))],
        5: [((8, 66), (72, 66 + lean)), ((40, 66), (40 - lean, 34))],
    }[kind]
    for line in lines:
        pen.line(line, 255, width)
    return np.asarray(sheet)


def _dots(random: RandomStream) -> Picture:
    """Three to seven round dots (two that touch are an 8), or one blob as wide as high."""
    count, radius = random.below(6, 7)
    count = count and count + 2
    sheet, pen = _sheet(80)
    for x, y in [random.values(2) for _ in range(count)] or [[0.5, 0.5]]:
        wide, high = (2 + radius * (0.8 + 0.5 * each) for each in random.values(2))
        across, down = 10 + 60 * x, 10 + 60 * y
        pen.ellipse((across - wide, down - high, across + wide, down + high), 255)
    return np.asarray(sheet)


def _noise(random: RandomStream) -> Picture:
    """Specks, or blots: random pixels as they are, or smoothed and cut at a level."""
    grain, share, fill = random.values(3)
    side = (6, 10, 16, 28)[int(grain * 4)]
    spots = random.uniform(side, side)
    coarse = Image.fromarray((spots * 255).astype(np.uint8))
    if share < 0.3:
        level = 255 * (0.5 + 0.45 * fill)
        return np.where(np.asarray(coarse.resize((48, 48), 0)) > level, 255, 0).astype(np.uint8)
    smooth = np.asarray(coarse.resize((48, 48), Image.Resampling.BICUBIC))
    return np.where(smooth > 110 + 80 * fill, smooth, 0).astype(np.uint8)


def _texture(random: RandomStream) -> Picture:
    """Stripes, checks or a hatching, in a patch that is filled to its rim."""
    kind, period, phase, across, down = random.below(3, 8, 8, 4, 4)
    period, side = 4 + period, 48
    y, x = np.mgrid[0:side, 0:side]
    across = across or 4 - down  # not both 0: that would be no texture
    stripes = (x * across + y * down + phase) // period % 2
    crossed = (x * down - y * across + 4 * side + phase) // period % 2
    picture = (stripes, stripes ^ crossed, stripes & crossed)[kind]
    return np.where(picture > 0, 255, 0).astype(np.uint8)


def _blank(random: RandomStream) -> Picture:
    """Nothing at all."""
    return np.zeros((SIDE, SIDE), np.uint8)


# How common each kind is, and what draws its ink: uint8 (h, w), 255 where there is some.
KINDS: dict[str, tuple[int, Callable[[RandomStream], Picture]]] = {
    "letter": (30, _letter),
    "pair": (16, _pair),
    "half": (12, _half),
    "several": (8, _several),
    "scribble": (5, _scribble),
    "noise": (8, _noise),
    "texture": (5, _texture),
    "rules": (7, _rules),
    "dots": (5, _dots),
    "blank": (1, _blank),
}


def _digit(digit: int, random: RandomStream) -> Picture:
    """The ink of a digit, cut out; three in ten are printed where a font is installed."""
    if random.values(1)[0] < 0.3 and installed():
        return crop(render(str(digit), random))
    return crop(_first(write(choose([digit], random), random)))


def _first(inks: Picture) -> Picture:
    ink: Picture = inks[0]
    return ink


def _side_by_side(left: Picture, right: Picture, overlap: int) -> Picture:
    """Both inks on one line, `overlap` columns shared."""
    overlap = min(overlap, left.shape[1], right.shape[1])
    height = max(left.shape[0], right.shape[0])
    start = left.shape[1] - overlap
    sheet = np.zeros((height, start + right.shape[1]), np.uint8)
    sheet[height - left.shape[0] :, : left.shape[1]] = left
    part = sheet[height - right.shape[0] :, start:]
    np.maximum(part, right, out=part)
    return sheet


def _sheet(side: int) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    sheet = Image.new("L", (side, side))
    return sheet, ImageDraw.Draw(sheet)
