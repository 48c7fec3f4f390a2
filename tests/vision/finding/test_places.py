"""Lines that were found become places to read: joined, widened, or the picture as a whole."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitcli.vision.finding.find import FoundLine
from digitcli.vision.finding.places import Place, ways


def line(x, y, wide, high, row=0, column=0, turn=0.0):
    """An upright rectangle, turned about its upper left corner."""
    cosine, sine = math.cos(turn), math.sin(turn)
    around = [(0, 0), (wide, 0), (wide, high), (0, high)]
    corners = tuple((x + a * cosine - b * sine, y + a * sine + b * cosine) for a, b in around)
    return FoundLine(corners, row, column, 0.9)


def places(found, height, width):
    """The first way to read a picture."""
    return ways(found, height, width)[0]


def test_a_picture_little_higher_than_its_only_line_is_read_whole():
    assert places([line(10, 20, 100, 40)], 90, 200)[0].corners is None
    assert places([line(10, 20, 100, 40)], 110, 200)[0].corners is not None


def test_a_picture_little_higher_than_all_its_parts_is_one_line_where_they_are_near():
    near = [line(10, 20, 60, 40), line(105, 40, 40, 40, row=1)]
    apart = [line(10, 20, 60, 40), line(115, 20, 40, 40, column=1)]

    assert [place.corners for place in places(near, 90, 200)] == [None]
    assert len(places(apart, 90, 200)) == 2
    assert len(places(near, 150, 200)) == 2
    stacked = [line(10, 2, 60, 40), line(12, 46, 60, 40, row=1)]
    assert len(places(stacked, 90, 200)) == 2


def test_parts_of_one_line_are_one_place_and_numbers_apart_are_two():
    close = [line(10, 100, 60, 30), line(85, 102, 40, 30, column=1)]
    apart = [line(10, 100, 60, 30), line(120, 102, 40, 30, column=1)]

    assert len(places(close, 400, 400)) == 1
    assert [place.column for place in places(apart, 400, 400)] == [0, 1]


def test_lines_of_two_rows_and_of_two_sizes_stay_apart():
    rows = [line(10, 100, 60, 30), line(75, 110, 60, 30, row=1)]
    sizes = [line(10, 100, 60, 40), line(75, 110, 60, 12)]

    assert len(places(rows, 400, 400)) == 2
    assert len(places(sizes, 400, 400)) == 2


def test_a_place_has_paper_around_its_line_up_to_the_next_one():
    two = [line(100, 100, 60, 30), line(180, 100, 60, 30, column=1)]

    first, second = places(two, 400, 400)

    assert first.corners is not None
    assert second.corners is not None
    assert first.corners[0][0] == pytest.approx(100 - 0.35 * 30)
    assert first.corners[1][0] == pytest.approx(170)  # half of the gap
    assert second.corners[0][0] == pytest.approx(170)
    assert first.corners[0][1] == pytest.approx(100 - 0.12 * 30)
    assert first.corners[2][1] == pytest.approx(130 + 0.12 * 30)


@given(
    st.floats(5, 200),
    st.floats(5, 200),
    st.floats(10, 80),
    st.floats(5, 30),
    st.floats(-0.15, 0.15),
)
def test_a_place_holds_its_line_and_its_middles_stay_inside_the_picture(x, y, wide, high, turn):
    found = line(x, y, wide, high, turn=turn)

    (place,) = places([found], 330, 300)

    assert place.corners is not None
    first, second, third = place.corners
    assert math.dist(first, second) >= wide - 1e-6
    assert math.dist(first, third) >= high - 1e-6
    fourth = tuple(b + c - a for a, b, c in zip(first, second, third, strict=True))
    for one, other in ((first, third), (second, fourth)):
        assert -1e-6 <= (one[0] + other[0]) / 2 <= 300 + 1e-6 or not 0 <= x <= 300


def test_nothing_found_is_no_place_but_in_a_small_picture_which_is_read_whole():
    assert ways([], 100, 200) == [[]]
    assert ways([], 100, 128) == [[Place(None)]]


def test_a_small_picture_may_be_read_whole_after_its_lines_and_a_cut_out_one_before_them():
    small = ways([line(10, 20, 30, 20)], 100, 120)
    large = ways([line(10, 20, 30, 20)], 100, 140)
    cut_out = ways([line(10, 20, 100, 40)], 90, 200)

    assert [[place.corners is None for place in way] for way in small] == [[False], [True]]
    assert [[place.corners is None for place in way] for way in large] == [[False]]
    assert [[place.corners is None for place in way] for way in cut_out] == [[True], [False]]
    assert [[place.stands for place in way] for way in cut_out] == [[1], [0.5]]


def test_a_faint_line_stands_as_probably_as_it_was_found():
    found = line(10, 20, 30, 20)

    assert [places([replace(found, score=score)], 300, 300)[0].stands for score in (0.4, 0.9)] == [
        0.4,
        1,
    ]
