"""Draw the example of docs/guides/forms.md: an empty form and two scans of filled-in copies.

    python tools/draw_filled_form.py samples/form docs/pictures/filled-form.png

Nothing of it comes from a data set: `digitcli` paints the digits. The scans are shifted, scaled and
turned; the last argument is the first one as `predict --form --annotate` marks it. Exits 1 when
anything else is read than what was written.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from digitcli.data.drawn.handwriting import choose, write
from digitcli.data.drawn.paper import crop
from digitcli.data.drawn.random_stream import RandomStream

SIZE = (620, 460)  # pixels of the empty form
BOXES = {"member": (200, 100, 380, 60), "books": (200, 180, 100, 60), "fee": (200, 260, 220, 60)}
SCANS = {
    "scan-1": ({"member": "481530", "books": "3", "fee": "0250"}, (2.0, 1.02, 9, -8)),
    "scan-2": ({"member": "007216", "books": "", "fee": "1200"}, (-1.5, 0.97, -12, 10)),
}
TALL, WIDE = 42, 56  # pixels: a digit, and from one digit to the next
COLOURS = 32


def main(folder: Path, marked: Path) -> None:
    """Draw and write everything, and check what is read."""
    folder.mkdir(parents=True, exist_ok=True)
    _save(empty_form(), folder / "empty.png")
    for name, (texts, place) in SCANS.items():
        _save(scanned(filled_in(texts), *place), folder / f"{name}.png")
    files = [str(folder / f"{name}.png") for name in SCANS]
    form = ["--form", str(folder / "form.toml")]
    command = [sys.executable, "-m", "digitcli", "predict", *form]
    done = subprocess.run([*command, *files, "--json"], check=True, capture_output=True)
    for result, (texts, _) in zip(json.loads(done.stdout)["results"], SCANS.values(), strict=True):
        read = {name: one["text"] for name, one in result["form"].items()}
        if read != texts:
            sys.exit(f"read {read}, written {texts}")
    marked.unlink(missing_ok=True)
    subprocess.run([*command, files[0], "--annotate", str(marked)], check=True, capture_output=True)
    Image.open(marked).convert("RGB").quantize(COLOURS).save(marked, optimize=True)


def empty_form() -> Image.Image:
    """Labels, boxes and a line of print, mode L."""
    page = Image.new("L", SIZE, 255)
    pen = ImageDraw.Draw(page)
    pen.text((40, 30), "Loan of books", 0, ImageFont.load_default(34))
    for name, (x, y, wide, high) in BOXES.items():
        pen.text((40, y + 18), name.capitalize(), 0, ImageFont.load_default(24))
        pen.rectangle((x - 4, y - 4, x + wide + 4, y + high + 4), outline=0, width=2)
    for line, text in enumerate(("Please write clearly, and keep inside the boxes.", "Form B-17")):
        pen.text((40, 360 + 34 * line), text, 60, ImageFont.load_default(18))
    return page


def filled_in(texts: dict[str, str]) -> Image.Image:
    """A copy with handwriting in its boxes."""
    random = RandomStream(5)
    page = empty_form()
    for name, text in texts.items():
        x, y, *_ = BOXES[name]
        for place, glyph in enumerate(_glyphs(text, random)):
            ink = Image.fromarray(255 - crop(glyph))
            scale = TALL / max(ink.size)
            ink = ink.resize((max(4, round(ink.width * scale)), round(ink.height * scale)))
            where = x + 16 + place * WIDE, y + 8 + (TALL - ink.height) // 2
            page.paste(40, where, Image.eval(ink, lambda value: 255 - value))
    return page


def _glyphs(text: str, random: RandomStream) -> list[np.ndarray]:
    glyphs = choose([int(digit) for digit in text], random)
    return list(write(glyphs, random, one_hand=True)) if text else []


def scanned(page: Image.Image, turn: float, scale: float, right: int, down: int) -> Image.Image:
    """What a scanner makes of it, with grey around: turned by degrees, shifted by pixels."""
    turned = page.rotate(turn, Image.Resampling.BICUBIC, fillcolor=250)
    across, along = (round(side * scale) for side in page.size)
    scan = Image.new("L", page.size, 250)
    middle = (page.width - across) // 2 + right, (page.height - along) // 2 + down
    scan.paste(turned.resize((across, along), Image.Resampling.BICUBIC), middle)
    return scan


def _save(picture: Image.Image, path: Path) -> None:
    picture.quantize(COLOURS).save(path, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
