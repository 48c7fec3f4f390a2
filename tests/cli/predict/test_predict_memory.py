"""The memory of `digitcli predict` depends neither on the number of files nor on the page."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from pictures import digit_picture, encoded, save_template_weights
from PIL import Image

from digitcli.bench.cold.coldstart import Launcher

MIB = 2**20
PAGE = 16_000_000  # pixels: the largest picture that is read


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Weights, 100 small pictures of digits and numbers, and a large page of them."""
    folder = tmp_path_factory.mktemp("memory")
    save_template_weights(folder / "templates.npz")
    for n in range(100):
        side = 28 + n % 37
        one = digit_picture(n % 10, side, side)
        two = Image.fromarray(np.hstack([np.asarray(one)] * 2))
        (folder / f"{n}.png").write_bytes(encoded(two if n % 5 == 0 else one))
    page = Image.new("L", (4000, PAGE // 4000), 255)
    for n in range(60):
        page.paste(digit_picture(n % 10, 120, 120), (300 + 350 * (n % 10), 400 + 500 * (n // 10)))
    (folder / "page.png").write_bytes(encoded(page))
    return folder


def peak_of(folder, names: list[str], digits: str) -> int:
    """The peak of memory, in bytes, of reading these files, all of which must be read."""
    (folder / "list.txt").write_text("".join(f"{folder / name}\n" for name in names))
    options = ["--jsonl", "--digits", digits, "--weights", str(folder / "templates.npz")]
    script = str(Path(sys.executable).with_name("digitcli"))  # whatever folder this is run in
    command = [script, "predict", f"@{folder / 'list.txt'}", *options]
    with Launcher() as launch:
        done = launch([*command, "--threads", "2"])
    assert done["code"] == 0, done["last_words"]
    assert len(done["stdout"].splitlines()) == len(names)
    return done["peak_bytes"]


@pytest.mark.slow
def test_a_photo_of_50_megapixels_is_read_within_1_gib(folder):
    grain = np.random.default_rng(0).integers(200, 240, (5792, 8688, 3), np.uint8)
    photo = Image.fromarray(grain)
    photo.paste(digit_picture(4, 600, 600).convert("RGB"), (3000, 2500))
    (folder / "photo.jpg").write_bytes(encoded(photo, "JPEG", quality=90))

    assert peak_of(folder, ["photo.jpg"], "auto") < 1024 * MIB


@pytest.mark.slow
@pytest.mark.parametrize("digits", ["auto", "many"])
def test_ten_thousand_files_take_the_memory_of_a_thousand(folder, digits):
    files = [f"{n % 100}.png" for n in range(10_000)]

    few, all_of_them = (peak_of(folder, files[:count], digits) for count in (1_000, 10_000))

    assert all_of_them - few < 8 * MIB


@pytest.mark.slow
@pytest.mark.parametrize("digits", ["auto", "many"])
def test_a_page_takes_a_few_bytes_for_each_pixel(folder, digits):
    small, page = (peak_of(folder, [name], digits) for name in ("1.png", "page.png"))

    assert page - small < 10 * PAGE


@pytest.mark.slow
def test_many_pages_wait_for_the_network_in_little_memory(folder):
    few, many = (peak_of(folder, ["page.png"] * count, "many") for count in (4, 12))

    assert many - few < 6 * PAGE  # one worker more is at work, and no page is kept
