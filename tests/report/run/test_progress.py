"""Progress of training on terminals of 60 and 80 columns, and in a log."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from digitcli.report.run.progress import TrainingReport
from digitcli.training.run.history import EpochRow, Progress

ROW = EpochRow(12, 5160, 0.01234, 0.9876, 0.02, 0.991, 0.02, 0.9912, 0.001, 123456.0, 1234.5)


def shown(width, terminal=True, row=ROW):
    console = Console(
        file=io.StringIO(),
        width=width,
        force_terminal=terminal,
        color_system=None,
        legacy_windows=False,
    )
    with TrainingReport(console) as report:
        report.on_start(
            "tiny: 7,977 parameters, " + "and more words " * 9, "CPU: " + "a " * 70, 17_200, 0
        )
        report.on_progress(Progress(12_345, 17_200, 12, 0.01234, 0.98765, 123456.0))
        report.on_epoch(row, [row])
        report.on_epoch(row, [row])
    return console.file.getvalue()


def lines_of(text):
    """What a terminal showed: every redrawn line counts."""
    for line in text.replace("\r", "\n").splitlines():
        yield "".join(part.partition("K")[2] or part for part in line.split("\x1b[2")).rstrip()


@pytest.mark.parametrize("width", [60, 80])
def test_no_line_is_wider_than_the_terminal(width):
    lines = [line for line in lines_of(shown(width)) if "\x1b" not in line]

    assert max(map(len, lines)) <= width
    (bar,) = {line for line in lines if "12,345/17,200" in line}
    assert "epoch 12 " in bar
    assert "loss 0.012 98.8%" in bar
    assert ("123,456/s" in bar) == (width == 80)


@pytest.mark.parametrize("width", [60, 80])
def test_epochs_are_a_table_with_one_heading(width):
    lines = list(lines_of(shown(width)))

    (head,) = (line for line in lines if "validation" in line)
    rows = [line for line in lines if line.startswith("   12")]
    assert len(rows) == 2
    assert len(rows[0]) == len(head) <= 60 + 11 * (width == 80)
    assert rows[0].split()[:5] == ["12", "0.0123", "98.76%", "99.10%", "99.12%"]


def test_a_log_has_whole_lines_that_explain_themselves():
    lines = shown(60, terminal=False).splitlines()

    assert lines[0].endswith("and more words ")
    assert lines[-1] == (
        "epoch  12  loss 0.0123  accuracy 98.76%  validation 99.10%  test 99.12%  "
        "123,456 images/s  1234.5 s"
    )
