"""A line cut out of a picture is what its slow twin cuts out."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from twin import line_picture as twin

from digitcli import _core
from digitcli.vision.line_picture import line_picture

PICTURES = arrays.arrays(np.uint8, arrays.array_shapes(min_dims=2, max_dims=2, max_side=24))
ROUND = st.integers(-8 * 64, 32 * 64).map(lambda count: count / 64)  # pixels
ROUND_PLACES, PLACES = st.tuples(ROUND, ROUND), st.tuples(*[st.floats(-8, 32)] * 2)


def corners_of(picture):
    high, wide = picture.shape
    return [(0.0, 0.0), (float(wide), 0.0), (0.0, float(high))]


@settings(deadline=None, max_examples=40)
@given(PICTURES, st.integers(1, 12))
def test_a_whole_picture_is_what_the_twin_makes_of_it(picture, height):
    high, wide = picture.shape
    if height * wide > 60 * high:
        return  # slow in the twin, and no other code

    found = np.asarray(line_picture(picture, height=height).pixels)

    expected = twin.line_picture(picture, corners_of(picture), height)
    assert found.shape == expected.shape
    assert mostly_equal(found, expected)


@settings(deadline=None, max_examples=40)
@given(PICTURES, st.tuples(ROUND_PLACES, ROUND_PLACES, ROUND_PLACES))
def test_a_turned_line_is_what_the_twin_makes_of_it(picture, corners):
    assert_the_twins_line(picture, corners)


@pytest.mark.slow  # the twin's fractions take seconds for a number such as 1e-233
@settings(deadline=None, max_examples=80)
@given(PICTURES, st.tuples(PLACES, PLACES, PLACES))
def test_a_line_turned_by_any_number_is_what_the_twin_makes_of_it(picture, corners):
    assert_the_twins_line(picture, corners)


def assert_the_twins_line(picture, corners):
    wide = np.hypot(*np.subtract(corners[1], corners[0]))
    tall = np.hypot(*np.subtract(corners[2], corners[0]))
    if 6 * wide > 60 * tall:
        return

    found = np.asarray(line_picture(picture, corners, height=6).pixels)

    expected = twin.line_picture(picture, list(corners), 6)
    assert found.shape == expected.shape
    assert mostly_equal(found, expected)


def mostly_equal(found, expected):
    """Equal but for sums that are rounded the other way, which the contrast then enlarges.

    Where the sum at the rank of full ink is one of them, all ink differs by a few percent.
    """
    apart = np.abs(found.astype(int) - expected.astype(int))
    scaled = (apart <= 0.05 * expected + 1).all()
    return (apart <= 11).all() and (scaled or (apart == 0).mean() > 0.8)


@pytest.mark.parametrize("flip", [False, True])
def test_ink_is_255_and_paper_0_whether_dark_or_light(flip):
    picture = np.full((40, 90), 200, np.uint8)
    picture[10:30, 20:24] = 60
    picture = 255 - picture if flip else picture

    line = np.asarray(line_picture(picture).pixels)

    assert (line[:, :18] == 0).all()
    assert (line[12:28, 21:23] == 255).all()


def test_faint_noise_on_blank_paper_is_not_made_ink():
    noise = np.random.default_rng(0).integers(198, 203, (40, 100)).astype(np.uint8)

    assert np.asarray(line_picture(noise).pixels).max() < 64


@pytest.mark.parametrize(("shape", "width"), [((5000, 1), 8), ((1, 5000), 20_000), ((1, 1), 40)])
def test_any_proportions_give_8_to_20000_columns(shape, width):
    assert np.asarray(line_picture(np.zeros(shape, np.uint8)).pixels).shape == (40, width)


def test_corners_far_outside_and_nearly_in_a_row_take_no_minute():
    picture, far = np.zeros((40, 40), np.uint8), float(1 << 22)
    start = time.process_time()

    line = _core.line_picture(picture, ((0, 0), (far, 0), (far, 1)), 40)

    assert line[1] == 20_000
    assert time.process_time() - start < 5


def test_a_column_of_the_line_has_its_box_in_the_picture():
    picture = np.zeros((80, 400), np.uint8)
    line = line_picture(picture, ((100.0, 20.0), (300.0, 20.0), (100.0, 60.0)))

    assert np.asarray(line.pixels).shape == (40, 200)
    assert line.box_of(0, 200) == (100, 20, 200, 40)
    assert line.box_of(50, 60) == (150, 20, 10, 40)


@pytest.mark.parametrize(
    ("picture", "corners", "height"),
    [
        (np.zeros((0, 5), np.uint8), None, 40),
        (np.zeros((5, 5), np.float32), None, 40),
        (np.zeros((5, 5), np.uint8), ((0, 0), (float("nan"), 0), (0, 5)), 40),
        (np.zeros((5, 5), np.uint8), ((0, 0), (1e300, 0), (0, 5)), 40),
        (np.zeros((5, 5), np.uint8), None, 0),
    ],
)
def test_what_is_no_picture_or_no_place_is_refused(picture, corners, height):
    with pytest.raises((TypeError, ValueError)):
        _core.line_picture(picture, corners, height)
