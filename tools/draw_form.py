"""Draw the picture of the README: a form in drawn handwriting, as `predict` reads it.

    python tools/draw_form.py docs/pictures/form.png

Nothing of it comes from a data set: `digitcli` paints the digits, and `predict --annotate` marks
what it reads. Exits 1 when it reads anything else than what was written.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from digitcli.data.drawn.handwriting import choose, write
from digitcli.data.drawn.paper import crop
from digitcli.data.drawn.random_stream import RandomStream

LINES = ["27112026", "4815", "193650"]
SIZE = (720, 300)  # pixels
LEFT, BASE, PITCH = 50, 84, 92  # pixels: where the first line begins, and from line to line
TALL, WIDE = 50, 77  # pixels: a digit, and from one digit to the next: room for its label
COLOURS = 32


def main(out: Path) -> None:
    """Draw the form, let digitcli read and mark it, and write it small."""
    with tempfile.TemporaryDirectory() as folder:
        form, marked = Path(folder) / "form.png", Path(folder) / "marked.png"
        drawn().save(form)
        command = [sys.executable, "-m", "digitcli", "predict", str(form), "--digits", "many"]
        done = subprocess.run(
            [*command, "--json", "--annotate", str(marked)], check=True, capture_output=True
        )
        text = json.loads(done.stdout)["results"][0]["text"]
        if text.split("\n") != LINES:
            sys.exit(f"read {text!r}, written {LINES!r}")
        Image.open(marked).convert("RGB").quantize(COLOURS).save(out, optimize=True)


def drawn() -> Image.Image:
    """The form, grey: a frame, fine waves, and a rule under each line of digits."""
    random = RandomStream(12)
    ink = np.zeros((SIZE[1], SIZE[0]))
    for line, number in enumerate(LINES):
        _write(ink, number, BASE + line * PITCH, random)
    paper = np.asarray(_paper(), np.float64)
    sheet = Image.fromarray((paper + ink * (40 - paper)).astype(np.uint8))
    return sheet.filter(ImageFilter.GaussianBlur(0.6))


def _write(sheet: np.ndarray, number: str, base: int, random: RandomStream) -> None:
    """One line in one hand, its digits standing on `base`."""
    glyphs = choose([int(digit) for digit in number], random)
    for place, glyph in enumerate(write(glyphs, random, one_hand=True)):
        ink = Image.fromarray(crop(glyph))
        scale = TALL / max(ink.size)
        shown = ink.resize((max(4, round(ink.width * scale)), round(ink.height * scale)))
        x = LEFT + place * WIDE + (WIDE - shown.width) // 3
        spot = np.s_[base - shown.height : base, x : x + shown.width]
        sheet[spot] = np.maximum(sheet[spot], np.asarray(shown) / 255)


def _paper() -> Image.Image:
    """Light paper with fine waves, a frame and rules."""
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]].astype(np.float64)
    wave = (y + 0.25 * x + 9 * np.sin(x / 40)) / 9
    fine = np.abs(wave - np.floor(wave) - 0.5) < 0.1
    sheet = Image.fromarray(np.where(fine, 238, 248).astype(np.uint8))
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((14, 12, SIZE[0] - 15, SIZE[1] - 13), outline=150, width=2)
    for line in range(len(LINES)):
        rule = BASE + 8 + line * PITCH
        pen.line((LEFT - 16, rule, SIZE[0] - 40, rule), fill=160, width=1)
    return sheet


if __name__ == "__main__":
    main(Path(sys.argv[1]))
