"""Filled-in sheets: read in any direction, perspective and light, refused by what is missing."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from sheets import STEEP, filled, photograph
from twin.page import components as components_twin

from digitcli import _core
from digitcli.errors import DataError
from digitcli.inference.engine import load
from digitcli.report.sheet import draw_sheet
from digitcli.vision.sheet.hand import read_hand
from digitcli.vision.sheet.photograph import read_sheet


@pytest.fixture(scope="module")
def sheet():
    """A sheet with three cells of each row filled in, and the labels in reading order."""
    return filled(columns=3)


@pytest.fixture(scope="module")
def photo(sheet):
    """It, lying straight on a desk."""
    return photograph(sheet[0])


def saved(picture, folder, **options):
    path = folder / "photo.jpg"
    picture.save(path, **({"quality": 75} | options))
    return path


def labels_of(path):
    return [one.cell.digit for one in read_sheet(path)]


@pytest.mark.parametrize("turn", [0, 90, 180, 270, 8, -83])
def test_a_sheet_is_read_in_any_direction(sheet, photo, turn, tmp_path):
    _, labels = sheet
    turned = photo.rotate(turn, Image.Resampling.BICUBIC, expand=True, fillcolor=70)

    found = read_sheet(saved(turned, tmp_path))

    assert [(one.cell.digit, one.cell.column) for one in found] == [
        (label, number % 3) for number, label in enumerate(labels)
    ]


@pytest.mark.parametrize(
    "how",
    [
        {"shadow": 0.6, "desk": 250},
        {"corners": STEEP, "shadow": 0.5, "desk": 5, "turn": 185},
        {"corners": STEEP, "size": (1500, 2000), "blur": 1.5},
    ],
    ids=["shadow on a white desk", "steep on a black desk, upside down", "blurred"],
)
def test_a_sheet_is_read_in_perspective_shadow_and_on_any_desk(sheet, how, tmp_path):
    page, labels = sheet

    assert labels_of(saved(photograph(page, **how), tmp_path)) == labels


def test_a_scan_without_a_rim_is_read(sheet, tmp_path):
    page, labels = sheet

    assert labels_of(saved(page, tmp_path)) == labels


def test_the_crops_are_the_digits(sheet, tmp_path):
    page, labels = sheet

    hand = read_hand([saved(photograph(page, corners=STEEP, shadow=0.4), tmp_path)])

    assert hand.pictures.labels.tolist() == labels
    assert (load("small").predict(hand.pictures.images).classes == labels).mean() > 0.8
    assert set(hand.pictures.writers.tolist()) == {"photo"}
    assert hand.pictures.files[4] == "photo.jpg, row 1, cell 2"


def test_shadows_and_lines_are_not_in_the_crops(sheet, tmp_path):
    page, _ = sheet

    found = read_sheet(saved(photograph(page, shadow=0.5), tmp_path))

    rims = [np.concatenate([one.picture[:2].ravel(), one.picture[-2:].ravel()]) for one in found]
    assert np.mean([(rim > 240).mean() for rim in rims]) > 0.98


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ((0.0, 0.0, 1.0, 0.5), "found top left, top right; missing bottom right, bottom left"),
        ((0.0, 0.5, 1.0, 1.0), "found bottom right, bottom left; missing top left, top right"),
        ((0.5, 0.0, 1.0, 1.0), "found top right, bottom right; missing top left, bottom left"),
        ((0.3, 0.3, 0.7, 0.7), "none of the sheet's four corner marks found"),
    ],
)
def test_part_of_a_sheet_is_refused_by_its_corners(photo, part, message, tmp_path):
    width, height = photo.size
    left, top, right, bottom = part
    cut = photo.crop((left * width, top * height, right * width, bottom * height))

    with pytest.raises(DataError, match=f"photo.jpg: .*{message}") as caught:
        read_sheet(saved(cut, tmp_path))

    assert "all four black corner marks" in caught.value.hint


def test_half_a_sheet_upside_down_says_which_half(photo, tmp_path):
    picture = photo.rotate(180)

    with pytest.raises(DataError, match="found bottom right, bottom left; missing"):
        read_sheet(saved(picture.crop((0, 0, picture.width, picture.height // 2)), tmp_path))


def test_two_sheets_in_one_photograph_are_refused(photo, tmp_path):
    both = Image.new("L", (2 * photo.width, photo.height))
    both.paste(photo, (0, 0))
    both.paste(photo, (photo.width, 0))

    with pytest.raises(DataError, match="8 corner marks found, expected the 4 of one sheet"):
        read_sheet(saved(both, tmp_path))


def test_an_empty_sheet_is_refused(tmp_path):
    with pytest.raises(DataError, match="no cell of the sheet has ink in it"):
        read_sheet(saved(photograph(draw_sheet()), tmp_path))


def test_a_sheet_of_too_few_pixels_is_refused_with_the_number(sheet, tmp_path):
    small = photograph(sheet[0], size=(600, 800), blur=0.3)

    with pytest.raises(DataError, match=r"has 2\.\d pixels for each millimetre, expected"):
        read_sheet(saved(small, tmp_path))


def test_a_damaged_photograph_is_refused(photo, tmp_path):
    path = saved(photo, tmp_path)
    path.write_bytes(path.read_bytes()[:5000])

    with pytest.raises(DataError, match="not a whole JPEG picture"):
        read_sheet(path)


def test_components_equal_those_of_the_twin():
    mask = (np.random.default_rng(3).random((40, 60)) < 0.3).astype(np.uint8)

    memory, found = _core.components(mask)

    labels = np.frombuffer(memory, np.int32).reshape(mask.shape)
    assert np.array_equal(labels, components_twin(mask > 0))
    for number, ((x, y, wide, high), area) in enumerate(found, 1):
        rows, columns = np.nonzero(labels == number)
        assert (x, y, area) == (columns.min(), rows.min(), len(rows))
        assert (x + wide, y + high) == (columns.max() + 1, rows.max() + 1)
