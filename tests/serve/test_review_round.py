"""The round from pictures over doubtful numbers to data that networks learn from."""

from __future__ import annotations

import random

import pytest
from PIL import Image, ImageDraw, ImageFilter
from review_actions import expect, say
from servers import served
from strokes import strokes_of

import digitcli

pytestmark = pytest.mark.browser


def test_the_round_from_pictures_over_doubts_to_a_folder_that_eval_reads(
    open_at, run_cli, tmp_path
):
    folder = tmp_path / "scans"
    folder.mkdir()
    chance = random.Random(4)
    for n in range(40):
        draw_badly(str(chance.randrange(10, 1000)), folder, n, chance)
    done = run_cli("predict", folder, "--target-error", "0.4%", "--review", tmp_path / "look.csv")
    assert done.returncode == 0, done.stderr

    out = tmp_path / "corrected"
    command = ("review", str(tmp_path / "look.csv"), "--out", str(out), "--no-browser")
    with served(command=command) as client:
        count = len(client.get("/queue").json["items"])
        assert count >= 20
        page = open_at(client.address)
        for n in range(20):
            expect(page, f"{n + 1} of {count}, {n} said")
            say(page, page.locator("#source").inner_text().rpartition("-")[2].removesuffix(".png"))
        page.locator("#place", has_text="20 said").wait_for()

    found = digitcli.evaluate(data=out)
    assert found.to_dict()["n"] == 20
    assert found.accuracy > 0.5  # the answers of the network against what a person says


def draw_badly(number, folder, place, chance):
    """A small number with a shaking pen, a little blurred."""
    picture = Image.new("L", (150, 60), 235)
    pen = ImageDraw.Draw(picture)
    for stroke in strokes_of(number, 22, 16, 26):
        shaken = [(x + chance.uniform(-2, 2), y + chance.uniform(-2, 2)) for x, y in stroke]
        pen.line(shaken, fill=90, width=2)
    picture = picture.filter(ImageFilter.GaussianBlur(1.0))
    picture.save(folder / f"{place:02}-{number}.png")
