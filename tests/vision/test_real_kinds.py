"""Kinds of pictures that people report, drawn by the project's own painter in its own hands.

Each is read right, or is honestly unsure; what shows no number is never answered as one.
"""

from __future__ import annotations

import numpy as np
import pytest
from pictures import encoded
from PIL import Image

from digitcli.data.drawn.random_stream import RandomStream
from digitcli.data.lines import corrections, surroundings
from digitcli.data.lines.capture import captured
from digitcli.data.lines.hands import Glyphs
from digitcli.data.lines.layout import set_apart
from digitcli.data.lines.sheet import Sheet
from digitcli.data.pages import scenes
from digitcli.data.pages.canvas import Canvas
from digitcli.data.pages.photograph import photographed
from digitcli.data.pages.pieces import Stock
from digitcli.inference.networks import Networks
from digitcli.vision.reader import Reader

HEIGHT = 36
COUNT = 12  # pictures of each kind
RIGHT = 8  # of them, at least; the others may be unsure
WRONG = 1  # of them, at most


@pytest.fixture(scope="module")
def reader():
    return Reader.of(Networks(), mode="auto")


def drawn(text, random, draw=None, *, room=0.35, pitch=None, change=None, part=None):
    """`text` on paper on which `draw(sheet, box, count)` has drawn before, as a scanner sees it."""
    hand = Glyphs().hand(random)
    written = set_apart(text, hand, HEIGHT, random, pitch)
    if change is not None:
        written = change(written, random)
    x = min(box[0] for box in written.boxes)
    right = max(box[0] + box[2] for box in written.boxes)
    y, foot = round(written.base - 1.1 * HEIGHT), round(written.base + 0.1 * HEIGHT)
    edge = round(room * HEIGHT)
    behind = part(written, hand, random) if part else np.zeros((HEIGHT, 0), np.uint8)
    size = foot - y + 2 * edge, right - x + behind.shape[1] + 2 * edge
    ink, sheet = Sheet(*size), Sheet(*size)
    if draw is not None:
        draw(sheet, (edge, edge, right - x, foot - y), random)
    ink.paste(written.ink, edge - x, edge - y, 1.0)
    ink.paste(behind, edge + right - x, edge + round(0.1 * HEIGHT), 1.0)
    return captured(ink.dark, sheet.dark, random)


def read(reader, picture):
    return reader.read(encoded(Image.fromarray(picture)))


def framed(sheet, box, random):
    surroundings.frame(sheet, box, HEIGHT, random)


def in_a_cell(sheet, box, random):
    surroundings.grid(sheet, box, HEIGHT, random)


def beside_a_fold(sheet, box, random):
    surroundings.gutter(sheet, 0.9 * HEIGHT, True, random)


def on_a_cheque(sheet, box, random):
    surroundings.guilloche(sheet, random)
    surroundings.rule(sheet, box[1] + box[3], HEIGHT, random)


def in_fields(pitch):
    def draw(sheet, box, random):
        count = round((box[2] + pitch / 2) / pitch)
        surroundings.comb(sheet, box[0] - 0.2 * HEIGHT, pitch, count, box, HEIGHT, random)

    return draw


PITCH = 1.1 * HEIGHT
KINDS = {
    "slim": (("12", "16", "21", "91", "11", "71"), {"room": 0.12}),
    "framed": (("18", "821", "55925", "16"), {"draw": framed, "room": 0.6}),
    "in a cell": (("61", "81", "39", "50"), {"draw": in_a_cell, "room": 0.6}),
    "in a comb": (
        ("349", "26998", "8541"),
        {"draw": in_fields(PITCH), "pitch": PITCH, "room": 0.5},
    ),
    "beside a fold": (("305", "58", "42"), {"draw": beside_a_fold, "room": 1.3}),
    "on a cheque": (("15400", "203148", "7250"), {"draw": on_a_cheque}),
    "with a point": (("20.5", "11.5", "3.75"), {}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_numbers_are_read_right_or_are_unsure(reader, kind):
    texts, how = KINDS[kind]
    right = wrong = 0
    for number in range(COUNT):
        text = texts[number % len(texts)]
        picture = drawn(text, RandomStream(27, list(KINDS).index(kind), number), **how)
        reading = read(reader, picture)
        is_right = reading.text == text.replace(".", "")
        right += is_right
        wrong += reading.answer == "digits" and not is_right

    assert (right >= RIGHT, wrong <= WRONG) == (True, True), (right, wrong)


@pytest.mark.parametrize(
    ("kind", "texts", "most", "how"),
    [
        ("struck out", ("192", "47", "3508"), 3, {"change": corrections.struck, "room": 0.5}),
        # too many: the network sees a half beside the last two digits only (benchmarks/LOG.md)
        ("and a half", ("3", "7", "12"), 5, {"part": corrections.part, "room": 0.5}),
    ],
)
def test_what_is_no_number_is_mostly_not_answered(reader, kind, texts, most, how):
    answers = [
        read(reader, drawn(texts[number % 3], RandomStream(28, len(kind), number), **how)).answer
        for number in range(COUNT)
    ]

    assert answers.count("digits") <= most, answers


def test_a_dash_in_a_cell_is_no_digit(reader):
    random = RandomStream(29)
    for place in range(COUNT):
        sheet, ink = Sheet(60, 110), Sheet(60, 110)
        surroundings.grid(sheet, (25, 10, 60, 40), 36, random)
        ink.lines([(35, 30 + place % 3, 75, 30 - place % 3)], 3, 1.0)

        assert read(reader, captured(ink.dark, sheet.dark, random)).answer != "digits"


def test_a_minus_is_written(reader):
    found = [read(reader, drawn("-6", RandomStream(30, number))) for number in range(COUNT)]

    assert sum(reading.written == "-6" for reading in found) >= RIGHT // 2
    assert all(reading.text == "6" for reading in found if reading.answer == "digits")


def test_numbers_that_stand_apart_are_fields_of_their_own(reader):
    texts, random = ["68", "899", "254"], RandomStream(31)
    hand, ink = Glyphs().hand(random), Sheet(120, 700)
    for place, text in enumerate(texts):
        written = set_apart(text, hand, HEIGHT, random)
        ink.paste(written.ink, 30 + 220 * place, round(80 - written.base), 1.0)
    page = (235 - 200 * ink.dark).astype(np.uint8)

    reading = read(reader, page)

    assert [field.text for field in reading.fields] == texts
    assert [(field.row, field.column) for field in reading.fields] == [(0, 0), (0, 1), (0, 2)]


def test_a_sheet_on_a_table_is_found(reader):
    stock = Stock([(Glyphs(), 1.0)])
    right = 0
    for number in range(COUNT):
        random = RandomStream(32, number)
        canvas = Canvas(400, 500)
        piece = stock.number(random, "digits").scaled(40)
        canvas.put(piece, 120, 200)
        scenes.ground(canvas, random)
        picture, _ = photographed(canvas, random, True)
        reading = read(reader, picture)
        right += reading.text == piece.text or reading.answer != "digits"

    assert right >= COUNT - 2


def test_a_page_without_any_number_is_no_digit(reader):
    page = np.full((600, 800), 240, np.uint8)
    page[100:500:60] = 120

    assert read(reader, page).answer in ("blank", "not a digit")


@pytest.mark.parametrize(("width", "height"), [(1, 40), (16_384, 40)])
def test_a_line_of_any_width_has_an_answer(reader, width, height):
    picture = np.full((height, width), 230, np.uint8)
    picture[10:30, width // 2 : width // 2 + 4] = 20

    assert read(reader, picture).error is None
