"""What the page says of an answer, and when it asks for one."""

from __future__ import annotations

import json

import pytest
from page_actions import BLANK, draw, expect_answer

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("result", "words"),
    [
        ({"answer": "blank"}, "No digit is found."),
        ({"answer": "not a digit"}, "This is not a digit."),
        ({"answer": "unsure", "text": "7", "confidence": 0.41}, "Unsure, 41.0\xa0%"),
        ({"answer": "digits", "text": "7", "confidence": 0.99996}, "99.9\xa0% sure"),
    ],
)
def test_the_page_says_how_sure_the_answer_is(open_page, result, words):
    digit = {"digit": 7, "probability": 0.5, "box": [0, 0, 9, 9], "confidence": 0.4, "line": 0}
    digits = [] if result["answer"] == "blank" else [{**digit, "probabilities": [0.1] * 10}]
    written = result.get("text", "")
    found = {**BLANK, "digits": digits, "written": written, "error": None, **result}
    body = json.dumps({"results": [found]})
    page = open_page(route=("**/read?*", lambda route: route.fulfill(body=body)))

    draw(page, "7")

    page.wait_for_function(
        "words => document.querySelector('#sure').textContent === words", arg=words
    )
    assert page.locator("#answer").inner_text() == (written or "\N{EN DASH}")


def test_one_request_is_under_way_at_a_time(page):
    page.evaluate(
        "() => { const ask = window.fetch; let now = 0; window.most = 0; window.asked = 0;"
        " window.fetch = async (...all) => { window.most = Math.max(window.most, ++now); ++asked;"
        " try { return await ask(...all) } finally { --now } } }"
    )

    draw(page, "40275")

    expect_answer(page, "40275")
    assert page.evaluate("asked") > 1
    assert page.evaluate("most") == 1
