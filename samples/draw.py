"""Draw the sample pictures beside this file: `python samples/draw.py`.

Strokes are lists of points joined by a smooth curve and drawn with a round pen. Nothing here comes
from any data set.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

HERE = Path(__file__).parent
Points = list[tuple[float, float]]  # x right, y down, both 0 to 1

SEVEN: list[Points] = [[(0.1, 0.12), (0.45, 0.08), (0.9, 0.1), (0.7, 0.45), (0.45, 0.95)]]
TWO: list[Points] = [
    [(0.12, 0.3), (0.3, 0.06), (0.75, 0.1), (0.78, 0.4), (0.4, 0.7), (0.1, 0.92)],
    [(0.1, 0.92), (0.45, 0.86), (0.92, 0.92)],
]
FIVE: list[Points] = [
    [(0.85, 0.08), (0.5, 0.07), (0.25, 0.1)],
    [(0.25, 0.1), (0.22, 0.25), (0.2, 0.42)],
    [(0.2, 0.42), (0.5, 0.36), (0.82, 0.55), (0.75, 0.85), (0.4, 0.95), (0.12, 0.85)],
]
THREE: list[Points] = [
    [(0.15, 0.16), (0.45, 0.04), (0.8, 0.16), (0.75, 0.38), (0.42, 0.47)],
    [(0.42, 0.47), (0.8, 0.56), (0.85, 0.82), (0.5, 0.96), (0.12, 0.86)],
]


def curve(points: Points, steps: int = 40) -> np.ndarray:
    """A Catmull-Rom curve through all points, float (n, 2)."""
    p = np.array([points[0], *points, points[-1]], dtype=float)
    t = np.linspace(0, 1, steps)[:, None]
    parts = [
        0.5
        * (
            2 * b
            + (c - a) * t
            + (2 * a - 5 * b + 4 * c - d) * t**2
            + (3 * b - a - 3 * c + d) * t**3
        )
        for a, b, c, d in zip(p, p[1:], p[2:], p[3:], strict=False)
    ]
    return np.concatenate(parts)


def pen(size: tuple[int, int], strokes: list[Points], box: Points, width: float) -> np.ndarray:
    """How much ink lies on each pixel, float (height, width) from 0 to 1."""
    fine = 4
    canvas = Image.new("L", (size[0] * fine, size[1] * fine))
    brush = ImageDraw.Draw(canvas)
    (left, top), (right, bottom) = box
    for stroke in strokes:
        path = curve(stroke) * [(right - left) * fine, (bottom - top) * fine]
        path += [left * fine, top * fine]
        radius = width * fine / 2
        for x, y in path:
            brush.ellipse([x - radius, y - radius, x + radius, y + radius], fill=255)
        brush.line([tuple(point) for point in path], fill=255, width=round(2 * radius))
    small = canvas.resize(size, Image.Resampling.BOX).filter(ImageFilter.GaussianBlur(0.5))
    return np.asarray(small) / 255


def paper(size: tuple[int, int], tone: tuple[int, int, int], seed: int, grain: float) -> np.ndarray:
    """Slightly grainy paper under a light that falls off to the right, float (h, w, 3)."""
    rng = np.random.default_rng(seed)
    light = np.linspace(1.0, 0.94, size[0])[None, :, None]
    return np.array(tone) * light + rng.normal(0, grain, (size[1], size[0], 1))


def mixed(ground: np.ndarray, ink: np.ndarray, tone: tuple[int, int, int]) -> Image.Image:
    """Ink of one tone on the ground."""
    pixels = ground + ink[..., None] * (np.array(tone) - ground)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def main() -> None:
    """Write the four pictures."""
    size = (240, 320)
    ink = pen(size, SEVEN, [(60, 70), (180, 255)], 9)
    mixed(paper(size, (246, 243, 232), 7, 2.0), ink, (28, 34, 60)).save(HERE / "seven.png")

    size = (400, 300)
    ink = pen(size, TWO, [(130, 60), (260, 245)], 13)
    board = mixed(paper(size, (38, 62, 50), 2, 3.0), ink, (225, 228, 220))
    board.save(HERE / "two-on-a-board.jpg", quality=88)

    size = (64, 64)
    ink = pen(size, FIVE, [(14, 8), (48, 56)], 4)
    alpha = np.zeros((64, 64, 4), dtype=np.uint8)
    alpha[..., 3] = np.rint(ink * 255)
    Image.fromarray(alpha).save(HERE / "five-transparent.png")

    size = (90, 120)
    ink = pen(size, THREE, [(24, 22), (66, 98)], 5)
    pencil = mixed(paper(size, (235, 235, 235), 3, 2.5), ink * 0.6, (90, 90, 95))
    pencil.convert("L").save(HERE / "three-pencil.png")


if __name__ == "__main__":
    main()
