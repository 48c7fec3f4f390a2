"""Pictures that are dropped, pasted or chosen."""

from __future__ import annotations

import os

import pytest
from page_actions import blue, choose, draw, drop, expect_answer, paste, sheet_of

import digitcli

pytestmark = pytest.mark.browser


def test_a_dropped_picture_shows_boxes_and_the_texts_of_its_lines(page, server):
    drop(page, sheet_of("402", "17", "8365"))

    page.locator("#lines label").nth(2).wait_for()
    texts = page.locator("#lines label").all_inner_texts()
    assert [text.split()[0] for text in texts] == ["402", "17", "8365"]
    assert blue(page) > 1000

    page.locator("#lines label").nth(1).click()
    assert page.locator("#answer").inner_text() == "17"
    page.click("#keep")
    page.get_by_text("Kept as 17.").wait_for()
    ((label, picture),) = server.kept
    assert (label, digitcli.read(picture).text) == ("17", "17")


def test_a_pasted_picture_is_read_and_undo_brings_the_drawing_back(page):
    draw(page, "7")
    expect_answer(page, "7")

    paste(page, sheet_of("402"))
    expect_answer(page, "402")

    page.click("#undo")
    expect_answer(page, "7")


def test_a_click_on_a_digit_of_a_picture_chooses_it(page):
    choose(page, sheet_of("402", "17"))
    expect_answer(page, "402")
    box = page.locator("#area").bounding_box()
    scale = box["width"] / 700

    page.mouse.click(box["x"] + 164 * scale, box["y"] + 250 * scale)

    assert page.locator("#answer").inner_text() == "17"
    assert page.locator("#bars .best b").inner_text() == "7"


def test_a_picture_that_cannot_be_read_says_so(page):
    choose(page, b"no picture", "letter.png")

    page.get_by_text("This picture cannot be read").first.wait_for()


def test_a_picture_that_is_too_large_says_so(page):
    choose(page, os.urandom(3_000_000))

    page.locator("#problem", has_text="the body has more than").wait_for()
