"""Whole pictures in, readings out."""

from __future__ import annotations

import gc
import tracemalloc

import numpy as np
import pytest
from pictures import NearestTemplate, digit_picture, encoded
from PIL import Image

from digitcli.errors import DataError
from digitcli.inference.prediction import Prediction
from digitcli.vision.reader import Reader
from digitcli.vision.rules.options import rule_of


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
    assert engine.batches == [4, 8, 16, 32, 64, 26]


def test_answers_stream_before_all_files_are_read(engine):
    seen = []

    def sources():
        for number in range(200):
            seen.append(number)
            yield encoded(digit_picture(1))

    next(Reader(engine).read_many(sources()))

    assert len(seen) == 4


@pytest.mark.parametrize("threads", [1, 3])
def test_any_number_of_threads_gives_the_same_answers_in_order(engine, threads, tmp_path):
    pictures = [encoded(digit_picture(digit)) for digit in range(10)]
    sources = [pictures[n * 7 % 10] if n % 41 else tmp_path / f"{n}.png" for n in range(300)]

    readings = list(Reader(engine, threads=threads).read_many(sources))

    expected = ["" if n % 41 == 0 else str(n * 7 % 10) for n in range(300)]
    assert [reading.text for reading in readings] == expected
    assert [reading.answer for reading in readings if not reading.text] == ["error"] * 8


class Undecided(NearestTemplate):
    """Says of the nearest digit that it is `sure`, and of eleven classes the last is `none`."""

    def __init__(self, sure: float, none: float | None = None) -> None:
        super().__init__()
        self.sure, self.none = sure, none

    def predict(self, images, threads=1):
        best = super().predict(images, threads).classes
        rows = np.full((len(best), 10), (1 - self.sure) / 9)
        rows[np.arange(len(best)), best] = self.sure
        if self.none is not None:
            rows = np.hstack([rows * (1 - self.none), np.full((len(best), 1), self.none)])
        return Prediction(rows.astype(np.float32))


def test_an_answer_below_the_least_confidence_is_unsure():
    picture = encoded(digit_picture(7))

    assert Reader(Undecided(0.6)).read(picture).answer == "digits"
    assert Reader(Undecided(0.4)).read(picture).answer == "unsure"
    unsure = Reader(Undecided(0.9), least=0.95).read(picture)
    assert (unsure.answer, unsure.text) == ("unsure", "7")
    assert unsure.confidence == pytest.approx(0.9)
    assert unsure.doubtful == unsure.digits


def test_eleventh_probability_is_that_of_no_digit():
    picture = encoded(digit_picture(7))

    seen = Reader(Undecided(0.9, none=0.2)).read(picture)
    none = Reader(Undecided(0.9, none=0.8)).read(picture)

    assert (seen.answer, seen.text) == ("digits", "7")
    assert seen.confidence == pytest.approx(0.9 * 0.8)
    assert seen.digits[0].probability == pytest.approx(0.9)
    assert sum(seen.digits[0].shares) == pytest.approx(1)
    assert (none.answer, none.text, none.confidence) == ("not a digit", "", None)


def test_rule_chooses_the_best_valid_digit():
    picture = encoded(digit_picture(7))

    reading = Reader(Undecided(0.9), rule=rule_of("[1-3]", None, None)).read(picture)
    none = Reader(Undecided(0.9), rule=rule_of("77", None, None)).read(picture)

    assert reading.text in "123"
    assert str(reading.digits[0].digit) == reading.text
    assert reading.number.probability == pytest.approx(1 / 3)
    assert reading.number.unconditional == pytest.approx(0.1 / 9)
    assert reading.answer == "unsure"
    assert (none.answer, none.text, none.number) == ("not valid", "", None)
    assert Reader(Undecided(0.9), rule=rule_of("7", None, None)).read(picture).answer == "digits"


def test_blank_picture_is_blank_with_a_rule_too(engine):
    reader = Reader(engine, rule=rule_of("7", None, None))

    assert reader.read(encoded(Image.new("L", (50, 50), 255))).answer == "blank"


def test_errors_do_not_keep_the_bytes_of_their_files(engine, tmp_path):
    (tmp_path / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(2**20))
    bad = str(tmp_path / "bad.png")
    gc.collect()
    gc.disable()  # as good as: `digitcli` has it look every 200,000 objects
    tracemalloc.start()
    try:
        readings = list(Reader(engine).read_many([bad, str(tmp_path / "missing.png")] * 60))
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        gc.enable()

    assert [reading.answer for reading in readings] == ["error"] * 120
    assert peak < 30 * 2**20  # 20 MiB are room for the largest file
    assert kept < 2**20
