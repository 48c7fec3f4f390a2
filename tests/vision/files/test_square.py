"""Pixels of a fax are higher than wide: its resolutions say so, and it is scaled."""

from __future__ import annotations

import numpy as np
import pytest
from pictures import digit_picture, encoded

from digitcli.vision.files.decode import Limits, decode
from digitcli.vision.files.notes import noting

WHOLE = digit_picture(3, 200, 100)


def fax(dpi: tuple[float, float], size=(100, 100), **options) -> bytes:
    picture = WHOLE.resize(size).convert("1")
    return encoded(picture, "TIFF", dpi=dpi, compression="group4", **options)


def test_a_page_of_204_x_98_dpi_is_as_high_as_it_was():
    with noting() as notes:
        found = decode(fax((204, 98)))

    assert found.shape == (208, 100)
    assert np.abs(found[:200] - np.asarray(WHOLE.resize((100, 208)))[:200]).mean() < 20
    assert notes == ["its pixels are not square (204 x 98 dpi) and were scaled to be"]


def test_a_page_of_wide_pixels_is_as_wide_as_it_was():
    assert decode(fax((100, 200))).shape == (100, 200)


@pytest.mark.parametrize("dpi", [(204, 196), (300, 300), (72, 7200), (0, 100)])
def test_nearly_square_pixels_and_impossible_ones_stay(dpi):
    with noting() as notes:
        assert decode(fax(dpi)).shape == (100, 100)
    assert notes == []


def test_past_the_limits_the_longer_side_of_a_pixel_shrinks():
    assert decode(fax((200, 100)), Limits(pixels=15_000)).shape == (100, 50)


def test_a_turned_page_is_scaled_before_it_is_turned():
    data = fax((200, 100), tiffinfo={274: 6})

    assert decode(data).shape == (100, 200)


def test_every_page_of_a_fax_is_scaled(tmp_path):
    from digitcli.vision.files.picture import pixels_of_source
    from digitcli.vision.files.sources import find_pictures

    path = tmp_path / "fax.tif"
    pages = [WHOLE.resize((100, 100)).convert("1") for _ in range(2)]
    pages[0].save(path, save_all=True, append_images=pages[1:], dpi=(204, 98))

    shapes = [pixels_of_source(one, Limits()).shape for one in find_pictures([str(path)])]

    assert shapes == [(208, 100), (208, 100)]
