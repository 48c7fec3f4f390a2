"""Somebody's numbers as lines: read, divided, changed, and what they teach."""

from __future__ import annotations

import numpy as np
import pytest
from line_weights import line_weights
from PIL import Image

from digitcli.data.drawn.random_stream import RandomStream
from digitcli.data.lines.hands import Glyphs
from digitcli.data.lines.line import lines
from digitcli.errors import DataError, UsageError
from digitcli.inference.line_engine import LineEngine
from digitcli.signs import SIGNS
from digitcli.training.adapt.changes import changed
from digitcli.training.adapt.numbers import TALL, divide_numbers, read_numbers
from digitcli.training.adapt.targets import targets
from digitcli.training.lines.batches import MOST_SIGNS, Drawn
from digitcli.training.lines.checks import columns_of
from digitcli.vision.files.decode import decode_pixels
from digitcli.vision.lines import look_at_lines


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Thirty drawn numbers by ann and bob."""
    path = tmp_path_factory.mktemp("numbers")
    drawn = lines([(Glyphs(), 1.0)], 5)
    rows = ["file,label,writer"]
    for number in range(30):
        line = next(drawn)
        Image.fromarray(line.picture).save(path / f"{number}.png")
        rows.append(f'{number}.png,"{line.text}",{"ann" if number % 3 else "bob"}')
    (path / "labels.csv").write_text("\n".join(rows))
    return path


@pytest.fixture(scope="module")
def numbers(folder):
    return read_numbers([folder])


def test_a_line_is_shown_to_the_network_as_predict_shows_it(folder, numbers):
    engine = LineEngine(line_weights())

    for line, file in zip(numbers.lines[:8], numbers.files, strict=False):
        seen = look_at_lines(decode_pixels(folder / file), engine).lines[0]
        assert columns_of(line, engine) == engine.columns_of(seen.picture.pixels)


def test_several_sources_are_joined_and_blanks_in_labels_do_not_count(folder, tmp_path):
    Image.open(folder / "0.png").save(tmp_path / "a.png")
    (tmp_path / "labels.csv").write_text("file,label\na.png,1 234.50\na.png,\n")

    found = read_numbers([tmp_path, folder])

    assert [line.text for line in found.lines[:2]] == ["1234.50", ""]
    assert (len(found.lines), found.writers[0], found.writers[3]) == (32, "", "ann")


@pytest.mark.parametrize(
    ("label", "message"),
    [("x1", "line 2: label 'x1' has 'x'"), ('"1\n2"', "has two lines"), ("1", "gone.png: no such")],
)
def test_what_is_no_line_of_digits_is_refused(tmp_path, label, message):
    (tmp_path / "labels.csv").write_text(f"file,label\ngone.png,{label}\n")

    with pytest.raises(DataError, match=message):
        read_numbers([tmp_path])


def test_one_line_in_ten_is_held_out_and_every_line_has_one_place(numbers):
    division = divide_numbers(numbers)

    assert (len(division.learn), len(division.held_out)) == (27, 3)
    assert sorted([*division.learn, *division.held_out]) == list(range(30))
    assert division.learn.tolist() == divide_numbers(numbers).learn.tolist()
    assert division.learn.tolist() != divide_numbers(numbers, seed=1).learn.tolist()


def test_lines_of_others_are_measured_alone(numbers):
    division = divide_numbers(numbers, ["ann"])

    assert set(division.others) == {"bob"}
    assert set(numbers.writers[division.others["bob"]]) == {"bob"}
    assert set(numbers.writers[division.learn]) == {"ann"}
    with pytest.raises(UsageError, match="no writer 'zoe'"):
        divide_numbers(numbers, ["zoe"])


def test_a_line_with_too_many_signs_is_held_out_and_cannot_be_all(numbers):
    few = numbers.part(range(3))
    long = Drawn(few.lines[1].picture, "1" * (MOST_SIGNS + 1))
    object.__setattr__(few, "lines", (few.lines[0], long, few.lines[2]))

    assert divide_numbers(few).held_out.tolist() == [1]
    with pytest.raises(DataError, match="no line is short enough"):
        divide_numbers(few.part([1]))


def test_a_changed_line_depends_on_its_seed_and_is_as_high_as_all(numbers):
    tall = numbers.tall[0]
    assert tall.shape[0] == TALL

    found = [changed(tall, RandomStream(seed)) for seed in range(40)]

    assert {one.shape[0] for one in found} == {40}
    assert len({one.tobytes() for one in found}) > 30
    assert [one.tobytes() for one in found] == [
        changed(tall, RandomStream(seed)).tobytes() for seed in range(40)
    ]


def test_changes_are_small_enough_to_leave_the_ink_of_a_line(numbers):
    tall = np.zeros((TALL, 200), np.uint8)
    tall[16:48, 60:140] = 255

    for seed in range(60):
        ink = changed(tall, RandomStream(seed)) > 100
        assert 0.5 < ink.mean() / 0.2 < 2.0
        assert 0.25 < ink.any(axis=0).mean() < 0.75


class Reader:
    """An engine that reads "1.5" in every line, its second digit as 7 with one in a thousand."""

    def whole_width(self, width):
        return width

    def columns_of(self, picture):
        found = np.zeros((3, len(SIGNS) + 1), np.float32)
        found[0, 1] = found[1, SIGNS.index(".")] = 1
        found[2, 5], found[2, 7], found[2, 8] = 0.999 - 1e-6, 0.001, 1e-6
        return found.tobytes()


def taught(*labels):
    picture = np.zeros((40, 64), np.uint8)
    return [line.text for line in targets([Drawn(picture, label) for label in labels], Reader())]


def test_labels_without_separators_keep_those_that_the_network_reads():
    assert taught("15", "17", "") == ["1.5", "1.7", ""]


def test_a_label_that_the_network_cannot_follow_is_taken_as_it_is():
    assert taught("18", "29", "1") == ["18", "29", "1"]


def test_one_label_with_a_separator_says_that_labels_have_them():
    assert taught("15", "1,7") == ["15", "1,7"]
