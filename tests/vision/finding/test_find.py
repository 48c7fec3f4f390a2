"""From a network's maps to lines of digits, with an engine that sees what the test painted."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitcli import _core
from digitcli.data.pages.canvas import Number
from digitcli.data.pages.page import Page, label_map
from digitcli.vision.finding.find import FINEST, find_lines, scales

PLACE = 4


def rectangle(x, y, wide, high, turn=0.0):
    """Corners of a rectangle around (x, y), turned by `turn` radians."""
    axes = np.array([(math.cos(turn), math.sin(turn)), (-math.sin(turn), math.cos(turn))])
    corners = np.array([(-wide, -high), (wide, -high), (wide, high), (-wide, high)]) / 2
    return corners @ axes + (x, y)


def map_of(rectangles, height, width, heights=(0.0, math.inf)):
    """What a perfect network says of lines with these corners."""
    numbers = tuple(Number("1", corners) for corners in rectangles)
    return label_map(Page(np.zeros((height, width), np.uint8), numbers))


def lines_of(*rectangles, size=(320, 400)):
    return _core.lines_of([(map_of(rectangles, *size), PLACE, PLACE)])


class Painted:
    """Dark pixels are the middle of lines, as far as the network has learnt their height."""

    def map(self, picture, threads=1):
        grey = np.asarray(picture)
        rows, columns = (-(-side // PLACE) * PLACE for side in grey.shape)
        full = np.full((rows, columns), 255.0)
        full[: grey.shape[0], : grey.shape[1]] = grey
        dark = 1 - full.reshape(rows // PLACE, PLACE, columns // PLACE, PLACE).mean((1, 3)) / 255
        return memoryview(np.ascontiguousarray(dark, np.float32))


@given(
    st.floats(120, 280),
    st.floats(100, 220),
    st.floats(2.8, 6.0),
    st.floats(16, 56),
    st.floats(-0.14, 0.14),
)
@settings(max_examples=60, deadline=None)
def test_a_line_gets_its_rectangle_back_with_a_little_room(x, y, long, high, turn):
    wide = min(long * high, 220.0)

    ((corners, row, column, score),) = lines_of(rectangle(x, y, wide, high, turn))

    found = np.array(corners)
    assert (row, column) == (0, 0)
    assert 0.5 < score <= 1
    np.testing.assert_allclose(found.mean(axis=0), (x, y), atol=3)
    assert math.dist(found[0], found[1]) == pytest.approx(wide + 0.3 * high, abs=9)
    assert math.dist(found[0], found[3]) == pytest.approx(1.2 * high, abs=0.2 * high + 8)
    across = found[1] - found[0]
    assert math.atan2(across[1], across[0]) == pytest.approx(turn, abs=0.12)


@given(st.integers(1, 5), st.integers(1, 4), st.floats(-0.1, 0.1))
@settings(max_examples=40, deadline=None)
def test_a_table_is_read_row_by_row(rows, columns, turn):
    axes = np.array([(math.cos(turn), math.sin(turn)), (-math.sin(turn), math.cos(turn))])
    places = [
        (row, column, np.array([(column - 1.5) * 100.0, (row - 2) * 44.0]) @ axes + (250, 170))
        for row in range(rows)
        for column in range(columns)
    ]

    found = lines_of(
        *(rectangle(*middle, 60, 24, turn) for _, _, middle in reversed(places)), size=(340, 500)
    )

    assert [(row, column) for _, row, column, _ in found] == [place[:2] for place in places]
    for (corners, *_), (_, _, middle) in zip(found, places, strict=True):
        np.testing.assert_allclose(np.mean(corners, axis=0), middle, atol=4)


@given(st.floats(-0.15, 0.15), st.integers(0, 2**12 - 1))
@settings(max_examples=40, deadline=None)
def test_single_digits_in_a_leaning_grid_are_read_row_by_row(turn, there):
    axes = np.array([(math.cos(turn), math.sin(turn)), (-math.sin(turn), math.cos(turn))])
    cells = [(row, column) for row in range(5) for column in range(5)]
    full = [cell for k, cell in enumerate(cells) if k > 11 or there >> k & 1]
    middles = [
        np.array([(column - 2) * 70.0, (row - 2) * 70.0]) @ axes + (220, 220)
        for row, column in full
    ]

    found = lines_of(*(rectangle(*middle, 28, 40) for middle in reversed(middles)), size=(440, 440))

    for (corners, *_), middle in zip(found, middles, strict=True):
        np.testing.assert_allclose(np.mean(corners, axis=0), middle, atol=5)


def test_a_column_keeps_its_number_where_a_cell_is_empty():
    found = lines_of(
        rectangle(60, 60, 60, 24),
        rectangle(300, 60, 60, 24),
        rectangle(180, 120, 60, 24),
        rectangle(300, 120, 60, 24),
    )

    assert [(row, column) for _, row, column, _ in found] == [(0, 0), (0, 2), (1, 1), (1, 2)]


def test_parts_that_nearly_touch_are_one_line_and_others_are_not():
    near = lines_of(rectangle(100, 100, 60, 40), rectangle(168, 102, 60, 40))
    apart = lines_of(rectangle(100, 100, 60, 40), rectangle(200, 102, 60, 40))
    above = lines_of(rectangle(100, 100, 60, 40), rectangle(100, 140, 60, 40))

    assert [len(found) for found in (near, apart, above)] == [1, 2, 2]


def test_parts_that_the_map_bridges_are_one_line():
    seen = map_of([rectangle(100, 100, 60, 40), rectangle(190, 100, 60, 40)], 200, 300)
    bridged = seen.copy()
    bridged[24:26, 30:43] = np.maximum(bridged[24:26, 30:43], 0.4)

    assert [len(_core.lines_of([(found, 4, 4)])) for found in (seen, bridged)] == [2, 1]


def test_the_scale_decides_at_which_a_line_is_nearest_to_28_pixels():
    fine = map_of([rectangle(150, 100, 200, 60)], 200, 300)
    fine[:] = 0
    fine[20:23, 20:32] = 1  # a part of it, 80 x 20 pixels that are read as digits 20 high
    coarse = map_of([rectangle(75, 50, 100, 30)], 100, 150)

    ((corners, *_),) = _core.lines_of([(fine, 4, 4), (coarse, 8, 8)])

    assert math.dist(corners[0], corners[1]) == pytest.approx(218, abs=12)


def test_what_the_network_is_hardly_sure_of_is_no_line():
    seen = map_of([rectangle(100, 100, 160, 40)], 200, 300)

    assert [len(_core.lines_of([(seen * np.float32(p), 4, 4)])) for p in (0.55, 0.9)] == [0, 1]


@pytest.mark.parametrize("other", [0, 255])
def test_a_faint_line_is_found_where_there_is_no_other(other):
    picture = np.full((200, 300), 255, np.uint8)
    picture[40:60, 40:140] = 255 - round(0.4 * 255)
    picture[120:140, 40:140] = 255 - other

    (line,) = find_lines(memoryview(picture), Painted())

    assert line.is_faint == (other == 0)
    assert (line.corners[0][1] > 90) == (other == 255)


def test_an_empty_map_has_no_lines():
    assert lines_of() == []


def test_a_page_with_thousands_of_lines_is_put_in_order():
    lone = [rectangle(16 + 24 * x, 12 + 20 * y, 14, 14) for y in range(60) for x in range(60)]

    found = lines_of(*lone, size=(1220, 1460))

    assert len(found) == 3600
    assert [(row, column) for _, row, column, _ in found] == [
        divmod(place, 60) for place in range(3600)
    ]


@pytest.mark.parametrize("high", [20, 40, 80, 160])
def test_lines_are_found_in_pixels_of_the_whole_picture(high):
    picture = np.full((900, 1800), 255, np.uint8)
    picture[400 : 400 + high, 300 : 300 + 5 * high] = 0

    lines = find_lines(memoryview(picture), Painted())

    assert len(lines) == 1
    corners = np.array(lines[0].corners)
    np.testing.assert_allclose(corners.mean(axis=0), (300 + 2.5 * high, 400 + high / 2), atol=6)
    assert math.dist(corners[0], corners[3]) == pytest.approx(1.2 * high / 0.6, rel=0.25)


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (900, 1), (3, 5), (63, 65)])
def test_pictures_of_any_size_are_looked_at(size):
    assert find_lines(memoryview(np.full(size, 255, np.uint8)), Painted()) == ()


@given(st.integers(1, 20_000), st.integers(1, 20_000))
def test_scales_halve_from_the_finest_that_is_allowed(height, width):
    found = scales(height, width)

    assert found[0][0] * found[0][1] <= 1.01 * max(FINEST, max(found[0]))
    assert found[0] == (height, width) or height * width > FINEST
    for finer, coarser in pairwise(found):
        assert coarser[0] == pytest.approx(finer[0] / 2, abs=1)
        assert coarser[1] == pytest.approx(finer[1] / 2, abs=1)


@pytest.mark.parametrize(
    ("maps", "words"),
    [
        ([(np.zeros((2, 2), np.uint8), 4, 4)], "a map must be float32"),
        ([(np.zeros(4, np.float32), 4, 4)], r"a map must have shape \(height, width\)"),
        ([(np.zeros((2, 2), np.float32), 0, 4)], "larger than nothing"),
        ([(np.zeros((2, 2), np.float32), 4)], "each map must be"),
    ],
)
def test_what_is_no_map_is_refused(maps, words):
    with pytest.raises((TypeError, ValueError), match=words):
        _core.lines_of(maps)
