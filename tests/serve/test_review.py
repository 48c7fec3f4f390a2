"""The page of `digitcli review` in a browser: a list of doubtful numbers, one after the other."""

from __future__ import annotations

import csv

import pytest
from browsers import violations
from PIL import Image, ImageDraw
from review_actions import expect, say
from servers import served
from strokes import strokes_of

import digitcli

pytestmark = pytest.mark.browser

HEAD = "file,answer,text,digit,box,guess,confidence,second,reason,number,number_box"
NUMBERS = ("402", "17", "8365")  # what the picture says, from top to bottom
GUESSES = ("401", "11", "8365")
SURE = (0.4, 0.2, 0.3)
ORDER = ("17", "8365", "402")  # least sure first


class Reviewed:
    """A server with a list: its `client`, `url`, the `folder` that it writes, `labels` there."""

    def __init__(self, client, folder):
        self.client, self.url, self.folder = client, client.address, folder

    @property
    def labels(self):
        lines = (self.folder / "labels.csv").read_text().splitlines()
        rows = list(csv.DictReader(lines))
        assert all((self.folder / row["file"]).is_file() for row in rows)
        return [row["label"] for row in rows]


@pytest.fixture
def listed(tmp_path):
    """A list of the three numbers of a picture."""
    sheet = Image.new("L", (460, 540), 250)
    pen = ImageDraw.Draw(sheet)
    rows = [HEAD]
    for n, (number, guess, sure) in enumerate(zip(NUMBERS, GUESSES, SURE, strict=True)):
        top = 50 + 170 * n
        for stroke in strokes_of(number, 60, top, 80):
            pen.line(stroke, fill=20, width=8, joint="curve")
        wide = round(80 * (0.95 * (len(number) - 1) + 0.6))
        why = f"{sure},3 (0.1),less sure than 0.5,{guess},56 {top - 4} {wide + 8} 88"
        rows.append(f"{tmp_path / 'sheet.png'},unsure,-,1,0 0 9 9,{guess[0]},{why}")
    sheet.save(tmp_path / "sheet.png")
    path = tmp_path / "review.csv"
    path.write_text("\n".join(rows) + "\n")
    return path


@pytest.fixture
def server(listed, tmp_path):
    options = ("--out", str(tmp_path / "out"), "--no-browser")
    with served(command=("review", str(listed), *options)) as client:
        yield Reviewed(client, tmp_path / "out")


@pytest.fixture
def page(open_at, server):
    page = open_at(server.url)
    expect(page, "1 of 3, 0 said")
    return page


def test_the_least_sure_number_comes_first_with_its_place_and_its_guess(page):
    assert not page.locator("#work").is_visible()
    assert page.locator("#guess").inner_text() == "11"
    assert page.locator("#doubt").inner_text() == "20.0\xa0% sure \xb7 less sure than 0.5"
    assert page.input_value("#really") == "11"
    picture = page.locator("#picture").bounding_box()
    box = page.locator("#outline").bounding_box()
    assert picture["height"] > 200
    assert picture["x"] < box["x"] < box["x"] + box["width"] < picture["x"] + picture["width"]
    assert picture["y"] < box["y"] < box["y"] + box["height"] < picture["y"] + picture["height"]


def test_digits_and_enter_keep_each_number_at_once(page, server):
    say(page, "17")
    expect(page, "2 of 3, 1 said")
    assert server.labels == ["17"]
    page.keyboard.press("Enter")  # as it was read
    expect(page, "3 of 3, 2 said")
    assert server.labels == ["17", "8365"]
    say(page, "402")

    page.get_by_role("heading", name="All 3 numbers are said.").wait_for()
    assert server.labels == ["17", "8365", "402"]
    assert page.get_by_text("digitcli eval --data FOLDER").is_visible()
    assert page.get_by_text("digitcli adapt --from FOLDER/labels.csv").is_visible()
    assert not page.locator("#others").is_visible()
    found = digitcli.evaluate(data=server.folder)
    assert (found.accuracy, found.to_dict()["n"]) == (1.0, 3)


def test_typing_reaches_the_field_from_anywhere_and_signs_belong_to_a_number(page, server):
    page.locator("#skip").focus()

    page.keyboard.type("-1x2/3,4:5.6")
    assert page.input_value("#really") == "-12/3,4:5.6"
    page.locator("#really").focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")  # inside the field, once something is typed
    page.keyboard.type("y7")
    assert page.input_value("#really") == "-12/3,4:5.76"
    page.keyboard.press("Escape")
    assert page.input_value("#really") == "11"
    assert page.locator("#place").inner_text() == "1 of 3, 0 said"


def test_backspace_takes_back_the_last_number(page, server):
    say(page, "19")
    expect(page, "2 of 3, 1 said")

    page.keyboard.press("Backspace")
    expect(page, "1 of 3, 0 said")
    assert page.get_by_text("19 is taken back.").is_visible()
    assert server.labels == []
    say(page, "1")
    expect(page, "2 of 3, 1 said")
    page.keyboard.type("80")  # is deleted first
    page.keyboard.press("Backspace")
    assert page.input_value("#really") == "8"
    page.keyboard.press("Backspace")
    page.keyboard.press("Backspace")
    expect(page, "1 of 3, 0 said")
    assert server.labels == []


def test_a_number_is_skipped_gone_back_to_and_said_again(page, server):
    page.keyboard.press("ArrowRight")
    expect(page, "2 of 3, 0 said")
    page.keyboard.press("n")
    expect(page, "3 of 3, 0 said")
    say(page, "401")
    page.get_by_role("heading", name="1 of 3 numbers are said.").wait_for()

    page.keyboard.press("ArrowLeft")
    expect(page, "3 of 3, 1 said")
    assert page.get_by_text("This is kept as 401.").is_visible()
    say(page, "402")
    page.get_by_role("button", name="Look at the 2 others").click()
    expect(page, "1 of 3, 1 said")
    say(page, "17")
    expect(page, "2 of 3, 2 said")
    assert server.labels == ["402", "17"]
    page.click("#previous")
    expect(page, "1 of 3, 2 said")
    page.click("#skip")
    expect(page, "2 of 3, 2 said")


def test_a_reload_goes_on_where_nobody_has_said_anything(page, server):
    say(page, "17")
    expect(page, "2 of 3, 1 said")

    page.reload()

    expect(page, "2 of 3, 1 said")
    page.keyboard.press("Backspace")
    expect(page, "1 of 3, 0 said")
    assert server.labels == []


def test_what_is_no_number_is_kept_as_such(page, server):
    page.get_by_role("button", name="This is no number").click()

    expect(page, "2 of 3, 1 said")
    assert page.get_by_text("1 is kept as no number.").is_visible()
    assert server.labels == [""]


def test_somebody_who_was_faster_is_named_and_can_be_corrected(page, server):
    assert server.client.ask("POST", "/queue/0?label=99").status == 201

    say(page, "17")
    page.locator("#trouble", has_text="Somebody else said 99 meanwhile").wait_for()
    expect(page, "1 of 3, 1 said")
    assert page.input_value("#really") == "99"
    assert server.labels == ["99"]
    say(page, "17")
    expect(page, "2 of 3, 1 said")
    assert server.labels == ["17"]


def test_an_answer_that_was_lost_is_not_taken_for_somebody_else(page, server):
    def lose(route):
        route.fetch()
        route.abort()

    page.route("**/queue/0?*", lose, times=1)
    say(page, "17")
    page.locator("#trouble", has_text="The server does not answer. Try again.").wait_for()
    assert page.input_value("#really") == "17"
    page.keyboard.press("Enter")

    expect(page, "2 of 3, 1 said")
    assert server.labels == ["17"]


def test_a_picture_that_is_gone_says_so_and_is_skipped(open_at, listed, tmp_path):
    gone = f"{tmp_path / 'gone.png'},not a digit,,,,,,,looks like no digit,,\n"
    listed.write_text(listed.read_text() + gone)
    options = ("--out", str(tmp_path / "out"), "--no-browser")
    with served(command=("review", str(listed), *options)) as client:
        page = open_at(client.address)
        page.locator("#gone", has_text="gone.png: no such file. Skip it.").wait_for()
        assert page.locator("#accept").is_disabled()
        page.keyboard.type("7")
        page.keyboard.press("Enter")  # on Skip, which has the focus

        expect(page, "2 of 4, 0 said")
        say(page, "17")
        expect(page, "3 of 4, 1 said")


def test_what_is_typed_while_the_server_writes_is_for_the_next_number(page, server):
    waiting = []
    page.route("**/queue/0?*", lambda route: waiting.append(route), times=1)
    say(page, "17")
    page.keyboard.type("83")
    page.wait_for_timeout(200)
    waiting[0].continue_()

    expect(page, "2 of 3, 1 said")
    page.keyboard.type("65")
    assert page.input_value("#really") == "8365"
    assert server.labels == ["17"]


def test_the_next_picture_is_there_before_it_is_asked_for(page):
    asked = []
    page.on("request", lambda request: asked.append((request.method, request.url[-8:])))

    page.keyboard.press("ArrowRight")
    expect(page, "2 of 3, 0 said")

    assert ("GET", "/queue/1") not in asked
    page.wait_for_timeout(300)
    assert ("GET", "/queue/2") in asked


def test_a_phone_has_a_keypad_and_scrolls_in_no_direction(open_at, server):
    page = open_at(server.url, 360, 680, has_touch=True, is_mobile=True, device_scale_factor=2)
    expect(page, "1 of 3, 0 said")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    skip = page.locator("#skip").bounding_box()
    assert skip["y"] + skip["height"] <= 680
    assert page.locator("#really").get_attribute("inputmode") == "none"

    for key in ("1", "8", "Delete the last sign", "7", "/", "2"):
        page.locator("#keypad").get_by_role("button", name=key, exact=True).tap()
    assert page.input_value("#really") == "17/2"
    page.locator("#keypad").get_by_role("button", name="Keep").tap()

    expect(page, "2 of 3, 1 said")
    assert server.labels == ["17/2"]
    page.get_by_role("button", name="Take back").tap()
    expect(page, "1 of 3, 0 said")


@pytest.mark.parametrize("shade", ["light", "dark"])
@pytest.mark.parametrize("content", ["a number", "the end", "a phone"])
def test_axe_finds_no_serious_violation(open_at, server, content, shade):
    options = {"color_scheme": shade, "bypass_csp": True, "reduced_motion": "reduce"}
    if content == "a phone":
        options |= {"width": 360, "height": 640, "has_touch": True, "is_mobile": True}
    page = open_at(server.url, **options)
    expect(page, "1 of 3, 0 said")
    if content == "the end":
        for _ in NUMBERS:
            page.keyboard.press("n")
        page.locator("#end").wait_for()

    assert violations(page) == []
