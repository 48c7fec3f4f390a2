"""Pictures of one number, as users and other programs cut them out."""

from __future__ import annotations

from ..drawn.random_stream import RandomStream
from ..lines import surroundings
from ..lines.layout import Box
from . import words
from .canvas import Canvas
from .pieces import Stock


def crop(stock: Stock, height: float, random: RandomStream) -> Canvas:
    """One number, cropped as a user crops it: closely, or with room around it."""
    kind, room, comb, cut, place, empty = random.values(6)
    piece = (stock.in_comb(random) if comb < 0.2 else stock.number(random)).scaled(height)
    rows, columns = piece.ink.shape
    most = 0.35 if room < 0.45 else 3 * room
    above, below, before, after = (
        height * (-0.08 * side if cut < 0.2 else 0.04 + most * side * side)
        for side in random.values(4)
    )
    canvas = Canvas(max(16, round(rows + above + below)), max(24, round(columns + before + after)))
    box = (round(before), round(above), columns, rows)
    base = above + piece.base
    if empty < 0.06:
        piece = words.stroke(stock, random).scaled(height)
    canvas.put(piece, before, base)
    if 0.06 <= empty < 0.3 and after > 0.25 * height:
        _closing(canvas, stock, before + columns, base, height, random)
    if piece.fields is not None:
        start, pitch = piece.fields
        if kind < 0.95:
            surroundings.comb(
                canvas.ground, before + start, pitch, len(piece.text), box, height, random
            )
    elif kind < 0.1:
        surroundings.frame(canvas.ground, box, height, random)
    elif kind < 0.2:
        _thick_frame(canvas, box, height, random)
    elif kind < 0.38:
        surroundings.grid(canvas.ground, box, height, random)
    elif kind < 0.55:
        surroundings.rule(canvas.ground, base, height, random)
    if place < 0.25:
        _around(canvas, stock, box, height, random)
    _ground(canvas, random)
    return canvas


def _closing(
    canvas: Canvas, stock: Stock, x: float, base: float, height: float, random: RandomStream
) -> None:
    """One to three strokes behind a sum, so that nobody writes more: no part of the number."""
    count, gap, size, up, apart = random.values(5)
    piece = words.stroke(stock, random).scaled(height * (0.3 + 0.5 * size))
    level = base - height * (0.2 + 0.5 * up)
    for k in range(1 + int(2.5 * count)):
        y = level + k * height * (0.12 + 0.15 * apart) + piece.ink.shape[0] / 2
        canvas.put(piece, x + height * (0.05 + 0.4 * gap), y - piece.ink.shape[0] + piece.base)


def _thick_frame(canvas: Canvas, box: Box, height: float, random: RandomStream) -> None:
    """A box of heavy lines around a number, as forms print it."""
    thick, dark, tilt, *room = random.values(7)
    x, y, wide, high = box
    left, top = x - height * (0.1 + room[0]), y - height * (0.1 + 0.5 * room[1])
    right = x + wide + height * (0.1 + 2 * room[2] * room[2])
    bottom = y + high + height * (0.1 + 0.5 * room[3])
    lean = 0.05 * height * (tilt - 0.5)
    walls = [
        (left, top + lean, right, top - lean),
        (left, bottom + lean, right, bottom - lean),
        (left + lean, top, left - lean, bottom),
        (right + lean, top, right - lean, bottom),
    ]
    canvas.ground.lines(walls, height * (0.03 + 0.2 * thick * thick), 0.5 + 0.5 * dark)


def _around(canvas: Canvas, stock: Stock, box: Box, height: float, random: RandomStream) -> None:
    """Other writing that reaches in from the sides, never over the number."""
    x, y, wide, high = box
    for side, gap, size, printed, shift in random.uniform(2, 5).tolist():
        kind = words.printed_word if printed < 0.6 else words.word
        piece = kind(stock, random).scaled(height * (0.35 + 0.6 * size))
        rows, columns = piece.ink.shape
        apart = height * (0.25 + 0.5 * gap)
        match int(4 * side):
            case 0:
                spot = x - apart - columns, y + high * 0.9
            case 1:
                spot = x + wide + apart, y + high * 0.9
            case 2:
                spot = x + wide * (shift - 0.3), y - apart
            case _:
                spot = x + wide * (shift - 0.3), y + high + apart + rows
        canvas.put_where_free(piece, *spot, apart=0.1 * height)


def _ground(canvas: Canvas, random: RandomStream) -> None:
    for (draw, often), luck in zip(
        surroundings.GROUND, random.values(len(surroundings.GROUND)), strict=True
    ):
        if luck < often:
            draw(canvas.ground, random)
