"""The drawing page in a browser: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import base64
import csv
import io
import json
import os

import pytest
from browsers import violations
from PIL import Image, ImageDraw
from servers import served
from strokes import WIDTH, strokes_of

import digitcli

pytestmark = pytest.mark.browser

SHADES = ("light", "dark")


class PageServer:
    """A server that keeps corrections: its `url`, and `kept`, a label and a picture of each."""

    def __init__(self, client, folder):
        self.client, self.url, self.folder = client, client.address, folder

    @property
    def kept(self):
        labels = self.folder / "labels.csv"
        rows = csv.DictReader(labels.read_text().splitlines() if labels.exists() else [])
        return [(row["label"], (self.folder / row["file"]).read_bytes()) for row in rows]

    def clear(self):
        for path in self.folder.glob("*.png"):
            self.client.ask("DELETE", f"/corrections/{path.name}")


BLANK = {"text": "", "written": "", "digits": [], "confidence": None, "mode": None, "marks": []}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corrections")
    with served("--corrections", str(folder), "--max-body", "2") as client:
        yield PageServer(client, folder)


@pytest.fixture
def open_page(open_at, server):
    """Opens the page of the server, which has no corrections then."""
    server.clear()

    def open_page(width=1280, height=800, route=None, address=server.url, **options):
        return open_at(address, width, height, route, **options)

    return open_page


@pytest.fixture
def page(open_page):
    return open_page()


def placed(page, number):
    """The strokes of `number`, in the middle of the drawing area of `page`."""
    box = page.locator("#area").bounding_box()
    widest = box["width"] * 0.85 / (0.95 * (len(number) - 1) + WIDTH)
    height = min(box["height"] * 0.7, widest)
    width = (0.95 * (len(number) - 1) + WIDTH) * height
    left = box["x"] + (box["width"] - width) / 2
    return strokes_of(number, left, box["y"] + (box["height"] - height) / 2, height)


def draw(page, number):
    for first, *others in placed(page, number):
        page.mouse.move(*first)
        page.mouse.down()
        for point in others:
            page.mouse.move(*point, steps=2)
        page.mouse.up()


def draw_by_touch(page, number):
    touch = page.context.new_cdp_session(page)

    def send(kind, *points):
        places = [{"x": x, "y": y} for x, y in points]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    for first, *others in placed(page, number):
        send("touchStart", first)
        for point in others:
            send("touchMove", point)
        send("touchEnd")


def expect_answer(page, text):
    page.wait_for_function(
        "text => document.querySelector('#answer').textContent === text"
        " && document.querySelector('#said').textContent.startsWith(text)",
        arg=text,
    )


def ink(page):
    """How many pixels of the drawing area have ink."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    return page.evaluate(
        "() => { const area = document.querySelector('#area');"
        " const {data} = area.getContext('2d').getImageData(0, 0, area.width, area.height);"
        " return data.filter((value, n) => n % 4 === 3 && value > 0).length }"
    )


def sheet_of(*numbers):
    """A PNG file of numbers, one below the other."""
    picture = Image.new("L", (700, 40 + 160 * len(numbers)), 250)
    pen = ImageDraw.Draw(picture)
    for row, number in enumerate(numbers):
        for stroke in strokes_of(number, 60, 50 + 160 * row, 80):
            pen.line(stroke, fill=20, width=8, joint="curve")
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def transfer_of(page, content):
    return page.evaluate_handle(
        "content => { const found = new DataTransfer();"
        " const bytes = Uint8Array.from(atob(content), byte => byte.charCodeAt(0));"
        " found.items.add(new File([bytes], 'sheet.png', {type: 'image/png'})); return found }",
        base64.b64encode(content).decode(),
    )


def drop(page, content):
    transfer = transfer_of(page, content)
    page.dispatch_event("#paper", "dragover", {"dataTransfer": transfer})
    page.dispatch_event("#paper", "drop", {"dataTransfer": transfer})


def paste(page, content):
    page.evaluate(
        "clipboardData => dispatchEvent(new ClipboardEvent('paste', {clipboardData}))",
        transfer_of(page, content),
    )


def choose(page, content, name="sheet.png", kind="image/png"):
    page.set_input_files("#file", {"name": name, "mimeType": kind, "buffer": content})


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


def blue(page):
    """How many pixels of the area are blue, as the boxes are."""
    return page.evaluate(
        "() => { const area = document.querySelector('#area');"
        " const {data} = area.getContext('2d').getImageData(0, 0, area.width, area.height);"
        " return data.filter((value, n) => n % 4 === 2 && value > data[n - 2] + 100).length }"
    )


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


def test_the_page_follows_the_system_to_dark(page):
    def background():
        return page.evaluate("getComputedStyle(document.body).backgroundColor")

    page.emulate_media(color_scheme="light")
    light = background()
    page.emulate_media(color_scheme="dark")

    assert (light, background()) == ("rgb(255, 255, 255)", "rgb(20, 23, 27)")


def fill(page, content, draw_on):
    """Put nothing, a drawn number or a picture with two on the page."""
    if content == "a number":
        draw_on(page, "40275")
        expect_answer(page, "40275")
    elif content == "a picture":
        choose(page, sheet_of("402", "17"))
        expect_answer(page, "402")


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


def test_a_picture_that_is_too_large_says_so(page):
    choose(page, os.urandom(3_000_000))

    page.locator("#problem", has_text="the body has more than").wait_for()


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
