"""Drawn lines and pages as a PNG and as characters."""

from __future__ import annotations

import io
from itertools import cycle

import numpy as np
import pytest
from PIL import Image

from digitcli.data.lines.line import Line
from digitcli.data.pages.canvas import Number
from digitcli.data.pages.page import Page
from digitcli.report import drawn_sheet
from digitcli.report.drawn_sheet import Shown, shown_line, shown_page
from digitcli.report.kit.printer import PlainPrinter


def line_of(height, width, text):
    """A light line with a dark stroke, unlike any other size's."""
    picture = np.arange(height * width).reshape(height, width) % 57 + 190
    picture[height // 3 : height // 2, width // 4 : -width // 4] = 20
    return Line(picture.astype(np.uint8), text)


def sheet_of(*lines):
    return drawn_sheet.DrawnSheet(
        "lines", ["in the hands of strokes"], map(shown_line, cycle(lines))
    )


def holds(page, part):
    """Whether `part` stands somewhere in `page`, pixel for pixel."""
    windows = np.lib.stride_tricks.sliding_window_view(page, part.shape)
    starts = np.argwhere(windows[:, :, 0, 0] == part[0, 0])
    return any((windows[y, x] == part).all() for y, x in starts)


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (1, None), (2, 2)])
def test_every_line_is_in_the_png_pixel_for_pixel(rows, columns, tmp_path):
    short, long = line_of(30, 70, "12"), line_of(45, 300, "12.345,67")

    drawn_sheet.write_png(tmp_path / "sheet.png", sheet_of(short, long), rows, columns)

    with Image.open(tmp_path / "sheet.png") as opened:
        page = np.asarray(opened.convert("L"))
    assert page.shape[1] == drawn_sheet.WIDTH + 48
    assert holds(page, short.picture)
    assert holds(page, long.picture) == ((rows, columns) != (1, 1))
    assert (page[:, -24:] == 255).all(), "nothing reaches into the margin"


def test_a_line_wider_than_the_sheet_widens_it(tmp_path):
    wide = line_of(20, 2_000, "1")

    drawn_sheet.write_png(tmp_path / "sheet.png", sheet_of(wide), 1)

    with Image.open(tmp_path / "sheet.png") as opened:
        assert holds(np.asarray(opened.convert("L")), wide.picture)


def test_the_sheet_is_a_drawing_that_a_later_one_may_replace(tmp_path):
    drawn_sheet.write_png(tmp_path / "sheet.png", sheet_of(line_of(20, 50, "1")), 1, 1)

    assert b"digitcli" in (tmp_path / "sheet.png").read_bytes()


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_in_the_terminal_texts_stand_below_lines_that_fit_its_width(encoding, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    stream = io.TextIOWrapper(io.BytesIO(), encoding)
    lines = line_of(30, 70, "12"), line_of(40, 900, "3/4"), line_of(30, 60, "")

    drawn_sheet.show(PlainPrinter(stream), sheet_of(*lines), 3)

    stream.seek(0)
    text = stream.read()
    drawn = text.splitlines()
    assert drawn[:2] == ["lines", "in the hands of strokes"]
    assert [line for line in drawn if line in ("12", "3/4", "no number")] == [
        *("12", "3/4", "no number")
    ]
    assert max(map(len, drawn)) <= 60


def test_a_page_has_a_rectangle_around_each_number_and_their_texts_below(tmp_path):
    corners = np.array([(20, 10), (60, 10), (60, 30), (20, 30)], np.float64)
    page = Page(np.full((80, 150), 128, np.uint8), (Number("12", corners), Number("7", corners)))
    sheet = drawn_sheet.DrawnSheet("pages", [], cycle([shown_page(page)]))

    drawn_sheet.write_png(tmp_path / "sheet.png", sheet, 1, 1)

    with Image.open(tmp_path / "sheet.png") as opened:
        colours = np.asarray(opened.convert("RGB")).astype(int)
    red = np.argwhere(colours[..., 0] - colours[..., 2] > 100)
    assert np.ptp(red, axis=0).tolist() == [20, 40]
    assert shown_page(page).captions == ["12  7"]


def test_many_texts_stand_in_rows_not_much_wider_than_the_picture():
    shown = Shown(np.zeros((50, 90), np.uint8), tuple("123456" for _ in range(5)))

    assert shown.captions == ["123456  123456", "123456  123456", "123456"]
    assert shown.size == (50 + 3 * 19, 14 * 9)
