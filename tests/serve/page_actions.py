"""What a person does on the page, and what is seen there."""

from __future__ import annotations

import base64
import io

from PIL import Image, ImageDraw
from strokes import WIDTH, strokes_of

SHADES = ("light", "dark")


BLANK = {"text": "", "written": "", "digits": [], "confidence": None, "mode": None, "marks": []}


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


def blue(page):
    """How many pixels of the area are blue, as the boxes are."""
    return page.evaluate(
        "() => { const area = document.querySelector('#area');"
        " const {data} = area.getContext('2d').getImageData(0, 0, area.width, area.height);"
        " return data.filter((value, n) => n % 4 === 2 && value > data[n - 2] + 100).length }"
    )


def fill(page, content, draw_on):
    """Put nothing, a drawn number or a picture with two on the page."""
    if content == "a number":
        draw_on(page, "40275")
        expect_answer(page, "40275")
    elif content == "a picture":
        choose(page, sheet_of("402", "17"))
        expect_answer(page, "402")
