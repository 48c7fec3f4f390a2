"""Digits that are drawn, with a mouse or a finger."""

from __future__ import annotations

import pytest
from page_actions import draw, draw_by_touch, expect_answer, ink

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("digit", "0123456789")
def test_a_digit_drawn_with_the_mouse_is_read(page, digit):
    draw(page, digit)

    expect_answer(page, digit)
    assert page.locator("#bars .best b").inner_text() == digit


@pytest.mark.parametrize(
    "digit", ["2", "7", *(pytest.param(digit, marks=pytest.mark.slow) for digit in "01345689")]
)
def test_a_digit_drawn_with_a_finger_is_read(open_page, digit):
    page = open_page(360, 640, has_touch=True, is_mobile=True, device_scale_factor=2)

    draw_by_touch(page, digit)

    expect_answer(page, digit)
    assert page.evaluate("scrollY") == 0


def test_a_number_is_read_and_each_of_its_digits_has_bars(page):
    draw(page, "40275")

    expect_answer(page, "40275")
    tiles = page.locator("#tiles label")
    assert tiles.all_inner_texts() == list("40275")
    tiles.nth(3).click()
    assert page.locator("#bars .best b").inner_text() == "7"


def test_undo_takes_back_the_last_stroke_and_then_what_clear_cleared(page):
    draw(page, "1")
    expect_answer(page, "1")
    one = ink(page)
    draw(page, "0")
    assert ink(page) > one

    page.click("#undo")
    expect_answer(page, "1")
    assert ink(page) == one

    page.click("#clear")
    assert ink(page) == 0
    assert page.locator("#sure").inner_text() == "Nothing is drawn yet."

    page.keyboard.press("Control+z")
    expect_answer(page, "1")
    assert ink(page) == one


def test_a_drawing_stays_when_the_screen_is_turned(page):
    draw(page, "402")
    expect_answer(page, "402")

    for width, height in [(640, 360), (360, 640), (640, 360), (360, 640)]:
        page.set_viewport_size({"width": width, "height": height})
        assert ink(page) > 0
        size = ink(page)
    page.set_viewport_size({"width": 640, "height": 360})
    page.set_viewport_size({"width": 360, "height": 640})

    assert ink(page) == pytest.approx(size, rel=0.1)
    assert page.locator("#answer").inner_text() == "402"


def test_a_second_finger_draws_nothing_while_the_first_does(open_page):
    page = open_page(has_touch=True)
    box = page.locator("#area").bounding_box()
    x, y = box["x"] + 200, box["y"] + 100
    touch = page.context.new_cdp_session(page)

    def send(kind, *points):
        places = [{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(points)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    send("touchStart", (x, y))
    send("touchMove", (x, y + 50))
    alone = ink(page)
    send("touchStart", (x, y + 50), (x + 300, y))
    send("touchMove", (x, y + 50), (x + 300, y + 80))

    assert ink(page) == alone
