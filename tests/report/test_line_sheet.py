"""Drawn lines as a PNG and as characters."""

from __future__ import annotations

import io
from itertools import cycle

import numpy as np
import pytest
from PIL import Image

from digitcli.data.lines.line import Line
from digitcli.report import line_sheet
from digitcli.report.kit.printer import PlainPrinter


def line_of(height, width, text):
    """A light line with a dark stroke, unlike any other size's."""
    picture = np.arange(height * width).reshape(height, width) % 57 + 190
    picture[height // 3 : height // 2, width // 4 : -width // 4] = 20
    return Line(picture.astype(np.uint8), text)


def sheet_of(*lines):
    return line_sheet.LineSheet("lines", ["in the hands of strokes"], cycle(lines))


def holds(page, part):
    """Whether `part` stands somewhere in `page`, pixel for pixel."""
    windows = np.lib.stride_tricks.sliding_window_view(page, part.shape)
    starts = np.argwhere(windows[:, :, 0, 0] == part[0, 0])
    return any((windows[y, x] == part).all() for y, x in starts)


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (1, None), (2, 2)])
def test_every_line_is_in_the_png_pixel_for_pixel(rows, columns, tmp_path):
    short, long = line_of(30, 70, "12"), line_of(45, 300, "12.345,67")

    line_sheet.write_png(tmp_path / "sheet.png", sheet_of(short, long), rows, columns)

    with Image.open(tmp_path / "sheet.png") as opened:
        page = np.asarray(opened.convert("L"))
    assert page.shape[1] == line_sheet.WIDTH + 48
    assert holds(page, short.picture)
    assert holds(page, long.picture) == ((rows, columns) != (1, 1))
    assert (page[:, -24:] == 255).all(), "nothing reaches into the margin"


def test_a_line_wider_than_the_sheet_widens_it(tmp_path):
    wide = line_of(20, 2_000, "1")

    line_sheet.write_png(tmp_path / "sheet.png", sheet_of(wide), 1)

    with Image.open(tmp_path / "sheet.png") as opened:
        assert holds(np.asarray(opened.convert("L")), wide.picture)


def test_the_sheet_is_a_drawing_that_a_later_one_may_replace(tmp_path):
    line_sheet.write_png(tmp_path / "sheet.png", sheet_of(line_of(20, 50, "1")), 1, 1)

    assert b"digitcli" in (tmp_path / "sheet.png").read_bytes()


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_in_the_terminal_texts_stand_below_lines_that_fit_its_width(encoding, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    stream = io.TextIOWrapper(io.BytesIO(), encoding)
    lines = line_of(30, 70, "12"), line_of(40, 900, "3/4"), line_of(30, 60, "")

    line_sheet.show(PlainPrinter(stream), sheet_of(*lines), 3)

    stream.seek(0)
    text = stream.read()
    drawn = text.splitlines()
    assert drawn[:2] == ["lines", "in the hands of strokes"]
    assert [line for line in drawn if line in ("12", "3/4", "no number")] == [
        *("12", "3/4", "no number")
    ]
    assert max(map(len, drawn)) <= 60
