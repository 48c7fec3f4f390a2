"""A form's TOML file: what it says, and what is wrong with it, by line and field."""

from __future__ import annotations

import pytest
from pictures import encoded
from PIL import Image

from digitcli.errors import DataError, UsageError
from digitcli.vision.forms.form import read_form
from digitcli.vision.rules.rule import follows

GOOD = """
page = "empty.png"

[fields.total]
box = [10, 20, 40, 10]
pattern = "[1-9]\\\\d*"
length = 4

[fields."due date"]
box = [0.5, 0.5, 0.5, 0.5]
"""


@pytest.fixture
def form(tmp_path):
    """Write a form file beside an empty form of 100 x 200 pixels, and read it."""
    (tmp_path / "empty.png").write_bytes(encoded(Image.new("L", (100, 200), 255)))

    def read(text: str):
        (tmp_path / "form.toml").write_text(text)
        return read_form(tmp_path / "form.toml")

    return read


def test_boxes_are_pixels_or_shares_and_rules_are_those_of_predict(form):
    found = form(GOOD)

    assert found.names == ("total", "due date")
    assert found.fields[0].box == (0.1, 0.1, 0.4, 0.05)
    assert found.fields[1].box == (0.5, 0.5, 0.5, 0.5)
    assert found.page is not None
    assert found.page.shape == (200, 100)
    rule = found.fields[0].rule
    assert [follows(rule, text) for text in ("1234", "0123", "123")] == [True, False, False]
    assert found.fields[1].rule is None


BOX = "[fields.total]\nbox = [10, 20, 40, 10]\n"
PAGE = 'page = "empty.png"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("page = ", "not TOML: Invalid value \\(at"),
        ("", "no fields"),
        (PAGE + "[fields]", "no fields"),
        ("pages = 3\n" + BOX, r"line 1: unknown key 'pages'"),
        (PAGE + "[fields.total]\nbos = [1, 2, 3, 4]", r"line 3: field 'total': unknown key 'bos'"),
        (PAGE + "[fields.total]\n", r"line 2: field 'total': box: expected \[x, y, width, height"),
        (PAGE + "[fields.total]\nbox = [1, 2, 3]", "field 'total': box: expected"),
        (PAGE + "[fields.total]\nbox = [1, 2, 3, true]", "field 'total': box: expected"),
        (PAGE + "[fields.total]\nbox = [1, 2, nan, 4]", "field 'total': box: expected"),
        (PAGE + "[fields.total]\nbox = [1, 2, 0, 4]", "has no area"),
        (PAGE + "[fields.total]\nbox = [90, 2, 11, 4]", "outside the page of 100 x 200 pixels"),
        (PAGE + "[fields.total]\nbox = [-1, 2, 11, 4]", "outside the page of 100 x 200 pixels"),
        ("[fields.total]\nbox = [0.9, 0.2, 0.2, 0.1]", "outside the page of 1 x 1"),
        (BOX, "pixels of which page"),
        (PAGE + BOX + "[fields.b]\nbox = [49, 29, 9, 9]", "field 'b': box: overlaps that of 'tot"),
        (PAGE + BOX + 'check = "crc"', "field 'total': --check: unknown check 'crc'"),
        (PAGE + BOX + 'pattern = "["', "field 'total': "),
        (PAGE + BOX + "length = 0", "field 'total': length: expected 1 to 1000, got 0"),
        (PAGE + BOX + 'length = "4"', "field 'total': length: expected 1 to 1000, got '4'"),
        (PAGE + BOX + "pattern = 4", "field 'total': pattern: expected a text, got 4"),
        (PAGE + "[fields.text]\nbox = [1, 2, 3, 4]", "'text': is a column of every answer"),
        (PAGE + '[fields.""]\nbox = [1, 2, 3, 4]', "is no name for a column"),
        (PAGE + "[fields]\ntotal = 3", "field 'total': is no table"),
        ("page = 3\n" + BOX, "page: expected the name of a picture, got 3"),
    ],
)
def test_what_is_wrong_is_named(form, text, message):
    with pytest.raises(UsageError, match=message):
        form(text)


def test_boxes_that_touch_do_not_overlap(form):
    assert len(form(PAGE + BOX + "[fields.b]\nbox = [50, 20, 9, 9]").fields) == 2


def test_an_empty_form_that_cannot_be_read_is_named(form):
    with pytest.raises(DataError, match="none.png: no such file"):
        form('page = "none.png"\n' + BOX)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UsageError, match="none.toml: the form cannot be read"):
        read_form(tmp_path / "none.toml")
