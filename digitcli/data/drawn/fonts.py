"""Printed digits: free fonts that pip installs by name, rendered by Pillow.

The extra `fonts` installs those of `PACKAGES`; matplotlib brings DejaVu. Which glyphs there are
and how they are rastered depends on the fonts' and Pillow's (FreeType's) releases; everything
else is the same on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ...errors import MachineError
from .drawn_picture import DrawnPicture, Picture
from .paper import scan
from .random_stream import RandomStream

# Package and licence of its fonts, from its metadata and the file beside the fonts. Fonts as narrow
# as Amatic SC are left out: at 28 x 28 its 4, 7 and 1 look the same.
PACKAGES = {
    "font-caladea": "Apache 2.0",
    "font-fredoka-one": "SIL OFL 1.1",
    "font-hanken-grotesk": "SIL OFL 1.1",
    "font-intuitive": "SIL OFL 1.1",
    "font-manrope": "SIL OFL 1.1",
    "font-roboto": "Apache 2.0",
    "font-source-sans-pro": "SIL OFL 1.1",
    "font-source-serif-pro": "SIL OFL 1.1",
    "matplotlib": "Bitstream Vera (DejaVu Sans, Sans Mono and Serif)",
}
SIZE = 56  # pixels of a font's em: a digit is about 40 high
SHEET = 96

_HEAVIER = 2  # pixels at most that a stroke gains
_LEFT_OUT = ("Variable", "Display")  # copies of other styles, and fonts with few characters


def draw(count: int, *seed: int) -> Iterator[DrawnPicture]:
    """`count` pictures of printed digits, every class as often as any other, in random order.

    Raises MachineError where no font is installed.
    """
    random = RandomStream(*seed)
    labels = (np.argsort(random.raw(count), kind="stable") % 10).tolist()
    for label in labels:
        yield DrawnPicture(scan(render(str(label), random), random), label, str(label))


def render(character: str, random: RandomStream) -> Picture:
    """`character` in any of the fonts, slightly turned, slanted, stretched: uint8 (96, 96)."""
    families = installed()
    if not families:
        raise MachineError("no font to print with", hint='pip install "digitcli[fonts]"')
    family, file, weight, turn, slant, stretch = random.values(6)
    files = families[int(family * len(families))]
    path = files[int(file * len(files))]
    heavier = int(weight * weight * (_HEAVIER + 1))
    return _moved(_printed(path, character, heavier), turn, slant, stretch)


def missing() -> list[str]:
    """The packages of `PACKAGES` that are not installed."""
    return [package for package in PACKAGES if not _files(package)]


@cache
def installed() -> tuple[Sequence[Path], ...]:
    """The font files of every package that is installed."""
    return tuple(files for package in PACKAGES if (files := _files(package)))


@cache
def _files(package: str) -> tuple[Path, ...]:
    """One file of each style, by name; of two formats the first."""
    try:
        listed = distribution(package).files or []
    except PackageNotFoundError:
        return ()
    styles = {
        file.stem: Path(str(file.locate()))
        for file in sorted(listed, key=lambda file: file.name, reverse=True)
        if file.suffix in (".ttf", ".otf") and not any(word in file.stem for word in _LEFT_OUT)
    }
    if package == "matplotlib":
        styles = {name: path for name, path in styles.items() if name.startswith("DejaVu")}
    return tuple(styles[name] for name in sorted(styles) if styles[name].is_file())


@cache
def _font(path: Path) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, SIZE, layout_engine=ImageFont.Layout.BASIC)


@cache
def _printed(path: Path, character: str, heavier: int) -> Image.Image:
    """White on black, in the middle of a sheet."""
    sheet = Image.new("L", (SHEET, SHEET))
    middle = SHEET // 2, SHEET // 2
    pen = ImageDraw.Draw(sheet)
    pen.text(middle, character, 255, _font(path), anchor="mm", stroke_width=heavier)
    return sheet


def _moved(sheet: Image.Image, turn: float, slant: float, stretch: float) -> Picture:
    """Turned by 9 degrees at most, slanted by 0.15, 0.8 to 1.25 times as wide."""
    half = 0.16 * turn - 0.08  # tangent of half the angle: rational, so the same everywhere
    cosine, sine = (1 - half * half) / (1 + half * half), 2 * half / (1 + half * half)
    wide, lean = 0.8 + 0.45 * stretch, 0.3 * slant - 0.15
    # From the place in the result to that in the sheet, both from the middle.
    a, b = cosine / wide, (lean * cosine - sine) / wide
    c, d = sine, cosine + lean * sine
    m = SHEET / 2
    back = (a, b, m - a * m - b * m, c, d, m - c * m - d * m)
    bilinear = Image.Resampling.BILINEAR
    return np.asarray(sheet.transform(sheet.size, Image.Transform.AFFINE, back, bilinear))
