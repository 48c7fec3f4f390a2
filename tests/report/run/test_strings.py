"""The drawings of a run that reads lines."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from digitcli.evaluation.strings import NOTHING, StringAnswer, measure_strings
from digitcli.report.kit.plots import PAGE_DPI

pytest.importorskip("matplotlib", reason="needs the plot extra")
from digitcli.report.run import strings as report

WRONG = [
    StringAnswer("12", "1", 0.9, file="a/$x$.png"),
    StringAnswer("", "7", 0.8, file="stroke.png"),
    StringAnswer("12\n34", "", None, file="two-lines-with-a-rather-long-name.png"),
]


@pytest.fixture
def metrics():
    right = [StringAnswer(str(n), str(n), 0.99) for n in (5, 67, 890, 12345678901)]
    return measure_strings([*right, *WRONG])


@pytest.fixture
def texts(monkeypatch):
    """The texts of every figure, in the order in which they were drawn."""
    found = []
    finish = report.finish

    def keep(figure):
        for axes in figure.axes:
            found.append([text.get_text() for text in axes.texts])
            found[-1] += [axes.get_title(), axes.get_xlabel()]
            found[-1] += [tick.get_text() for tick in axes.get_xticklabels()]
        return finish(figure)

    monkeypatch.setattr(report, "finish", keep)
    return found


def size_of(plot):
    with Image.open(io.BytesIO(plot.png)) as picture:
        return picture.size


def test_lengths_show_errors_of_numbers_and_of_digits_and_how_many_lines_there_are(metrics, texts):
    plot = report.draw_lengths(metrics)

    numbers, digits = texts
    assert "Numbers that are not exact, %" in numbers
    assert [text for text in numbers if "\n" in text] == ["1\n1", "2\n2", "3\n1", "4\n1", "10+\n1"]
    assert numbers[:5] == ["0.0", "50.0", "0.0", "100.0", "0.0"]
    assert digits[:5] == ["0.0", "25.0", "0.0", "100.0", "0.0"]
    assert plot.width == 10 * PAGE_DPI


def test_confusions_have_insertions_and_deletions_and_an_empty_corner(metrics, texts):
    report.draw_string_confusion(metrics)

    (drawn,) = texts
    side = NOTHING + 1
    cells, beside = drawn[: side * side - 1], drawn[side * side - 1 :]
    assert cells[1 * side + 1] == "3"  # a 1 is in 12, twice, and in the long number
    assert cells[2 * side + NOTHING] == "2"
    assert cells[NOTHING * side + 7] == "1"
    assert beside[1] == "75.00 %"
    assert "missed" in beside


def test_the_worst_lines_name_label_text_and_file_without_mathematics(metrics, texts):
    lines = [np.full((40, 30 + 20 * n), 200, np.uint8) for n in range(metrics.n)]

    report.draw_worst_lines(lines, metrics)

    titles = [text for drawn in texts for text in drawn if "read as" in text]
    assert titles == ["12, read as 1", "no number, read as 7", "12 / 34, read as nothing"]
    below = [text for drawn in texts for text in drawn if ".png" in text]
    assert below[0] == r"90.0 %   \$x\$.png"
    assert below[2] == "two-lines-…g-name.png"


def test_a_picture_of_any_shape_gets_a_tile(metrics):
    shapes = [(1, 1), (500, 3), (3, 500), (40, 300), (9, 9), (40, 40), (28, 28)]
    lines = [np.zeros(shape, np.uint8) for shape in shapes]

    wide, high = size_of(report.draw_worst_lines(lines, metrics))

    assert wide > 3 * high


def test_without_a_wrong_line_there_is_a_sentence(metrics):
    right = measure_strings([StringAnswer("1", "1", 0.9)])

    assert size_of(report.draw_worst_lines([np.zeros((9, 9), np.uint8)], right)) == (1600, 160)


def test_a_run_without_any_digit_can_be_drawn(metrics):
    empty = measure_strings([StringAnswer("", "", None), StringAnswer("", "1", 0.9)])

    assert report.draw_lengths(empty).png.startswith(b"\x89PNG")
    assert report.draw_string_confusion(empty).png.startswith(b"\x89PNG")


def test_the_same_numbers_give_the_same_bytes(metrics):
    again = replace(metrics)

    assert report.draw_lengths(metrics) == report.draw_lengths(again)
    assert report.draw_string_confusion(metrics) == report.draw_string_confusion(again)
