"""Whole pictures in, readings out."""

from __future__ import annotations

import numpy as np
import pytest
from pictures import NearestTemplate, digit_picture, encoded
from PIL import Image

from digitcli.errors import DataError
from digitcli.vision.reader import Reader


@pytest.fixture
def engine():
    return NearestTemplate()


def test_one_picture_is_read_with_its_box_and_probabilities(engine, tmp_path):
    path = tmp_path / "four.png"
    path.write_bytes(encoded(digit_picture(4)))

    reading = Reader(engine).read(path)

    (digit,) = reading.digits
    assert (reading.file, reading.text, reading.error) == (str(path), "4", None)
    assert digit.digit == 4
    assert digit.probabilities.shape == (10,)
    assert digit.probability == pytest.approx(float(digit.probabilities.max()))
    assert digit.picture.shape == (28, 28)
    x, y, width, height = digit.box
    assert (np.asarray(digit_picture(4))[y : y + height, x : x + width] < 128).sum() > 100


@pytest.mark.parametrize("digit", range(10))
def test_every_digit_is_read_from_bytes(engine, digit):
    assert Reader(engine).read(encoded(digit_picture(digit, 300, 220))).text == str(digit)


def test_a_blank_picture_has_no_digits_and_asks_no_network(engine):
    reading = Reader(engine).read(encoded(Image.new("L", (50, 50), 255)))

    assert (reading.text, reading.digits, reading.error) == ("", (), None)
    assert engine.batches == []


def test_one_bad_file_stops_no_other(engine, tmp_path):
    good = encoded(digit_picture(3))

    readings = list(Reader(engine).read_many([good, tmp_path / "missing.png", good]))

    assert [reading.text for reading in readings] == ["3", "", "3"]
    assert [reading.error is None for reading in readings] == [True, False, True]
    assert "no such file" in str(readings[1].error)


def test_reading_one_bad_file_raises_its_error(engine):
    with pytest.raises(DataError, match="not a picture"):
        Reader(engine).read(b"nonsense")


def test_many_pictures_go_through_the_network_in_batches_and_come_back_in_order(engine):
    order = [n % 10 for n in range(150)]
    pictures = {digit: encoded(digit_picture(digit)) for digit in range(10)}

    readings = list(Reader(engine).read_many(pictures[digit] for digit in order))

    assert [reading.text for reading in readings] == [str(digit) for digit in order]
    assert engine.batches == [64, 64, 22]


def test_answers_stream_before_all_files_are_read(engine):
    seen = []

    def sources():
        for number in range(200):
            seen.append(number)
            yield encoded(digit_picture(1))

    next(Reader(engine).read_many(sources()))

    assert len(seen) == 64
