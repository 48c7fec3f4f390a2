"""Kinds of pages: where numbers, words and lines stand on them.

Each takes a canvas and paints it; lengths follow `height`, pixels of a usual digit.
"""

from __future__ import annotations

import numpy as np

from ..drawn.random_stream import RandomStream
from ..lines import surroundings
from . import words
from .canvas import Canvas
from .pieces import Stock


def table(stock: Stock, height: float, side: int, random: RandomStream) -> Canvas:
    """Rows and columns of numbers; some columns hold words, some cells nothing."""
    canvas = Canvas(side, side)
    loose, lined, thick, dark, head, gaps, dense, hand = random.values(8)
    step = height * (1.3 + 1.2 * loose * loose)
    x = -height * 2 * gaps
    columns: list[tuple[float, float, str]] = []
    kinds = ("number", "short", "digits", "one", "word", "print")
    while x < side:
        which, wide = random.values(2)
        kind = kinds[int(which * len(kinds))]
        width = height * {"one": 1.6, "short": 2.4}.get(kind, 3.5 + 2 * wide)
        columns.append((x, width, kind))
        x += width
    top = -step * gaps
    tops = np.arange(top, side, step).tolist()
    if lined < 0.75:
        down = [(left, 0.0, left, float(side)) for left, _, _ in columns]
        across = [(0.0, y, float(side), y) for y in tops]
        lines = down + across if lined < 0.5 else across if lined < 0.65 else down
        canvas.ground.lines(lines, 0.7 + 0.05 * height * thick, 0.25 + 0.7 * dark)
    for row, y in enumerate(tops):
        for left, width, kind in columns:
            full, size, place = random.values(3)
            if full > 0.5 + 0.5 * dense:
                if full > 0.9:
                    dash = words.stroke(stock, random).scaled(height * (0.5 + 0.3 * size))
                    canvas.put(dash, left + width * 0.3, y + step * 0.75)
                continue
            printed = kind in ("word", "print") or (row == 0 and head < 0.4)
            piece = words.word(stock, random) if printed else stock.number(random, kind)
            piece = piece.scaled(height * (0.85 + 0.3 * size) * (0.75 if printed else 1.0))
            rest = width - piece.ink.shape[1]
            if rest < 0.25 * height or (not printed and hand < 0.3 and rest < 0):
                continue
            at = left + rest * (0.1 + 0.8 * place)
            canvas.put(piece, at, y + step * 0.5 + piece.base - piece.ink.shape[0] / 2)
    return canvas


def squares(stock: Stock, height: float, side: int, random: RandomStream) -> Canvas:
    """A square grid with one digit in a cell, as puzzles and mark sheets have; some notes."""
    canvas = Canvas(side, side)
    loose, thick, dark, full, start, group, small = random.values(7)
    step = height * (1.15 + 0.9 * loose)
    left, top = (-step * 2 * start, step * start) if start < 0.7 else (step * start, -step)
    count = 9
    walls = [float(k) * step for k in range(count + 1)]
    long = count * step
    lines = [(left, top + wall, left + long, top + wall) for wall in walls]
    lines += [(left + wall, top, left + wall, top + long) for wall in walls]
    canvas.ground.lines(lines, 0.6 + 0.02 * height * thick, 0.2 + 0.7 * dark)
    if group < 0.7:
        canvas.ground.lines(lines[::3], 1 + 0.12 * height * thick, 0.6 + 0.4 * dark)
    for cell in range(count * count):
        row, column = divmod(cell, count)
        x, y = left + column * step, top + row * step
        if not (-step < x < side and -step < y < side):
            continue
        there, size, lean, note = random.values(4)
        if there > 0.25 + 0.75 * full:
            if note < 0.1:
                piece = words.without_number(stock.number(random, "short"))
                canvas.put(piece.scaled(0.35 * height), x + 0.1 * step, y + 0.45 * step)
            elif note < 0.14:
                canvas.put(words.stroke(stock, random).scaled(height * 0.6), x, y + 0.7 * step)
            continue
        piece = stock.number(random, "one").scaled(height * (0.9 + 0.25 * size))
        at = x + (step - piece.ink.shape[1]) * (0.35 + 0.3 * lean)
        canvas.put(piece, at, y + (step - piece.ink.shape[0]) / 2 + piece.base)
    if small < 0.5:
        canvas.put_where_free(
            words.printed_word(stock, random).scaled(height * 0.7), left, top - 0.3 * height, 2
        )
    return canvas


def form(stock: Stock, height: float, side: int, random: RandomStream) -> Canvas:
    """Printed labels, and behind or under them fields with numbers, words or nothing."""
    canvas = Canvas(side, side)
    y = height * (0.4 + random.values(1)[0])
    while y < side + height:
        x = height * 2 * (random.values(1)[0] - 0.5)
        deep = 0.0
        while x < side:
            x, used = _field(canvas, stock, x, y, height, random)
            deep = max(deep, used)
        y += deep + height * (0.4 + 0.8 * random.values(1)[0])
    return canvas


def _field(
    canvas: Canvas, stock: Stock, x: float, y: float, height: float, random: RandomStream
) -> tuple[float, float]:
    """One field from (x, y) on: where the next one starts, and how deep this one is."""
    kind, where, small, gap, frame, content = random.values(6)
    label = words.printed_word(stock, random).scaled(height * (0.35 + 0.5 * small))
    rows, columns = label.ink.shape
    below = where < 0.4
    base = y + 1.6 * height + (rows if below else 0.0)
    canvas.put(label, x, y + rows if below else base - 0.1 * height, 0.9)
    left = x if below else x + columns + height * (0.3 + 0.6 * gap)
    if content < 0.2:
        piece = stock.in_comb(random).scaled(height)
    elif content < 0.65:
        piece = stock.number(random).scaled(height)
    elif content < 0.9:
        piece = words.written_word(stock, random).scaled(height * (0.6 + 0.4 * small))
    else:
        piece = words.stroke(stock, random).scaled(height * 0.7)
    high, wide = piece.ink.shape
    canvas.put(piece, left + 0.3 * height, base)
    box = (round(left + 0.3 * height), round(base - piece.base), wide, high)
    if piece.fields is not None:
        start, pitch = piece.fields
        begin = box[0] + start
        surroundings.comb(canvas.ground, begin, pitch, len(piece.text), box, height, random)
    elif kind < 0.4:
        thick = 0.7 + 0.06 * height * frame
        a, b = left, left + wide + height * (0.5 + gap)
        lines = [(a, base + 0.15 * height, b, base + 0.15 * height)]
        if kind < 0.25:
            top = base - 1.35 * height
            lines += [(a, top, b, top), (a, top, a, lines[0][1]), (b, top, b, lines[0][1])]
        canvas.ground.lines(lines, thick, 0.4 + 0.6 * small, dotted=kind > 0.35)
    end = max(x + columns, left + wide)
    return end + height * (0.7 + 2.5 * gap), 2.0 * height + (rows if below else 0.0)


def letter(stock: Stock, height: float, side: int, random: RandomStream) -> Canvas:
    """Rows of words, with a number apart from them here and there.

    Digits in the middle of a sentence are part of it and are not noted as numbers.
    """
    canvas = Canvas(side, side)
    printed, loose, ruled, within, apart, start = random.values(6)
    step = height * (1.3 + 0.8 * loose)
    kind = words.printed_word if printed < 0.45 else words.written_word
    y = -height * start
    while y < side + height:
        x = -2 * height * start
        short, alone = random.values(2)
        end = side * (0.3 + 0.9 * short)
        while x < end:
            size, gap, odd = random.values(3)
            piece = kind(stock, random).scaled(height * (0.7 + 0.2 * size))
            if odd < 0.12 * within:
                piece = words.without_number(stock.number(random, "short").scaled(height * 0.8))
            canvas.put(piece, x, y)
            x += piece.ink.shape[1] + height * (0.35 + 0.4 * gap)
        if alone < 0.6 * apart:
            number = stock.number(random).scaled(height)
            canvas.put_where_free(number, x + 2 * height, y, 0.3 * height)
        if ruled < 0.3:
            at = y + 0.2 * height
            canvas.ground.lines([(0.0, at, float(side), at)], 0.8, 0.15 + 1.5 * ruled)
        y += step
    return canvas


def heap(stock: Stock, height: float, side: int, random: RandomStream) -> Canvas:
    """Numbers, words, signatures and strokes of several sizes anywhere, or no number at all."""
    canvas = Canvas(side, side)
    many, numbers, mixed, boxed = random.values(4)
    share = 0.0 if numbers < 0.25 else 0.2 + 0.6 * numbers
    for _ in range(2 + int(24 * many * many)):
        what, x, y, size, pen = random.values(5)
        high = height * (1.0 + 0.6 * mixed * (size - 0.5))
        if what < share:
            piece = stock.number(random)
        elif what < share + 0.7 * (1 - share):
            piece = words.word(stock, random)
            high *= 0.7 + 1.2 * pen * pen
        else:
            piece = words.stroke(stock, random)
        piece = piece.scaled(high)
        at = (side - piece.ink.shape[1]) * x if x < 0.9 else side * x
        done = canvas.put_where_free(piece, at, high + side * y, 0.35 * high, 0.6 + 0.4 * pen)
        if done and size < 0.4 * boxed:
            rows, columns = piece.ink.shape
            box = (round(at), round(high + side * y - piece.base), columns, rows)
            surroundings.frame(canvas.ground, box, high, random)
    return canvas


def ground(canvas: Canvas, random: RandomStream) -> None:
    """What paper shows by itself: stains, waves, print that shines through, stamps; seldom."""
    for (draw, often), luck in zip(
        surroundings.GROUND, random.values(len(surroundings.GROUND)), strict=True
    ):
        if luck < 0.35 * often:
            draw(canvas.ground, random)
