"""The page on a phone, in the dark, by keyboard, and for a screen reader."""

from __future__ import annotations

import pytest
from browsers import violations
from page_actions import SHADES, draw, draw_by_touch, expect_answer, fill, ink

pytestmark = pytest.mark.browser


def test_the_page_follows_the_system_to_dark(page):
    def background():
        return page.evaluate("getComputedStyle(document.body).backgroundColor")

    page.emulate_media(color_scheme="light")
    light = background()
    page.emulate_media(color_scheme="dark")

    assert (light, background()) == ("rgb(255, 255, 255)", "rgb(20, 23, 27)")


@pytest.mark.parametrize("content", ["nothing", "a number", "a picture"])
def test_nothing_scrolls_sideways_on_a_small_phone(open_page, content):
    page = open_page(360, 640, has_touch=True, is_mobile=True, device_scale_factor=2)
    fill(page, content, draw_by_touch)

    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("shade", SHADES)
@pytest.mark.parametrize("content", ["nothing", "a number", "a picture"])
def test_axe_finds_no_serious_violation(open_page, content, shade):
    page = open_page(color_scheme=shade, bypass_csp=True, reduced_motion="reduce")
    fill(page, content, draw)

    assert violations(page) == []


def test_the_keyboard_alone_undoes_clears_and_corrects(page, server):
    def focus(wanted):
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
                return
        raise AssertionError(f"{wanted} is not reached")

    draw(page, "7")
    expect_answer(page, "7")
    page.keyboard.press("Escape")
    assert ink(page) == 0
    page.keyboard.press("Control+z")
    expect_answer(page, "7")
    focus("#undo")
    page.keyboard.press("Enter")
    assert ink(page) == 0
    focus("#file")

    draw(page, "7")
    expect_answer(page, "7")
    focus("#bars input")
    page.keyboard.press("ArrowDown")
    assert page.input_value("#label") == "8"
    focus("#keep")
    page.keyboard.press("Enter")

    page.get_by_text("Kept as 8. 1 correction is kept.").wait_for()
    focus("#back")
    page.keyboard.press("Enter")
    page.get_by_text("Taken back. 0 corrections are kept.").wait_for()
