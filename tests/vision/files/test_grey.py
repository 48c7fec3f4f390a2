"""Depth and transparency become the grey that people see."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from digitcli.vision.files import grey

SHAPES = arrays.array_shapes(min_dims=2, max_dims=2, max_side=12)


@settings(deadline=None)
@example(np.array([[1.3344407e36]], np.float32))
@example(np.array([[-1e-45, 0]], np.float32))
@example(np.array([[-3e38, 3e38]], np.float32))
@given(
    st.one_of(
        arrays.arrays(np.float32, SHAPES, elements=st.floats(width=32)),
        arrays.arrays(np.int32, SHAPES),
        arrays.arrays(np.uint16, SHAPES),
    )
)
def test_any_numbers_become_grey_in_the_same_order(values):
    pixels = np.asarray(grey.from_numbers(values))

    assert pixels.dtype == np.uint8
    assert pixels.shape == values.shape
    finite = np.isfinite(values.ravel())
    order = np.argsort(values.ravel()[finite])
    assert (np.diff(pixels.ravel()[finite][order].astype(int)) >= 0).all()


@pytest.mark.parametrize("full", [255, 1023, 4095, 16383, 65535])
def test_full_scale_of_each_depth_is_white_and_zero_is_black(full):
    values = np.array([[0, full]], np.uint16)

    assert grey.from_numbers(values).tolist() == [[0, 255]]


@pytest.mark.parametrize("tone", [0, 60, 127, 128, 200, 255])
def test_ink_of_one_tone_gets_a_background_that_shows_it(tone):
    ink = np.full((20, 20), tone, np.uint8)
    alpha = np.zeros((20, 20), np.uint8)
    alpha[5:15, 9:11] = 255

    laid = np.asarray(grey.over_background(ink, alpha))

    assert abs(int(laid[0, 0]) - int(laid[10, 10])) >= 127
    assert laid[10, 10] == tone


def test_opaque_pictures_are_left_alone():
    pixels = np.arange(100, dtype=np.uint8).reshape(10, 10)

    laid = grey.over_background(pixels, np.full((10, 10), 255, np.uint8))

    assert np.array_equal(laid, pixels)
