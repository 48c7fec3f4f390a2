"""What `digitcli eval` shows of numbers."""

from __future__ import annotations

import csv
import io

import pytest
from rich.console import Console

from digitcli.evaluation.strings import StringAnswer, measure_strings
from digitcli.report import strings as report

ANSWERS = [StringAnswer(str(n), str(n), 0.99, file=f"{n}.png") for n in range(1000, 1040)]
WRONG = [
    StringAnswer("20.5", "205", 0.9, "20.5", "a/point.png"),
    StringAnswer("821", "1821", 0.998, file="[red]frame[/].png"),
    StringAnswer("", "1", 0.6, file="stroke.png"),
    StringAnswer("7\n8", "78", 0.4, file="two\x1b.png"),
    StringAnswer("5", "", None, file="gone.png", error="gone.png: not a picture"),
]


@pytest.fixture
def metrics():
    return measure_strings([*ANSWERS, *WRONG])


def shown(renderable, width=80) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    console.print(renderable)
    return console.file.getvalue()


def test_headline_has_exact_digits_answered_and_written(metrics):
    text = shown(report.headline(metrics))

    assert "exact     91.11 %   95 % interval 79.27 to 96.49 %   4 wrong of 45" in text
    assert "0 substituted, 2 inserted, 1 missed" in text
    assert "2 of 43 wrong (4.65 %), confidence 0.5 or more" in text
    assert "1 of 1 labels" in text
    assert "1 could not be read" in text


def test_the_worst_are_named_and_nothing_colours_or_controls_the_terminal(metrics):
    text = shown(report.render(metrics, "[b]mine[/]"))

    assert "[b]mine[/]" in text
    assert "\x1b" not in text
    worst = text[text.index("wrong, most") :].splitlines()
    rows = [line.split() for line in worst if ".png" in line]
    assert [row[0] for row in rows] == [
        "[red]frame[/].png",
        "stroke.png",
        r"two\x1b.png",
        "gone.png",
    ]
    assert rows[1][1:] == ["no", "number", "1", "60.00", "%"]


def test_everything_fits_into_80_columns(metrics):
    wide = Console(file=io.StringIO(), width=500, highlight=False)
    wide.print(report.render(metrics, "t"))

    assert max(len(line.rstrip()) for line in wide.file.getvalue().splitlines()) <= 80


def test_what_is_all_right_shows_no_confusions_and_no_worst():
    text = shown(report.render(measure_strings(ANSWERS), "t"))

    assert "confusions" not in text
    assert "wrong, most" not in text


def test_csv_has_a_row_for_each_picture(metrics):
    stream = io.StringIO()
    report.write_rows(stream, metrics)

    rows = list(csv.DictReader(io.StringIO(stream.getvalue())))
    assert len(rows) == 45
    assert rows[40] == {
        "file": "a/point.png",
        "label": "20.5",
        "text": "205",
        "written": "20.5",
        "confidence": "0.9",
        "exact": "1",
        "edits": "0",
        "error": "",
    }
    assert rows[43]["label"] == "7 / 8"
    assert rows[44]["error"] == "gone.png: not a picture"
