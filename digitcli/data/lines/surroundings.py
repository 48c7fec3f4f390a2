"""What stands on real paper around and behind a number: print, rules, frames, combs, other writing.

Everything is darkness: float32 (h, w), 0 is bare paper and 1 as dark as the darkest ink.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw

from ..drawn.fonts import installed
from ..drawn.random_stream import RandomStream
from .hands import Fonts, Hand, printed
from .layout import Box
from .sheet import Sheet


def guilloche(sheet: Sheet, random: RandomStream) -> None:
    """Fine waves in one or two families, as security printers use."""
    rows, columns = sheet.dark.shape
    strength, drift, bend, length, period, two, wide = random.values(7)
    y, x = np.ogrid[0:rows, 0:columns]
    x, y = x.astype(np.float32), y.astype(np.float32)
    for family in range(1 + (two < 0.5)):
        turn = np.float32((-1) ** family * (0.05 + 0.6 * drift))
        wave = np.float32(1 + 14 * bend) * np.sin(x / np.float32(4 + 30 * length) + 2 * family)
        phase = (y + turn * x + wave) / np.float32(2.5 + 6 * period)
        line = np.abs(phase - np.floor(phase) - np.float32(0.5)) < 0.1 + 0.16 * wide
        np.maximum(sheet.dark, np.float32(0.04 + 0.28 * strength) * line, out=sheet.dark)


def printed_ground(sheet: Sheet, random: RandomStream) -> None:
    """Rows of small printed words, pale: a cheque's ground, or print that shines through."""
    strength, size, turn = random.values(3)
    rows, _ = sheet.dark.shape
    high = 5 + 10 * size
    y = -high * turn
    while y < rows:
        row_of_words(sheet, random, 0, y, high, 0.06 + 0.2 * strength)
        y += high * 1.7


def row_of_words(
    sheet: Sheet,
    random: RandomStream,
    x: float,
    y: float,
    high: float,
    strength: float,
    longest: float = 1e9,
) -> None:
    """Printed letters from (x, y) on, `high` pixels high."""
    if not installed():
        return
    font = Fonts().hand(random)
    end = min(sheet.dark.shape[1], x + longest)
    for _ in range(40):
        if x >= end:
            return
        which, long = random.below(10_000, 6)
        word = made_word(which, 2 + long)
        ink = Image.fromarray(printed(font.path, word, font.heavier))
        wide = max(2, round(ink.width * high / max(1, ink.height)))
        if x + wide > end and longest < 1e9:
            return
        small = np.asarray(ink.resize((wide, max(2, round(high))), Image.Resampling.BILINEAR))
        sheet.paste(small, x, y, strength)
        x += wide + 0.5 * high


_SYLLABLES = (
    "ban",
    "co",
    "de",
    "la",
    "re",
    "pu",
    "bli",
    "ca",
    "pa",
    "gue",
    "se",
    "a",
    "or",
    "den",
    "Fr",
    "No",
    "to",
    "tal",
    "su",
    "ma",
    "Na",
    "me",
    "Da",
    "tum",
    "Un",
    "ter",
    "mm",
    "kg",
)


def made_word(number: int, syllables: int) -> str:
    """A made word; few different ones, so that each is rendered once."""
    number %= 67
    count = 1 + syllables % 3
    return "".join(_SYLLABLES[(number * (3 + k) + 7 * k) % len(_SYLLABLES)] for k in range(count))


def rule(sheet: Sheet, base: float, height: float, random: RandomStream) -> None:
    """A line to write on, an underline, or two; level or a little turned."""
    thick, strength, where, lean, two, dotted = random.values(6)
    columns = sheet.dark.shape[1]
    y = base + height * (0.5 * where - 0.12)
    tilt = 0.03 * (lean - 0.5) * columns
    rows = [y] if two < 0.8 else [y, y + height * 0.12]
    lines = [(0.0, row - tilt, float(columns), row + tilt) for row in rows]
    sheet.lines(lines, 0.6 + 0.06 * height * thick, 0.25 + 0.7 * strength, dotted < 0.2)


def grid(sheet: Sheet, box: Box, height: float, random: RandomStream) -> None:
    """The walls of a table's cell around `box`, or some of them, as long as the sheet."""
    thick, strength, lean, *apart = random.values(7)
    sides = random.values(4)
    rows, columns = sheet.dark.shape
    x, y, wide, high = box
    left, right = x - height * (0.1 + apart[0]), x + wide + height * (0.1 + apart[1])
    top, bottom = y - height * (0.05 + 0.5 * apart[2]), y + high + height * (0.05 + 0.5 * apart[3])
    tilt = 0.06 * (lean - 0.5)
    across, down = tilt * columns / 2, tilt * rows / 2
    walls = [
        (0.0, top - across, float(columns), top + across),
        (0.0, bottom - across, float(columns), bottom + across),
        (left + down, 0.0, left - down, float(rows)),
        (right + down, 0.0, right - down, float(rows)),
    ]
    shown = [wall for wall, side in zip(walls, sides, strict=True) if side < 0.7]
    sheet.lines(shown, 0.6 + 0.08 * height * thick, 0.3 + 0.7 * strength)


def frame(sheet: Sheet, box: Box, height: float, random: RandomStream) -> None:
    """A printed box around the whole number, with room on its sides."""
    thick, strength, lean, *apart = random.values(7)
    x, y, wide, high = box
    left, right = (
        x - height * (0.08 + 0.9 * apart[0] ** 2),
        x + wide + height * (0.08 + 1.5 * apart[1] ** 2),
    )
    top, bottom = y - height * (0.05 + 0.4 * apart[2]), y + high + height * (0.05 + 0.4 * apart[3])
    tilt = 0.03 * (lean - 0.5)
    across, down = tilt * (right - left) / 2, tilt * (bottom - top) / 2
    corners = [
        (left + down, top - across),
        (right + down, top + across),
        (right - down, bottom + across),
        (left - down, bottom - across),
    ]
    walls = [(*corners[k], *corners[(k + 1) % 4]) for k in range(4)]
    sheet.lines(walls, 0.7 + 0.08 * height * thick, 0.35 + 0.65 * strength)


def comb(
    sheet: Sheet,
    start: float,
    pitch: float,
    count: int,
    box: Box,
    height: float,
    random: RandomStream,
) -> None:
    """Fields for one digit each: whole boxes, or a base line with teeth between them."""
    kind, thick, strength, above, below, apart, spare = random.values(7)
    _, y, _, high = box
    count += int(3 * spare) if spare > 0.7 else 0
    top, bottom = y - height * (0.05 + 0.4 * above), y + high + height * (0.03 + 0.3 * below)
    end = start + count * pitch
    walls = [start + k * pitch for k in range(count + 1)]
    line = 0.7 + 0.06 * height * thick
    dark = 0.3 + 0.7 * strength
    if kind < 0.35:  # closed boxes that share their walls
        lines = [(x, top, x, bottom) for x in walls] + [
            (start, top, end, top),
            (start, bottom, end, bottom),
        ]
    elif kind < 0.65:  # boxes of their own
        gap = pitch * (0.04 + 0.1 * apart)
        lines = []
        for x in walls[:-1]:
            a, b = x + gap, x + pitch - gap
            lines += [
                (a, top, a, bottom),
                (b, top, b, bottom),
                (a, top, b, top),
                (a, bottom, b, bottom),
            ]
    else:  # teeth
        short = bottom - (bottom - top) * (0.2 + 0.6 * apart)
        lines = [(start, bottom, end, bottom)] + [(x, short, x, bottom) for x in walls]
    sheet.lines(lines, line, dark, dotted=kind > 0.93)


def words(sheet: Sheet, box: Box, height: float, random: RandomStream) -> None:
    """Print before, behind, above or below a number: a label, a unit, the row of a form."""
    side, size, strength, near = random.values(4)
    x, y, wide, high = box
    tall = height * (0.3 + 0.5 * size)
    dark = 0.5 + 0.5 * strength
    if side < 0.35:
        row_of_words(
            sheet, random, x - height * (2.4 + near), y + high - tall, tall, dark, 2.2 * height
        )
    elif side < 0.5:
        row_of_words(
            sheet, random, x + wide + height * (0.3 + 0.5 * near), y + high - tall, tall, dark
        )
    elif side < 0.75:
        row_of_words(sheet, random, 0, y - tall * (1.05 + near), tall, dark)
    else:
        row_of_words(sheet, random, 0, y + high + tall * (0.15 + near), tall, dark)


def neighbours(sheet: Sheet, box: Box, height: float, hand: Hand, random: RandomStream) -> None:
    """Other writing of the same hand that reaches in from above or below."""
    above, near, strength, count = random.values(4)
    x, y, _, high = box
    at = x - height + 2 * height * near
    for _ in range(2 + int(5 * count)):
        digit, gap, down = random.values(3)
        ink = hand.ink(int(10 * digit), height * (0.7 + 0.4 * down), random)
        apart = height * (0.12 + 0.3 * near)
        top = y - apart - ink.shape[0] if above < 0.5 else y + high + apart
        sheet.paste(ink, at, top, 0.6 + 0.4 * strength)
        at += ink.shape[1] + height * (0.1 + 0.8 * gap)


def gutter(sheet: Sheet, reach: float, at_left: bool, random: RandomStream) -> None:
    """The dark fold of a book, `reach` pixels wide, or a sheet's edge on a dark table."""
    dark, soft = random.values(2)
    x = np.arange(sheet.dark.shape[1], dtype=np.float32)
    x = x if at_left else x[::-1]
    half = np.float32(0.5 * reach)
    ramp = 0.5 - 0.5 * np.tanh((x - half) / np.float32(0.1 + 0.4 * half * soft))
    sheet.dark[...] = np.maximum(sheet.dark, np.float32(0.5 + 0.6 * dark) * ramp[None, :])


def stamp(sheet: Sheet, random: RandomStream) -> None:
    """Part of a ring, as rubber stamps leave it: uneven and paler than ink."""
    x, y, size, strength, thick, two = random.values(6)
    rows, columns = sheet.dark.shape
    radius = rows * (0.5 + 1.2 * size)
    layer = Image.new("L", (columns, rows))
    pen = ImageDraw.Draw(layer)
    middle = columns * x, rows * (1.6 * y - 0.3)
    for ring in (radius, 0.75 * radius)[: 1 + (two < 0.5)]:
        box = (middle[0] - ring, middle[1] - ring, middle[0] + ring, middle[1] + ring)
        pen.ellipse(box, outline=255, width=max(1, round(1 + 3 * thick)))
    np.maximum(
        sheet.dark,
        np.asarray(layer, np.float32) * np.float32((0.15 + 0.35 * strength) / 255),
        out=sheet.dark,
    )


def blotches(sheet: Sheet, random: RandomStream) -> None:
    """Stains and uneven paper: smooth noise."""
    rows, columns = sheet.dark.shape
    strength, coarse = random.values(2)
    high, wide = 2 + int(5 * coarse), 3 + int(10 * coarse)
    spots = Image.fromarray((random.uniform(high, wide) * 255).astype(np.uint8))
    smooth = np.asarray(spots.resize((columns, rows), Image.Resampling.BICUBIC), np.float32)
    sheet.dark += np.float32((0.05 + 0.3 * strength) / 255) * smooth


GROUND: tuple[tuple[Callable[[Sheet, RandomStream], None], float], ...] = (
    (guilloche, 0.4),
    (printed_ground, 0.1),
    (stamp, 0.06),
    (blotches, 0.2),
)
