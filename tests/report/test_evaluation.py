"""What `digitcli eval` shows."""

from __future__ import annotations

import io
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from rich.console import Console

from digitcli.evaluation.ensemble import Predictor
from digitcli.evaluation.evaluate import evaluate
from digitcli.inference.prediction import Prediction
from digitcli.report import evaluation as report
from digitcli.signs import DIGITS


@pytest.fixture
def result():
    """10,000 pictures; 40 fours were read as nines, there are no eights."""
    labels = (np.arange(10_000) % 8).astype(np.uint8)
    read = labels.copy()
    read[np.flatnonzero(labels == 4)[:40]] = 9
    split = SimpleNamespace(
        images=read[:, None, None], labels=labels, classes=DIGITS, name="made", writers=None
    )
    return evaluate(Predictor(certain), split)


def certain(part):
    return Prediction(np.eye(10, dtype=np.float32)[part[:, 0, 0]])


def shown(renderable, width=80, **options) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False, **options)
    console.print(renderable)
    return console.file.getvalue()


def test_headline_shows_accuracy_with_its_interval_and_the_mistakes(result):
    text = shown(report.render(result, "small on mnist"))

    assert "accuracy 99.60 %" in text
    assert "99.46 to 99.71 %" in text
    assert "40 wrong of 10,000" in text


def test_plain_text_of_the_confusions_shows_every_count_and_no_zero(result):
    lines = shown(report.confusion_table(result.metrics.confusion)).splitlines()

    fours = next(line.split() for line in lines if line.strip().startswith("4 "))
    assert fours == ["4", *"····", "1210", *"····", "40"]
    eights = next(line.split() for line in lines if line.strip().startswith("8 "))
    assert eights == ["8", *"··········"]


def test_everything_fits_into_80_columns(result):
    wide = Console(file=io.StringIO(), width=500, highlight=False)
    wide.print(report.render(result, "t"))

    assert max(len(line.rstrip()) for line in wide.file.getvalue().splitlines()) <= 80


def test_a_digit_without_pictures_has_dashes(result):
    lines = shown(report.class_table(result.metrics.per_class)).splitlines()

    assert next(line.split() for line in lines if line.strip().startswith("8 ")) == [*"8---0"]


def test_mistakes_are_shaded_in_colour_terminals_only(result):
    table = report.confusion_table(result.metrics.confusion)

    assert "\x1b[" not in shown(table)
    assert "48;2;130;0;0m  40" in shown(table, color_system="truecolor", force_terminal=True)


def test_brackets_in_the_title_stay_text(result):
    assert "[red]my[/] on mnist" in shown(report.render(result, "[red]my[/] on mnist"))


@pytest.mark.parametrize("width", [30, 40, 54, 60, 80])
def test_no_terminal_loses_a_column_of_the_confusions(result, width):
    lines = shown(report.confusion_table(result.metrics.confusion), width).splitlines()

    heading = next(line.split() for line in lines if line.strip().startswith("0"))
    assert heading == list("0123456789")
    fours = next(line for line in lines if line.strip().startswith("4 "))
    assert len(fours.split()) == 11


def test_every_count_is_whole_at_60_columns(result):
    lines = shown(report.confusion_table(result.metrics.confusion), 60).splitlines()

    assert next(line.split() for line in lines if line.strip().startswith("4 "))[-1] == "40"
    assert "1210" in "".join(lines)


def test_calibration_has_a_second_row_where_there_is_a_temperature(result):
    plain = shown(report.calibration_table(result))
    calibrated = replace(result, temperatures=(0.5, 1.25))

    assert len([line for line in plain.splitlines() if " % " in line]) == 1
    lines = [line.split() for line in shown(report.calibration_table(calibrated)).splitlines()]
    assert ["1", "(none)", "0.40", "%", "0.0080", "0.3493"] in lines
    assert ["0.500", "to", "1.250", "0.40", "%", "0.0080", "0.3493"] in lines


def classes_result(count: int):
    """What a network of `count` classes makes of 10 pictures of each: the last is never read."""
    names = tuple(f"[b]class {number}" for number in range(count))
    labels = np.repeat(np.arange(count, dtype=np.uint8), 10)
    read = np.minimum(labels, count - 2)
    split = SimpleNamespace(
        images=read[:, None, None], labels=labels, classes=names, name="made", writers=None
    )

    def predict(part):
        return Prediction(np.eye(count, dtype=np.float32)[part[:, 0, 0]], names=names)

    return evaluate(Predictor(predict, classes=names), split)


@pytest.mark.parametrize("count", [2, 12, 13, 100])
def test_classes_are_named_within_80_columns(count):
    text = shown(report.render(classes_result(count), "clothes"))

    assert f"[b]class {count - 1}" in text
    assert "each class" in text
    assert max(map(len, text.splitlines())) <= 80


def test_of_many_classes_the_mistakes_are_listed():
    text = shown(report.render(classes_result(13), "clothes"))

    assert "confusions" not in text
    rows = text[text.index("most frequent mistakes") :].splitlines()
    assert [row.split() for row in rows if "100.00 %" in row] == [
        ["[b]class", "12", "[b]class", "11", "10", "100.00", "%"]
    ]
