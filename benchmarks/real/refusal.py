"""Pictures without digits, none of them as a network has learnt it: how many are refused?

Letters come from fonts and strokes that training does not have, photos from models of natural
pictures; what `outliers` draws for training is here with another seed, for comparison. Letters
that are easily taken for a digit, and words that hold such letters, stand apart: no goal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from digitcli.data.drawn import outliers
from digitcli.data.drawn.handwriting import write
from digitcli.data.drawn.paper import scan
from digitcli.data.drawn.random_stream import RandomStream
from digitcli.data.drawn.strokes import Glyph
from digitcli.vision.reader import Reader

from . import scenes
from .sets import as_pgm
from .table import Row

Draw: TypeAlias = Callable[[Any, RandomStream], np.ndarray]

COUNT = 200  # pictures of each kind
GOAL = 0.97
SEED = 20_261_123  # no training's: theirs are small

# Not the fonts of `digitcli.data.drawn.fonts`: Pillow's own, Computer Modern and STIX.
FONTS = ("cmr10.ttf", "cmss10.ttf", "cmtt10.ttf", "STIXGeneral.ttf", "STIXGeneralItalic.ttf")
LETTERS = "CEFHKLMNRUVWXcdefhkmnrtuvwx#%@+=*~<"  # the alphabet of `outliers`, without its fonts
LOOK_ALIKES = "".join(sorted(set("".join(outliers.LOOK_ALIKES.values())) - set("\\()[]^>")))
WORDS = ("Rechnung", "Datum", "Total", "name", "brown", "Hello", "Zürich", "Euro", "paid", "Mr")

# Not the letters of `digitcli.data.drawn.hands`.
WRITTEN = (
    Glyph("L", 1, "4,0 2,98! 56,96"),
    Glyph("V", 1, "0,0 30,100! 62,0"),
    Glyph("U", 1, "0,0 2,70 24,100 52,80 58,0! 60,98"),
    Glyph("d", 1, "48,48 20,42 2,66 12,96 36,92 50,66 | 52,0 50,98"),
    Glyph("f", 1, "50,8 32,0 22,20 20,100 | 2,42 44,40"),
    Glyph("r", 1, "4,34 4,98! 6,56 22,38 44,36"),
    Glyph("t", 1, "22,8 20,80 34,98 50,90 | 0,34 46,32"),
    Glyph("u", 1, "2,34 2,78 18,98 40,84 46,34! 48,98"),
    Glyph("pi", 1, "0,32 66,26 | 18,32 14,98 | 48,30 48,84 60,96"),
    Glyph("lambda", 1, "4,0 18,6 58,100 | 32,46 0,100"),
    Glyph("Sigma", 1, "58,4 2,2! 32,48! 0,98! 62,96"),
    Glyph("Psi", 1, "0,6 8,46 34,56 60,46 68,6 | 34,0 34,100"),
    Glyph("arrow", 1, "0,50 96,50! 68,26 | 96,50 68,76"),
    Glyph("spiral", 1, "50,50 58,44 62,56 48,66 34,54 42,32 66,28 84,52 70,86 34,90 10,58 20,18"),
)

# Of `outliers`, what holds no digit and no part of one.
DRAWN = ("letter", "scribble", "noise", "texture", "rules", "dots")


def rows(reader: Reader, least: float, count: int) -> Iterator[Row]:
    """The share of each kind that no answer of confidence `least` is given to, and of all."""
    refused = total = 0
    for kind, (goal, _, _) in KINDS.items():
        files = map(as_pgm, pictures(kind, count))
        answers = reader.read_many(files)
        sure = sum(bool(one.text) and (one.confidence or 0.0) >= least for one in answers)
        yield Row("refusal", kind, 1 - sure / count, count, goal)
        if goal is not None:
            refused += count - sure
            total += count
    note = f"confidence below {least:.4f}"
    yield Row("refusal", "all that have a goal", refused / total, total, GOAL, note=note)


def pictures(kind: str, count: int) -> Iterator[np.ndarray]:
    """`count` pictures uint8 (h, w) of a kind, always the same."""
    _, things, draw = KINDS[kind]
    place = list(KINDS).index(kind)
    for number in range(count):
        yield draw(things[number % len(things)], RandomStream(SEED, place, number))


def printed(text: str, random: RandomStream) -> np.ndarray:
    """A word in any of the fonts, scanned."""
    which, size, turn = random.values(3)
    files = font_files()
    size = 40 + int(50 * size)
    number = int(which * (len(files) + 1))
    font = (
        ImageFont.truetype(files[number], size)
        if number < len(files)
        else ImageFont.load_default(size)
    )
    left, top, right, bottom = font.getbbox(text)
    sheet = Image.new("L", (int(right - left) + size, int(bottom - top) + size))
    ImageDraw.Draw(sheet).text((size // 2 - left, size // 2 - top), text, 255, font)
    turned = sheet.rotate(12 * turn - 6, Image.Resampling.BICUBIC)
    return scan(np.asarray(turned), random)


def written(glyph: Glyph, random: RandomStream) -> np.ndarray:
    """A letter by some hand, scanned."""
    return scan(write([glyph], random)[0], random)


def font_files() -> list[Path]:
    """Those of `FONTS` that Matplotlib has brought; none without it."""
    try:
        files = distribution("matplotlib").files or []
    except PackageNotFoundError:
        return []
    return sorted(Path(str(file.locate())) for file in files if file.name in FONTS)


def outlier(kind: str, random: RandomStream) -> np.ndarray:
    """What training draws, from another seed."""
    return scan(outliers.KINDS[kind][1](random), random)


def scene(name: str, random: RandomStream) -> np.ndarray:
    """What a camera could take."""
    return scenes.SCENES[name](random)


# The share that is to be refused, what is drawn, and who draws it.
KINDS: dict[str, tuple[float | None, Sequence[Any], Draw]] = {
    "letters, printed": (GOAL, LETTERS, printed),
    "letters, written": (GOAL, WRITTEN, written),
    **{f"training's {kind}": (GOAL, (kind,), outlier) for kind in DRAWN},
    **{name: (GOAL, (name,), scene) for name in scenes.SCENES},
    "words": (None, WORDS, printed),
    "letters like digits": (None, LOOK_ALIKES, printed),
}
