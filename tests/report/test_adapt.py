"""What `digitcli adapt` says about lines."""

from __future__ import annotations

import io

from rich.console import Console

from digitcli.evaluation.alignment import StringAnswer
from digitcli.evaluation.strings import measure_strings
from digitcli.report.adapt import lines_summary
from digitcli.training.adapt.measured import AdaptedLines, Change, LineDoubt


def measured(right, n=10):
    """`n` lines "12", of which so many are read right."""
    return measure_strings(
        StringAnswer("12", "12" if number < right else "1", 0.9) for number in range(n)
    )


def shown(drawn, held_out=None, doubts=()):
    console = Console(width=100, record=True, file=io.StringIO())
    found = AdaptedLines(None, 40, drawn, held_out, {}, doubts, 1.0)
    console.print(lines_summary(found, "line"))
    return console.export_text()


def test_lines_are_counted_before_and_after():
    text = shown(Change(measured(8), measured(8)), Change(measured(5), measured(9)))

    row = next(line for line in text.splitlines() if "held out" in line)
    assert row.split()[-9:] == ["10", "50.00", "%", "90.00", "%", "75.00", "%", "95.00", "%"]
    assert "line, adapted to 40 lines" in text
    assert "are lost" not in text


def test_forgetting_and_doubtful_labels_are_said():
    doubt = LineDoubt("a.png", "", "7", 0.999)

    text = shown(Change(measured(9), measured(6)), doubts=(doubt,))

    assert "30.0 points of the drawn lines are lost" in text
    assert "too few lines to hold any out" in text
    assert "a.png: labelled no number, read as 7 (99.90 %)" in text
