"""Filled-in forms: laid over the empty one wherever a scanner put them, and read by field."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from digitcli.errors import DataError
from digitcli.inference.networks import Networks
from digitcli.vision.forms.align import EmptyForm
from digitcli.vision.forms.form import Form, FormField
from digitcli.vision.forms.read import FormReader
from digitcli.vision.reader import Reader
from digitcli.vision.rules.rule import Length

WIDE, HIGH = 620, 877
BOXES = {"total": (300, 150, 240, 60), "number": (220, 320, 240, 60), "year": (310, 560, 240, 60)}


def empty_form() -> Image.Image:
    """Three boxes with labels, a title and some lines of print."""
    page = Image.new("L", (WIDE, HIGH), 255)
    pen = ImageDraw.Draw(page)
    pen.text((60, 50), "Invoice of the library", 0, ImageFont.load_default(30))
    for name, (x, y, wide, high) in BOXES.items():
        pen.text((60, y + 15), name, 0, ImageFont.load_default(22))
        pen.rectangle((x - 4, y - 4, x + wide + 4, y + high + 4), outline=0, width=2)
    for line in range(5):
        text = f"{line}. The terms and conditions of the library apply to all of this."
        pen.text((60, 680 + 30 * line), text, 40, ImageFont.load_default(17))
    return page


def filled_in(texts: dict[str, str]) -> Image.Image:
    page = empty_form()
    for name, text in texts.items():
        x, y, *_ = BOXES[name]
        ImageDraw.Draw(page).text((x + 20, y + 2), text, 30, ImageFont.load_default(46))
    return page


def scanned(page: Image.Image, turn: float, scale: float, right: float, down: float, dpi=1.0):
    """What a scanner makes of it, and the matrix (2, 3) from the page to that."""
    size = round(WIDE * dpi), round(HIGH * dpi)
    cosine, sine = (scale * dpi * f(math.radians(turn)) for f in (math.cos, math.sin))
    turned = np.array([[cosine, -sine], [sine, cosine]])
    middle = np.array([WIDE, HIGH]) / 2
    shift = np.array(size) / 2 + np.array([right, down]) * dpi - turned @ middle
    back = np.linalg.inv(turned)
    data = np.hstack([back, (-back @ shift)[:, None]]).ravel()
    scan = page.transform(size, Image.Transform.AFFINE, tuple(data), Image.BICUBIC, fillcolor=250)
    noisy = np.asarray(scan) + np.random.default_rng(1).normal(0, 6, (size[1], size[0]))
    return np.clip(noisy, 0, 255).astype(np.uint8), np.hstack([turned, shift[:, None]])


def pixels(array):
    return memoryview(np.ascontiguousarray(array))


PLACES = [
    (0, 1, 0, 0, 1),
    (3, 1, 20, -25, 1),
    (-3, 0.95, -20, 30, 1.5),
    (1.5, 1.06, 30, 10, 0.7),
    (-4, 1, -30, -30, 2),
]


@pytest.mark.parametrize("place", PLACES)
def test_the_form_is_found_to_a_pixel(place):
    scan, right = scanned(filled_in({"total": "1234", "year": "987"}), *place)

    found = EmptyForm(pixels(np.asarray(empty_form()))).find_in(pixels(scan))

    ends = np.array([[50, 50, 1], [570, 50, 1], [50, 830, 1], [570, 830, 1]]).T
    assert np.abs(found.matrix @ ends - right @ ends).max() < 1.0 * place[-1]
    assert found.score > 0.85


def reader() -> FormReader:
    fields = tuple(
        FormField(
            name,
            (x / WIDE, y / HIGH, wide / WIDE, high / HIGH),
            Length(4) if name == "total" else None,
        )
        for name, (x, y, wide, high) in BOXES.items()
    )
    form = Form(fields, pixels(np.asarray(empty_form())))
    return FormReader(Reader.of(Networks(), mode="auto"), form)


def png(array) -> bytes:
    from pictures import encoded

    return encoded(Image.fromarray(array))


@pytest.mark.parametrize("place", PLACES[1:3])
def test_each_field_is_read_by_its_own_rule_where_it_is_in_the_scan(place):
    scan, matrix = scanned(filled_in({"total": "5207", "number": "38", "year": ""}), *place)

    reading = reader().read(png(scan))

    said = {one.name: (one.reading.text, one.reading.answer) for one in reading.form}
    assert said == {"total": ("5207", "digits"), "number": ("38", "digits"), "year": ("", "blank")}
    assert (reading.text, reading.answer) == ("5207\n38\n", "digits")
    assert [one.reading.ruled for one in reading.form] == [True, False, False]
    for one in reading.form:
        x, y, wide, high = BOXES[one.name]
        corners = matrix @ np.array([[x, y, 1], [x + wide, y + high, 1]]).T
        left, top, across, down = one.box
        for digit in one.reading.digits:
            assert left - 2 <= digit.box[0] <= left + across
            assert top - 8 <= digit.box[1] <= top + down
        assert abs(left + across / 2 - corners[0].mean()) < 3 * place[-1]
        assert abs(top + down / 2 - corners[1].mean()) < 3 * place[-1]
    assert [digit.line for digit in reading.digits] == [0] * 4 + [1] * 2
    assert json.loads(json.dumps(reading.to_dict()))["form"]["number"]["text"] == "38"


def test_a_doubtful_field_makes_the_page_doubtful():
    form_reader = reader()
    form_reader.least = 1.1  # nothing is so sure
    scan, _ = scanned(filled_in({"total": "5207", "number": "38"}), *PLACES[0])

    reading = form_reader.read(png(scan))

    assert reading.answer == "unsure"
    assert {id(digit) for digit in reading.doubtful} == {id(digit) for digit in reading.digits}


@pytest.mark.parametrize("kind", ["blank", "noise", "another"])
def test_another_page_is_an_error(kind):
    page = np.full((HIGH, WIDE), 255, np.uint8)
    if kind == "noise":
        page = np.random.default_rng(2).integers(0, 256, page.shape).astype(np.uint8)
    elif kind == "another":
        page = np.asarray(empty_form().rotate(180))

    with pytest.raises(DataError, match="picture: this does not look like the form"):
        reader().read(png(page))


def test_without_an_empty_form_pages_are_taken_as_they_are():
    fields = (FormField("left", (0, 0, 0.5, 1)), FormField("right", (0.5, 0, 0.5, 1)))
    page = Image.new("L", (300, 100), 255)
    for x, text in ((40, "12"), (190, "34")):
        ImageDraw.Draw(page).text((x, 20), text, 0, ImageFont.load_default(50))

    reading = FormReader(Reader.of(Networks()), Form(fields)).read(png(np.asarray(page)))

    assert {one.name: one.reading.text for one in reading.form} == {"left": "12", "right": "34"}
