"""A picture read as lines: texts, boxes, marks and probabilities, with and without a rule."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from digitcli.inference.prediction import Prediction
from digitcli.model.receptive import ReceptiveField
from digitcli.signs import DIGITS, SIGNS
from digitcli.vision.digit import LEAST
from digitcli.vision.finding.places import Place
from digitcli.vision.lines import look_at_lines
from digitcli.vision.reader import Reader
from digitcli.vision.rules.rule import Length

PAPER = 230


class Spelling:
    """An engine for lines that sees `text`, a sign every eight columns of four pixels."""

    height = 40

    def __init__(self, text: str, sure: float = 0.98) -> None:
        self.text, self.sure = text, sure
        self.place = ReceptiveField(0, 4, 4, 20_000)

    def whole_width(self, width: int) -> int:
        return 32 * -(-width // 32)

    def columns_of(self, picture):
        count = memoryview(picture).shape[1] // 4
        columns = np.full((count, len(SIGNS) + 1), 1e-4, np.float32)
        columns[:, -1] = 1
        for number, sign in enumerate(self.text):
            at = 4 + 8 * number
            columns[at] = (1 - self.sure) / 15
            columns[at, SIGNS.index(sign)] = self.sure
        columns /= columns.sum(axis=1, keepdims=True)
        return bytearray(columns.tobytes())


class Sure:
    """An engine for single digits that always answers `digit`."""

    spec = SimpleNamespace(classes=DIGITS)

    def __init__(self, digit: int) -> None:
        self.digit = digit

    def predict(self, images, threads=1):
        rows = np.full((len(np.asarray(images)), 10), 0.001, np.float32)
        rows[:, self.digit] = 0.991
        return Prediction(rows, "sure")


def picture(width=400):
    grey = np.full((80, width), PAPER, np.uint8)
    grey[20:60, width // 2 - 6 : width // 2 + 6] = 20
    return grey


def read(text, tmp_path, *, sure=0.98, width=400, find=None, **options):
    from PIL import Image

    path = tmp_path / "line.png"
    Image.fromarray(picture(width)).save(path)
    return reader_of(Spelling(text, sure), find, **options).read(path)


def reader_of(engine, find=None, **options):
    return Reader(Sure(7), look=lambda grey: look_at_lines(grey, engine, find), **options)


class Counting(Spelling):
    """Counts how often it is asked, and of what."""

    def columns_of(self, picture):
        self.widths = [*getattr(self, "widths", []), memoryview(picture).shape[1]]
        return super().columns_of(picture)


class Sequel(Spelling):
    """Lines one after the other; the last one again and again, as it may be doubtful."""

    def __init__(self, lines):
        super().__init__("")
        self.lines = lines

    def columns_of(self, picture):
        line = self.lines.pop(0) if len(self.lines) > 1 else self.lines[0]
        return line.columns_of(picture)


@pytest.mark.parametrize(("sure", "looks"), [(0.999, 1), (0.9, 3)])
def test_a_doubtful_line_is_looked_at_leaning_to_both_sides(sure, looks):
    engine = Counting("205", sure)

    look_at_lines(picture(), engine)

    assert len(engine.widths) == looks
    assert len(set(engine.widths)) == 1


def test_a_line_has_its_digits_and_is_written_with_its_separators(tmp_path):
    reading = read("20.5", tmp_path)

    assert (reading.answer, reading.text, reading.written) == ("digits", "205", "20.5")
    assert [mark.kind for mark in reading.marks] == ["dot"]
    assert [digit.digit for digit in reading.digits] == [2, 0, 5]


def test_digits_and_marks_have_boxes_from_left_to_right_inside_the_picture(tmp_path):
    reading = read("20.5", tmp_path)

    boxes = [digit.box for digit in reading.digits]
    boxes.insert(2, reading.marks[0].box)
    lefts = [box[0] for box in boxes]
    assert lefts == sorted(set(lefts))
    for x, y, wide, high in boxes:
        assert 0 <= x < x + wide <= 400
        assert (y, high) == (0, 80)


def test_the_confidence_is_the_probability_of_the_whole_text(tmp_path):
    reading = read("1234", tmp_path, sure=0.9)

    each = [digit.confidence for digit in reading.digits]
    assert reading.confidence == pytest.approx(0.9**4, abs=0.05)
    assert reading.confidence < min(each)


def test_a_text_less_probable_than_the_least_confidence_is_unsure(tmp_path):
    reading = read("12345678", tmp_path, sure=0.85, width=600)

    assert all(digit.confidence > LEAST for digit in reading.digits)
    assert reading.answer == "unsure"


def test_a_line_of_one_digit_is_as_sure_as_the_network_for_single_digits(tmp_path):
    reading = read("7", tmp_path)

    assert (reading.text, reading.written, reading.answer) == ("7", "7", "digits")
    assert reading.digits[0].shares[7] == pytest.approx(0.991)
    x, y, wide, high = reading.digits[0].box
    assert x <= 194 <= 206 <= x + wide
    assert y <= 20 < 60 <= y + high


def test_of_two_networks_that_differ_the_surer_one_names_a_lone_digit_and_none_is_sure(tmp_path):
    reading = read("1", tmp_path, sure=0.7)

    assert (reading.text, reading.answer) == ("7", "unsure")
    assert 0.3 < reading.digits[0].shares[1] < reading.digits[0].shares[7] < 0.6


def test_ink_that_says_nothing_is_not_a_digit_and_paper_is_blank(tmp_path):
    from PIL import Image

    assert read("", tmp_path).answer == "not a digit"

    Image.fromarray(np.full((80, 400), PAPER, np.uint8)).save(tmp_path / "blank.png")
    assert reader_of(Spelling("")).read(tmp_path / "blank.png").answer == "blank"


def test_ink_that_is_no_digit_has_its_box_in_the_picture(tmp_path):
    def find(grey):
        return [[Place(((150, 10), (250, 10), (150, 70)))]]

    (digit,) = read("", tmp_path, find=find).digits

    x, y, wide, high = digit.box
    assert not digit.is_digit
    assert x <= 194 <= 206 <= x + wide
    assert y <= 20 < 60 <= y + high


def test_a_rule_finds_the_best_text_that_obeys_it(tmp_path):
    reading = read("205", tmp_path, rule=Length(3))

    assert (reading.text, reading.answer) == ("205", "digits")
    assert reading.number is not None
    assert reading.number.unconditional <= reading.number.probability


def test_no_text_of_the_right_length_is_not_valid(tmp_path):
    reading = read("205", tmp_path, sure=0.999, rule=Length(40))

    assert reading.answer == "not valid"
    assert reading.text == ""


def test_a_picture_no_larger_than_a_crop_is_one_digit(tmp_path):
    from PIL import Image

    Image.fromarray(picture(32)[24:56]).save(tmp_path / "small.png")

    class DigitOnly:
        digit = Sure(7)
        names_digits = True

        def __getattr__(self, name):
            pytest.fail(f"{name} was asked")

    reading = Reader.of(DigitOnly(), "auto").read(tmp_path / "small.png")

    assert (reading.text, reading.mode) == ("7", "one")


@pytest.mark.parametrize(("first", "text"), [("", "12"), ("345", "345")])
def test_the_first_way_to_read_a_picture_that_says_a_number_counts(first, text, tmp_path):
    from PIL import Image

    Image.fromarray(picture()).save(tmp_path / "cell.png")
    each = Sequel([Spelling(first, 0.999), Spelling("12", 0.999)])

    def find(grey):
        return [[Place(None)], [Place(((10, 10), (90, 10), (10, 50)))]]

    reading = reader_of(each, find).read(tmp_path / "cell.png")

    assert reading.text == text


@pytest.mark.parametrize("text", ["12", "7"])
def test_a_number_is_no_surer_than_that_there_is_a_line(text, tmp_path):
    def find(grey):
        return [[Place(((0, 0), (400, 0), (0, 80)), stands=0.4)]]

    reading = read(text, tmp_path, sure=0.999, find=find)

    assert reading.text == text
    assert 0.35 < reading.confidence < 0.4
    assert reading.answer == "unsure"


def test_lines_that_were_found_are_read_in_their_order(tmp_path):
    from PIL import Image

    Image.fromarray(picture()).save(tmp_path / "page.png")
    both = Sequel([Spelling("12", 0.999), Spelling("345", 0.999)])

    def find(grey):
        return [
            [
                Place(((0, 0), (400, 0), (0, 40))),
                Place(((0, 40), (400, 40), (0, 80)), row=1),
            ]
        ]

    reading = reader_of(both, find).read(tmp_path / "page.png")

    assert reading.text == "12\n345"
    assert [digit.line for digit in reading.digits] == [0, 0, 1, 1, 1]
    assert {digit.box[1] for digit in reading.digits} == {0, 40}
    assert [(field.text, field.row) for field in reading.fields] == [("12", 0), ("345", 1)]
    assert reading.fields[1].box == (0, 40, 400, 40)


@pytest.mark.parametrize(("low", "sure"), [(10, 0.98), (40, 0.55)])
def test_a_far_lower_and_a_doubtful_line_beside_a_sure_one_are_listed_as_marks(low, sure, tmp_path):
    from PIL import Image

    Image.fromarray(picture()).save(tmp_path / "page.png")
    both = Sequel([Spelling("1234", 0.999), Spelling("56", sure)])

    def find(grey):
        return [
            [
                Place(((0, 0), (400, 0), (0, 40))),
                Place(((0, 40), (low * 10, 40), (0, 40 + low)), row=1),
            ]
        ]

    reading = reader_of(both, find).read(tmp_path / "page.png")

    assert reading.text == "1234"
    assert [(mark.kind, mark.box[1]) for mark in reading.marks] == [("other", 40)]
