"""Rules are found where they were drawn, and nothing but them is taken out."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import digit_picture
from PIL import Image, ImageDraw
from twin import rules as twin
from twin.page import components

from digitcli.vision.page import prepare

HEIGHT, WIDTH = 110, 180
SPECK = 12  # pixels: what is left of a rule at a crossing, and dropped as dirt


def paper(digits: list[tuple[int, int]]) -> Image.Image:
    """Digits (digit, x) 44 pixels tall in the middle of white paper."""
    page = np.full((HEIGHT, WIDTH), 255, np.uint8)
    for digit, x in digits:
        part = page[33:77, x : x + 30]
        np.minimum(part, np.asarray(digit_picture(digit, 44, 30)), out=part)
    return Image.fromarray(page)


def ruled(page: Image.Image, y: float, degrees: float, thickness: int) -> Image.Image:
    """With a rule from side to side through (WIDTH / 2, y)."""
    rise = math.tan(math.radians(degrees)) * WIDTH / 2
    drawn = page.copy()
    ImageDraw.Draw(drawn).line([(0, y + rise), (WIDTH, y - rise)], fill=40, width=thickness)
    return drawn


LINES = st.tuples(
    st.one_of(st.integers(12, 24), st.integers(86, 98)), st.floats(-2, 2), st.integers(2, 4)
)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from([30, 75, 120])), max_size=3), LINES)
def test_nothing_but_rules_and_specks_is_taken_out(digits, line):
    grey = np.asarray(ruled(paper(digits), *line))

    plain, cleared = prepare(grey, remove_ruled_lines=False), prepare(grey)

    before, after = np.asarray(plain.mask) > 0, np.asarray(cleared.mask) > 0
    rules = [(r.x0, r.y0, r.x1, r.y1, r.thickness) for r in cleared.ruled_lines]
    assert not (after & ~before).any()
    stray = components(before & ~after & ~twin.near(before.shape, rules))
    assert all((stray == i).sum() < SPECK for i in range(1, stray.max() + 1))


@pytest.mark.parametrize("degrees", [-2.0, 0.0, 1.5])
@pytest.mark.parametrize("thickness", [2, 4])
def test_a_rule_is_found_where_it_was_drawn(degrees, thickness):
    found = prepare(np.asarray(ruled(paper([(5, 30), (2, 75), (8, 120)]), 92, degrees, thickness)))

    (rule,) = found.ruled_lines
    middle = rule.y0 + (rule.y1 - rule.y0) * (WIDTH / 2 - rule.x0) / (rule.x1 - rule.x0)
    slope = math.degrees(math.atan2(rule.y0 - rule.y1, rule.x1 - rule.x0))
    assert middle == pytest.approx(92, abs=1.5)
    assert slope == pytest.approx(degrees, abs=0.4)
    assert rule.thickness == pytest.approx(thickness, abs=1.5)


def test_a_row_of_digits_without_rules_keeps_every_pixel():
    grey = np.asarray(paper([(1, 30), (7, 75), (4, 120)]))

    assert prepare(grey).mask == prepare(grey, remove_ruled_lines=False).mask
