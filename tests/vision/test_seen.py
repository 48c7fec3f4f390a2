"""Pictures read as one digit, as many, and in mode "auto"."""

from __future__ import annotations

import numpy as np
import pytest
from pictures import NearestTemplate, digit_picture, encoded
from PIL import Image

from digitcli.vision.many import Lines, Mark, read_lines
from digitcli.vision.reader import Reader
from digitcli.vision.rules.options import rule_of
from digitcli.vision.scoring import Weights, lattices
from digitcli.vision.segment import Candidate, Line, Piece, Segments


@pytest.fixture
def engine():
    return NearestTemplate()


def number_picture(text: str, step: int = 50, skew: float = 0.0) -> Image.Image:
    """Printed digits in a row, `step` pixels from one to the next, lines under each other."""
    rows = text.split("\n")
    width = 40 + step * max(len(row) for row in rows)
    page = np.full((60 + 110 * len(rows), width), 255, np.uint8)
    for line, row in enumerate(rows):
        for place, digit in enumerate(row):
            shape = np.asarray(digit_picture(int(digit), 90, 60))
            x, y = 20 + place * step, 30 + 110 * line + round(skew * place * step)
            part = page[y : y + 90, x : x + 60][:, : width - x]
            np.minimum(part, shape[:, : part.shape[1]], out=part)
    return Image.fromarray(page)


@pytest.mark.parametrize("text", ["42", "31428", "3142831428", "90210\n37"])
def test_row_of_digits_reads_back(engine, text):
    reading = Reader(engine, mode="auto").read(encoded(number_picture(text)))

    assert reading.mode == "many"
    assert reading.text == text


def test_touching_digits_read_back(engine):
    reading = Reader(engine, mode="many").read(encoded(number_picture("8080", step=38)))

    assert reading.text == "8080"


def test_skewed_row_reads_back(engine):
    reading = Reader(engine, mode="many").read(encoded(number_picture("25346", skew=0.06)))

    assert reading.text == "25346"


def test_boxes_lie_on_their_digits_in_reading_order(engine):
    reading = Reader(engine, mode="many").read(encoded(number_picture("324\n56")))

    assert [digit.line for digit in reading.digits] == [0, 0, 0, 1, 1]
    lefts = [digit.box[0] for digit in reading.digits]
    assert lefts[:3] == sorted(lefts[:3])
    assert all(digit.picture.shape == (28, 28) for digit in reading.digits)


@pytest.mark.parametrize("digit", range(10))
def test_single_digit_stays_one_with_auto(engine, digit):
    picture = encoded(digit_picture(digit))

    alone, found = (Reader(engine, mode=mode).read(picture) for mode in ("one", "auto"))

    assert (found.mode, found.text) == ("one", str(digit))
    assert found.digits[0].shares == alone.digits[0].shares


def test_network_sees_the_one_digit_alone_where_it_is_sure(engine):
    Reader(engine, mode="auto").read(encoded(digit_picture(0)))

    assert engine.batches == [1]


def test_candidates_are_asked_about_where_two_components_are_tall(engine):
    reading = Reader(engine, mode="auto").read(encoded(number_picture("42")))

    first, second = engine.batches
    assert first == 1
    assert second > 2
    assert reading.mode == "many"


@pytest.mark.parametrize("side", [300, 1100])
def test_number_in_a_large_picture_reads_back_with_auto(engine, side):
    page = Image.new("L", (side, side), 255)
    page.paste(number_picture("31428"), (10, 40))

    reading = Reader(engine, mode="auto").read(encoded(page))

    assert (reading.mode, reading.text) == ("many", "31428")


def test_small_crop_is_never_searched_for_several_digits(engine):
    Reader(engine, mode="auto").read(encoded(number_picture("12").resize((32, 32))))

    assert engine.batches == [1]


def test_all_candidates_of_several_pictures_are_one_batch(engine):
    pictures = [encoded(number_picture(text)) for text in ("12", "345")]

    list(Reader(engine, mode="many", threads=1).read_many(pictures))

    assert len(engine.batches) == 1


def test_rule_chooses_among_all_readings(engine):
    reading = Reader(engine, mode="many", rule=rule_of(r"\d{3}", None, None)).read(
        encoded(number_picture("345"))
    )

    assert reading.number is not None
    assert reading.text == "345"
    assert len(reading.digits) == 3


def test_blank_page_has_no_digits(engine):
    reading = Reader(engine, mode="many").read(encoded(Image.new("L", (200, 100), 255)))

    assert (reading.text, reading.digits, reading.marks) == ("", (), ())


# ---- scores on candidates of known shape -------------------------------------------------------


def digits_with(*pieces: Piece) -> Segments:
    """One line of pieces, 40 pixels high, each a candidate for itself."""
    candidates = tuple(Candidate(0, i, i + 1, p.box, 0.0, 1) for i, p in enumerate(pieces))
    return Segments(pieces, (Line(0, len(pieces), 40.0, 0.0),), candidates, None, ())


def piece(x: int, y: int, wide: int, tall: int) -> Piece:
    return Piece((x, y, wide, tall), wide * tall // 2, x, 0.0, 0.0)


def sure_of(*digits: int) -> list[list[float]]:
    return [[0.991 if digit == d else 0.001 for d in range(10)] for digit in digits]


@pytest.mark.parametrize(
    ("box", "kind"),
    [
        ((30, 45, 6, 6), "dot"),
        ((30, 45, 5, 12), "comma"),
        ((30, 28, 16, 4), "dash"),
    ],
)
def test_small_ink_between_digits_is_a_mark(box, kind):
    segments = digits_with(piece(0, 10, 26, 40), piece(*box), piece(50, 10, 26, 40))

    found = read_lines(segments, sure_of(3, 1, 7))

    assert found.text == "37"
    assert found.marks == (Mark(kind, box, 0),)


def test_line_of_far_smaller_ink_is_left_out():
    big, small = piece(0, 10, 26, 40), piece(0, 90, 8, 12)
    segments = Segments(
        (big, piece(30, 10, 26, 40), small),
        (Line(0, 2, 40.0, 0.0), Line(2, 3, 12.0, 0.0)),
        (
            Candidate(0, 0, 1, big.box, 0.0, 1),
            Candidate(0, 1, 2, (30, 10, 26, 40), 0.0, 1),
            Candidate(1, 2, 3, small.box, 0.0, 1),
        ),
        None,
        (),
    )

    found = read_lines(segments, sure_of(3, 7, 1))

    assert found.text == "37"
    assert [mark.box for mark in found.marks] == [small.box]


def test_page_without_lines_says_nothing():
    assert read_lines(Segments((), (), (), None, ()), []) == Lines((), (), ())


def test_a_likely_class_no_digit_makes_an_arc_unlikely():
    segments = digits_with(piece(0, 10, 26, 40))
    (sure,), (row,) = sure_of(3), [[share * 0.1 for share in sure_of(3)[0]] + [0.9]]
    undoubting = Weights(digit=Weights().digit._replace(doubt=0, pieces=0))

    without, with_reject = (lattices(segments, [r], undoubting)[0].arcs[0] for r in (sure, row))

    assert sum(with_reject.probabilities) == pytest.approx(1)
    assert with_reject.score == pytest.approx(without.score + np.log(0.1))
