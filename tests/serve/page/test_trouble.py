"""A server that is away, slow, or asks for a token."""

from __future__ import annotations

import pytest
from page_actions import choose, draw, expect_answer, sheet_of
from servers import served

import digitcli

pytestmark = pytest.mark.browser


def failing(status, times, **headers):
    """A route that answers `status` some times, then lets requests through."""
    left = iter(range(times))

    def handle(route):
        if next(left, None) is None:
            route.continue_()
        elif status is None:
            route.abort()
        else:
            route.fulfill(status=status, headers=headers, body="{}")

    return "**/read?*", handle


@pytest.mark.parametrize(
    ("route", "words"),
    [
        (failing(None, 2), "The server does not answer. Trying again."),
        (failing(503, 1, **{"Retry-After": "1"}), "The server is busy. Trying again."),
    ],
)
def test_the_page_goes_on_by_itself_when_the_server_is_back(open_page, route, words):
    page = open_page(route=route)

    draw(page, "7")

    page.locator("#problem", has_text=words).wait_for()
    expect_answer(page, "7")
    assert not page.locator("#problem").is_visible()


def test_a_picture_that_takes_too_long_is_not_sent_again(open_page):
    asked, (pattern, refuse) = [], failing(503, 9)
    page = open_page(route=(pattern, lambda route: (asked.append(1), refuse(route))))

    choose(page, sheet_of("7"))

    page.locator("#problem", has_text="The server answered 503").wait_for()
    page.wait_for_timeout(1500)
    assert len(asked) == 1


def test_the_address_that_is_printed_has_the_token(open_page):
    with served("--token", "a/b&c") as client:
        page = open_page(address=client.printed)

        page.get_by_text(f"digitcli {digitcli.__version__}").wait_for()
        assert not page.locator("#unlock").is_visible()


def test_the_token_leaves_the_address_and_goes_with_every_request(open_page):
    with served("--token", "secret") as client:
        page = open_page(address=f"{client.address}#token=wrong")
        page.locator("#unlock").wait_for()
        page.get_by_text("The server asks for its token.").wait_for()
        assert "#" not in page.url
        page.fill("#token", "secret")
        page.press("#token", "Enter")

        page.get_by_text(f"digitcli {digitcli.__version__}").wait_for()
        assert not page.locator("#unlock").is_visible()
        assert "#" not in page.url
        page.reload()
        draw(page, "7")
        expect_answer(page, "7")
