"""Pictures read by the bundled networks: one printed digit, lines of them, or none.

No line has a 1: the font draws it as some write a 7.
"""

from __future__ import annotations

import numpy as np
import pytest
from pictures import digit_picture, encoded
from PIL import Image

from digitcli.inference.networks import Networks
from digitcli.vision.look import Mode
from digitcli.vision.reader import Reader
from digitcli.vision.reading import Reading
from digitcli.vision.rules.options import rule_of

TALL, WIDE = 90, 60  # pixels: the picture of a digit
STEP, LINE = 50, 110  # from one to the next, from line to line
LEFT, TOP = 30, 40  # the first one


@pytest.fixture(scope="module")
def networks() -> Networks:
    return Networks()


def number_picture(text: str, step: int = STEP, skew: float = 0.0) -> Image.Image:
    """Printed digits in a row, `step` pixels from one to the next, lines under each other."""
    rows = text.split("\n")
    width = 80 + step * max(len(row) for row in rows)
    page = np.full((80 + LINE * len(rows), width), 255, np.uint8)
    for line, row in enumerate(rows):
        for place, digit in enumerate(row):
            shape = np.asarray(digit_picture(int(digit), TALL, WIDE))
            x, y = LEFT + place * step, TOP + LINE * line + round(skew * place * step)
            part = page[y : y + TALL, x : x + WIDE]
            np.minimum(part, shape[:, : part.shape[1]], out=part)
    return Image.fromarray(page)


def read(networks: Networks, picture: Image.Image, mode: Mode = "auto", **options) -> Reading:
    return Reader.of(networks, mode, **options).read(encoded(picture))


@pytest.mark.parametrize("mode", ["many", "auto"])
@pytest.mark.parametrize("text", ["42", "30428", "3042830428", "90250\n37465"])
def test_rows_of_digits_read_back(networks, text, mode):
    reading = read(networks, number_picture(text), mode)

    assert (reading.text, reading.mode, reading.answer) == (text, "many", "digits")


def test_two_digits_in_a_tiny_crop_are_two(networks):
    tiny = number_picture("42").crop((20, 30, 150, 140)).resize((32, 27))

    assert read(networks, tiny).text == "42"


def test_touching_digits_read_back(networks):
    assert read(networks, number_picture("8080", step=38)).text == "8080"


def test_a_skewed_row_reads_back(networks):
    assert read(networks, number_picture("25346", skew=0.08)).text == "25346"


def test_light_ink_on_dark_reads_back(networks):
    light = Image.fromarray(255 - np.asarray(number_picture("30428")))

    assert read(networks, light).text == "30428"


def test_boxes_lie_on_their_digits_in_reading_order(networks):
    reading = read(networks, number_picture("30428\n90250"))

    assert [digit.line for digit in reading.digits] == [0] * 5 + [1] * 5
    for place, digit in enumerate(reading.digits):
        x, y, wide, high = digit.box
        line, column = divmod(place, 5)
        assert x < LEFT + column * STEP + WIDE / 2 < x + wide
        assert y < TOP + line * LINE + TALL / 2 < y + high
        assert digit.picture.shape == (28, 28)
        assert 0 < digit.confidence <= digit.probability


@pytest.mark.parametrize("side", [500, 1100])
def test_a_number_in_a_large_picture_reads_back(networks, side):
    page = Image.new("L", (side, side), 245)
    page.paste(number_picture("30428"), (60, 120))

    assert read(networks, page).text == "30428"


@pytest.mark.parametrize("mode", ["one", "many", "auto"])
@pytest.mark.parametrize("digit", range(10))
def test_a_single_digit_is_one_in_every_mode(networks, digit, mode):
    reading = read(networks, digit_picture(digit), mode)

    assert (reading.text, reading.mode) == (str(digit), "one")


@pytest.mark.parametrize("mode", ["one", "many", "auto"])
def test_blank_paper_is_blank_in_every_mode(networks, mode):
    reading = read(networks, Image.new("L", (200, 100), 255), mode)

    assert (reading.answer, reading.digits, reading.marks) == ("blank", (), ())


def test_a_rule_searches_all_lines_together(networks):
    picture = number_picture("30428\n90250")

    reading = read(networks, picture, rule=rule_of(r"\d{9}[0-4]", None, None))

    assert reading.text == "3042890250"
    assert [digit.line for digit in reading.digits] == [0] * 5 + [1] * 5
    assert reading.number.unconditional <= reading.number.probability
    assert read(networks, picture, rule=rule_of(None, 30, None)).answer == "not valid"


def test_a_reader_of_one_engine_has_no_mode_for_numbers(networks):
    with pytest.raises(TypeError, match="mode"):
        Reader(networks.digit, mode="many")
