"""Another answer is kept as a correction."""

from __future__ import annotations

import json

import pytest
from page_actions import draw, expect_answer

import digitcli

pytestmark = pytest.mark.browser


def test_another_answer_is_kept_as_a_correction_and_taken_back(page, server):
    draw(page, "71")
    expect_answer(page, "71")
    page.locator("#tiles label").nth(1).click()

    page.locator("#bars label").nth(4).click()
    assert page.input_value("#label") == "74"
    page.click("#keep")

    page.get_by_text("Kept as 74. 1 correction is kept.").wait_for()
    ((label, picture),) = server.kept
    assert label == "74"
    assert digitcli.read(picture).text == "71"
    page.click("#back")
    page.get_by_text("Taken back. 0 corrections are kept.").wait_for()
    assert server.kept == []


def test_a_typed_number_is_kept_as_a_correction(page, server):
    draw(page, "7")
    expect_answer(page, "7")

    page.fill("#label", "x7")
    assert page.locator("#keep").is_disabled()
    page.fill("#label", "77")
    page.press("#label", "Enter")

    page.get_by_text("Kept as 77. 1 correction is kept.").wait_for()
    assert [label for label, _ in server.kept] == ["77"]


def test_what_is_no_number_is_kept_as_such(page, server):
    draw(page, "7")
    expect_answer(page, "7")

    page.fill("#label", "")
    page.click("#keep")

    page.get_by_text("Kept as no number. 1 correction is kept.").wait_for()
    assert [label for label, _ in server.kept] == [""]


def test_a_server_that_keeps_no_corrections_is_not_asked_to(open_page):
    settings = json.dumps({"version": "0", "corrections": False})
    page = open_page(route=("**/settings", lambda route: route.fulfill(body=settings)))

    draw(page, "7")

    expect_answer(page, "7")
    assert not page.locator("#correction").is_visible()
    assert page.locator("#bars input").first.is_disabled()
