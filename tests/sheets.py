"""Sheets of `digitcli adapt --sheet` that tests fill in and photograph."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from digitcli.data.drawn.handwriting import draw
from digitcli.report.sheet import draw_sheet
from digitcli.vision.sheet.form import WIDTH, cells

Corners = tuple[tuple[float, float], ...]

FLAT: Corners = ((0.12, 0.1), (0.88, 0.1), (0.88, 0.9), (0.12, 0.9))
STEEP: Corners = ((0.2, 0.12), (0.83, 0.16), (0.95, 0.93), (0.06, 0.88))  # from below, tilted


def filled(columns: int = 12, seed: int = 5) -> tuple[Image.Image, list[int]]:
    """A sheet with drawn digits in the first cells of each row, and their labels in order."""
    page = draw_sheet()
    page = page.resize((page.width // 2, page.height // 2), Image.Resampling.BOX)
    scale = page.width / WIDTH
    chosen = [cell for cell in cells() if cell.column < columns]
    inks = _by_digit(30 + 25 * columns, seed)
    for cell in chosen:
        x, y, width, height = cell.box
        ink = Image.fromarray(inks[cell.digit].pop())
        factor = min(width * scale * 0.8 / ink.width, height * scale * 0.8 / ink.height)
        ink = ink.resize((round(ink.width * factor), round(ink.height * factor)))
        left = round((x + width / 2) * scale - ink.width / 2)
        top = round((y + height / 2) * scale - ink.height / 2)
        page.paste(40, (left, top), ink)
    return page, [cell.digit for cell in chosen]


def _by_digit(count: int, seed: int) -> dict[int, list[np.ndarray]]:
    """Ink of drawn digits, 255 where the pen was, by digit."""
    found: dict[int, list[np.ndarray]] = {digit: [] for digit in range(10)}
    for drawing in draw(count, seed):
        picture = np.asarray(drawing.picture).astype(int)
        paper = picture.max()
        ink = np.clip((paper - picture) * 255 // max(1, paper - picture.min()), 0, 255)
        if (paper - picture.min()) > 120:
            found[drawing.label].append(np.where(ink > 60, ink, 0).astype(np.uint8))
    return found


def photograph(
    page: Image.Image,
    corners: Corners = FLAT,
    size: tuple[int, int] = (900, 1200),
    turn: int = 0,
    shadow: float = 0.0,
    desk: int = 70,
    blur: float = 0.6,
    seed: int = 0,
) -> Image.Image:
    """The page on a desk: `corners` are where its own lie in the picture, as shares of it.

    `turn` is degrees, anticlockwise; `shadow` how much of the light is missing at the darkest.
    """
    width, height = size
    places = [(x * width, y * height) for x, y in corners]
    shown = page.transform(size, Image.Transform.PERSPECTIVE, _back(places, page.size), _CUBIC)
    whole = Image.new("L", page.size, 255)
    there = whole.transform(size, Image.Transform.PERSPECTIVE, _back(places, page.size))
    picture = Image.composite(shown, Image.new("L", size, desk), there)
    picture = picture.rotate(turn, expand=True, fillcolor=desk, resample=_CUBIC)
    light = 0.92 - shadow / (1 + np.exp(-_diagonal(picture.size) * 12))
    noise = np.random.default_rng(seed).normal(0, 3, (picture.height, picture.width))
    lit = np.asarray(picture.filter(ImageFilter.GaussianBlur(blur))) * light + noise
    return Image.fromarray(np.clip(lit, 0, 255).astype(np.uint8))


_CUBIC = Image.Resampling.BICUBIC


def _diagonal(size: tuple[int, int]) -> np.ndarray:
    """-1/2 to 1/2 across a picture, slantwise."""
    across, down = np.linspace(0, 1, size[0]), np.linspace(0, 1, size[1])
    return (across[None] + down[:, None]) / 2 - 0.5


def _back(places: list[tuple[float, float]], size: tuple[int, int]) -> list[float]:
    """Pillow's eight numbers, which take places of the photograph back to the page."""
    width, height = size
    rows, values = [], []
    for (x, y), (u, v) in zip(
        places, [(0, 0), (width, 0), (width, height), (0, height)], strict=True
    ):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    return list(np.linalg.solve(np.array(rows), np.array(values)))
