"""Paper as darkness, on which lines and ink are laid.

float32 (h, w): 0 is bare paper and 1 as dark as the darkest ink.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

Dark = npt.NDArray[np.float32]


class Sheet:
    """A canvas (h, w) for lines and print, over which ink is laid later."""

    def __init__(self, height: int, width: int) -> None:
        self.dark: Dark = np.zeros((height, width), np.float32)

    def lines(
        self,
        lines: list[tuple[float, float, float, float]],
        thick: float,
        strength: float,
        dotted: bool = False,
    ) -> None:
        """Straight lines (x0, y0, x1, y1), `thick` pixels wide, soft at the edges."""
        fine = 2
        rows, columns = self.dark.shape
        sheet = Image.new("L", (columns * fine, rows * fine))
        pen = ImageDraw.Draw(sheet)
        for line in lines:
            x0, y0, x1, y1 = (fine * value for value in line)
            if not dotted:
                pen.line((x0, y0, x1, y1), 255, max(1, round(thick * fine)))
                continue
            long = math.dist((x0, y0), (x1, y1)) or 1.0
            step = 3.2 * thick * fine
            for at in np.arange(0, long, step):
                x, y = x0 + (x1 - x0) * at / long, y0 + (y1 - y0) * at / long
                pen.ellipse((x, y, x + thick * fine, y + thick * fine), 255)
        soft = np.asarray(sheet.reduce(fine), np.float32) * np.float32(strength / 255)
        np.maximum(self.dark, soft, out=self.dark)

    def paste(self, ink: npt.NDArray[np.uint8], x: float, y: float, strength: float) -> None:
        """Ink uint8 with its upper left corner at (x, y); what lies outside is cut off."""
        left, top = round(x), round(y)
        rows, columns = self.dark.shape
        inside = ink[max(0, -top) : max(0, rows - top), max(0, -left) : max(0, columns - left)]
        if inside.size == 0:
            return
        top, left = max(0, top), max(0, left)
        part = self.dark[top : top + inside.shape[0], left : left + inside.shape[1]]
        np.maximum(part, inside * np.float32(strength / 255), out=part)
