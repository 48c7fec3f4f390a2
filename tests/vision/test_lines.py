"""One digit or lines of them: candidates, and what the network's answers make of them."""

from __future__ import annotations

import numpy as np
import pytest
from pictures import NearestTemplate, digit_picture, encoded, templates
from PIL import Image, ImageDraw, ImageFont

from digitcli.vision.reader import Reader
from digitcli.vision.rules.options import rule_of


def written(*lines: str, side: int = 60) -> bytes:
    """Printed lines of digits, well apart, black on white."""
    width = max(map(len, lines)) * side + side
    picture = Image.new("L", (width, (len(lines) + 1) * 2 * side), 255)
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(1.4 * side)
    for row, line in enumerate(lines):
        for column, digit in enumerate(line):
            pen.text((side * (column + 0.6), side * (2 * row + 1)), digit, 0, font)
    return encoded(picture)


def read(data: bytes, mode: str, **options: object):
    return Reader(NearestTemplate(), mode=mode, **options).read(data)


@pytest.mark.parametrize("mode", ["many", "auto"])
def test_digits_of_a_line_come_from_left_to_right_with_their_boxes(mode):
    reading = read(written("40271"), mode)

    assert (reading.text, reading.mode) == ("40271", "many")
    lefts = [digit.box[0] for digit in reading.digits]
    assert lefts == sorted(lefts)
    assert all(abs(left - 60 * (n + 0.6)) < 20 for n, left in enumerate(lefts))
    assert all(digit.pixels.shape == (28, 28) for digit in reading.digits)
    assert all(0 < digit.confidence <= digit.probability for digit in reading.digits)


def test_lines_come_from_top_to_bottom():
    reading = read(written("402", "735"), "many")

    assert reading.text == "402\n735"
    assert [digit.line for digit in reading.digits] == [0, 0, 0, 1, 1, 1]


def test_auto_reads_a_single_digit_as_one():
    picture = encoded(digit_picture(4))

    assert read(picture, "auto").mode == "one"
    assert read(picture, "auto").text == read(picture, "one").text == "4"
    assert read(picture, "many").text == "4"
    stored = encoded(Image.fromarray(np.asarray(templates()[3])))
    assert read(stored, "auto").mode == "one"


def test_rule_searches_all_lines_together():
    reading = read(written("402", "735"), "many", rule=rule_of(r"\d{5}[1-4]", None, None))

    assert len(reading.text) == 6
    assert reading.text[-1] in "1234"
    assert reading.number.unconditional < reading.number.probability
    assert "".join(str(digit.digit) for digit in reading.digits) == reading.text
    assert [digit.line for digit in reading.digits] == [0, 0, 0, 1, 1, 1]
    assert read(written("402"), "many", rule=rule_of(None, 9, None)).answer == "not valid"


@pytest.mark.parametrize("mode", ["one", "many", "auto"])
def test_blank_paper_is_blank_in_every_mode(mode):
    assert read(encoded(Image.new("L", (200, 100), 255)), mode).answer == "blank"
