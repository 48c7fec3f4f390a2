"""Cells at the edge of a book, with one small number."""

from __future__ import annotations

import numpy as np

from ..drawn.random_stream import RandomStream
from . import words
from .canvas import Box as Spot
from .canvas import Canvas
from .pieces import Stock


def register(stock: Stock, height: float, side: int, random: RandomStream) -> Canvas:
    """A cell at the edge of a book: a dark fold, one small number or none, stray writing."""
    high, wide, where, rows, gap, strength, print_, stray = random.values(8)
    columns = round(min(side, height * (6 + 6 * wide)))
    canvas = Canvas(round(min(side, columns * (1.0 + 1.2 * high))), columns)
    fold = columns * (0.05 + 0.45 * gap)
    left = where < 0.8
    x = np.arange(columns, dtype=np.float32)
    x = x if left else x[::-1]
    soft, turn = random.values(2)
    down = np.arange(canvas.height, dtype=np.float32)[:, None]
    edge = np.float32(fold) + np.float32(0.1 * (turn - 0.5)) * down
    ramp = 0.5 - 0.5 * np.tanh((x[None, :] - edge) / np.float32(0.6 + 0.25 * fold * soft**3))
    canvas.darken(ramp.astype(np.float32), 0.6 + 0.8 * strength)
    start, end = (fold, columns) if left else (0, columns - fold)
    piece = stock.number(random, "short" if rows < 0.8 else "number").scaled(height)
    across, fall, pen = random.values(3)
    room = end - start - piece.ink.shape[1] - 0.4 * height
    if room > 0 and rows < 0.93:
        spot = start + 0.2 * height + room * (0.2 + 0.7 * across)
        base = canvas.height * (0.2 + 0.65 * fall)
        box = canvas.put(piece, spot, base, 0.6 + 0.4 * pen)
        _settled(canvas, stock, box, base, height, random)
    _rules(canvas, height, start, end, random)
    if print_ < 0.4:
        label = words.printed_word(stock, random).scaled(height * 0.55)
        canvas.put_where_free(label, end - 3 * height, canvas.height - 0.2 * height, 3, 0.8)
    if 0.1 < stray < 0.45:
        _sentence(canvas, stock, height, random)
    for _ in range(int(4 * stray)):
        _stray(canvas, stock, height, start, end, random)
    return canvas


def _settled(
    canvas: Canvas, stock: Stock, box: Spot, base: float, height: float, random: RandomStream
) -> None:
    """A stroke under a number, and a cross, tick or dash under that: dealt with."""
    line, mark, where, size, lean, dark = random.values(6)
    x, _, wide, _ = box
    y = base + height * (0.15 + 0.3 * where)
    if line < 0.35:
        tilt = 0.15 * height * (lean - 0.5)
        ends = (x - 0.2 * height, y + tilt, x + wide + 0.3 * height * lean, y - tilt)
        canvas.ink.lines([ends], 0.8 + 0.08 * height * dark, 0.6 + 0.4 * dark)
    if mark < 0.6:
        make = words.cross if mark < 0.5 else words.stroke
        piece = make(stock, random).scaled(height * (0.3 + 0.7 * size))
        if mark < 0.12:
            at = x + wide + height * (0.05 + 0.4 * lean), base + height * 0.3 * (where - 0.5)
        else:
            at = x + wide * lean, y + 0.1 * height + piece.base
        canvas.put_where_free(piece, *at, apart=0.02 * height)


def _sentence(canvas: Canvas, stock: Stock, height: float, random: RandomStream) -> None:
    """The date or the name of the next entry: digits that words follow, near the lower edge."""
    size, x, y, gap = random.values(4)
    high = height * (0.7 + 0.3 * size)
    at, base = canvas.width * (0.2 + 0.5 * x), canvas.height - high * (0.1 - 0.6 * y)
    for piece in (stock.number(random, "date"), words.written_word(stock, random)):
        ink = words.without_number(piece.scaled(high))
        if not canvas.put_where_free(ink, at, base, 0.05 * height):
            return
        at += ink.ink.shape[1] + high * (0.1 + 0.4 * gap)


def _rules(canvas: Canvas, height: float, start: float, end: float, random: RandomStream) -> None:
    """Faint rules to write on, and the lines of a printed table."""
    kind, step, thick, dark, place, two = random.values(6)
    lines = []
    if kind < 0.6:
        apart = height * (0.9 + 1.2 * step)
        for y in np.arange(apart * place, canvas.height, apart).tolist():
            lines.append((start, y, end, y + 2 * (thick - 0.5)))
        canvas.ground.lines(lines, 0.5 + 0.6 * thick, 0.05 + 0.3 * dark)
    walls = []
    if place < 0.6:
        x = start + (end - start) * (0.9 + 0.08 * dark)
        walls.append((x, 0.0, x + 2 * (thick - 0.5), float(canvas.height)))
    if two < 0.6:
        y = canvas.height * (0.03 if two < 0.3 else 0.96)
        walls.append((start, y, end, y))
    canvas.ground.lines(walls, 0.7 + thick, 0.3 + 0.6 * dark)


def _stray(
    canvas: Canvas, stock: Stock, height: float, start: float, end: float, random: RandomStream
) -> None:
    """Writing of the neighbouring cells that the edge cuts, or a stroke anywhere."""
    kind, x, y, size = random.values(4)
    if kind < 0.35:
        piece = words.stroke(stock, random).scaled(height * (0.4 + 0.4 * size))
        canvas.put_where_free(piece, start + (end - start) * x, canvas.height * y, 0.25 * height)
        return
    piece = words.without_number(
        words.written_word(stock, random) if kind < 0.8 else stock.number(random)
    ).scaled(height * (0.7 + 0.4 * size))
    rows = piece.ink.shape[0]
    if kind < 0.55:
        spot = end - height * (0.1 + 0.4 * x), canvas.height * y
    elif kind < 0.75:
        spot = start + (end - start) * x, rows * (0.15 + 0.3 * size)
    else:
        spot = start + (end - start) * x, canvas.height + rows * (0.2 + 0.35 * size)
    canvas.put_where_free(piece, *spot, apart=0.25 * height)
