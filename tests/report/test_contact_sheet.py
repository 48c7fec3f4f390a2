"""The contact sheet as a PNG and as characters."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from digitcli.report import contact_sheet
from digitcli.report.kit.printer import PlainPrinter
from digitcli.training.augmentation import Augmentation

SETTINGS = Augmentation(rotation=12, scale=0.1, shear=0.25, elastic=0.8, noise=0.05)


def sheet_of(rows, columns):
    pictures = np.arange(rows * columns * 784).reshape(rows, columns, 28, 28) % 251
    labels = np.arange(rows, dtype=np.uint8)
    return contact_sheet.ContactSheet("drawn: small", SETTINGS, pictures.astype(np.uint8), labels)


def test_settings_are_named_with_their_units():
    assert contact_sheet.settings_text(SETTINGS) == (
        "rotation 12 degrees, scale 10 %, shear 0.25, "
        "elastic 0.8 px, elastic smoothness 4 px, noise 5 %"
    )
    assert contact_sheet.settings_text(Augmentation(shift=1.5)) == "shift 1.5 px"


@pytest.mark.parametrize(("rows", "columns"), [(1, 2), (3, 7)])
def test_every_picture_is_in_the_png_three_times_enlarged(rows, columns, tmp_path):
    sheet = sheet_of(rows, columns)

    contact_sheet.write_png(tmp_path / "sheet.png", sheet)

    with Image.open(tmp_path / "sheet.png") as opened:
        page = np.asarray(opened.convert("L"))
    enlarged = sheet.pictures.repeat(3, axis=2).repeat(3, axis=3)
    bottom, left = page.shape[0] - 24, 24 + 36
    for row in range(rows):
        y = bottom - 84 - (rows - 1 - row) * 90
        for column in range(columns):
            x = left + column * 90 + (14 if column else 0)
            assert (page[y : y + 84, x : x + 84] == enlarged[row, column]).all()
    assert (page[:, -24:] == 255).all(), "nothing reaches into the margin"


def test_a_sheet_without_augmentation_has_no_originals_and_room_for_long_names(tmp_path):
    pictures = np.full((2, 3, 28, 28), 7, np.uint8)
    sheet = contact_sheet.ContactSheet("x: some", Augmentation(), pictures, ["7", "scribbles"])

    contact_sheet.write_png(tmp_path / "sheet.png", sheet)
    stream = io.StringIO()
    contact_sheet.show(PlainPrinter(stream), sheet)

    with Image.open(tmp_path / "sheet.png") as opened:
        page = np.asarray(opened.convert("L"))
    left = 24 + 90
    for column in range(3):
        x = left + 90 * column
        assert (page[-24 - 84 : -24, x : x + 84] == 7).all()
    assert "original" not in stream.getvalue()
    assert [line for line in stream.getvalue().splitlines() if line in ("7", "scribbles")]


def test_the_terminal_shows_each_row_beside_its_label():
    stream = io.StringIO()

    contact_sheet.show(PlainPrinter(stream), sheet_of(2, 3))

    lines = stream.getvalue().splitlines()
    assert lines[0] == "drawn: small"
    assert [line[0] for line in lines if "the original" in line] == ["0", "1"]
    assert len(lines) == 2 + 2 * (2 + 14)
    assert {len(line) for line in lines[4:18]} == {3 * 29}


@pytest.mark.parametrize(("columns", "copies"), [(20, 1), (80, 1), (87, 2), (300, 9)])
def test_as_many_copies_are_shown_as_fit(columns, copies, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(columns))

    assert contact_sheet.fitting_copies() == copies
