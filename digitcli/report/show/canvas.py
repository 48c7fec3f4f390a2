"""A tall white sheet in pixels: what goes onto it is kept until its height is known."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import numpy.typing as npt

from ...errors import UsageError
from ..kit.marked import MATPLOTLIB_PNG
from .blocks import RGB
from .typeset import typeset

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.text import Text

WIDTH = 1200
MARGIN = 40
INNER = WIDTH - 2 * MARGIN
MOST_HEIGHT = 65_000  # pixels; Matplotlib draws fewer than 65,536

INK, SOFT, LINE, ACCENT = "#1c1e21", "#5b6168", "#d5dade", "#0063a6"

NOTHING: dict[str, Any] = {"Software": None}  # so that equal pictures are equal bytes
ARROW = "\N{RIGHTWARDS ARROW}"

_DPI = 100
_CHARACTER = 0.62  # width of an average character over the size of its font, generously
_LEADING = 1.45


@dataclass
class Canvas:
    """Collects drawing in pixels from the top left; `y` is where the next thing goes.

    `images` holds the rectangles (left, top, right, bottom) that pictures fill.
    """

    y: float = MARGIN
    images: list[tuple[int, int, int, int]] = field(default_factory=list)
    _paint: list[Callable[[RGB], object]] = field(default_factory=list)
    _texts: list[Callable[[Figure, int], Text]] = field(default_factory=list)

    def image(self, x: float, y: float, width: float, height: float, image: RGB) -> None:
        """Place an RGB image, each of its values a rectangle, with a line around it."""
        left, top, right, bottom = rectangle = _whole(x, y, width, height)
        rows = np.arange(bottom - top) * image.shape[0] // (bottom - top)
        columns = np.arange(right - left) * image.shape[1] // (right - left)

        def paint(sheet: RGB) -> None:
            sheet[top:bottom, left:right] = image[rows[:, None], columns]

        self.images.append(rectangle)
        self.box(left - 1, top - 1, right - left + 2, bottom - top + 2, fill=LINE)
        self._paint.append(paint)

    def box(
        self, x: float, y: float, width: float, height: float, *, fill: str, edge: str = ""
    ) -> None:
        """Place a filled rectangle, with a line of one pixel along its inside if asked for."""
        left, top, right, bottom = _whole(x, y, width, height)
        if edge:
            self.box(left, top, right - left, bottom - top, fill=edge)
            left, top, right, bottom = left + 1, top + 1, right - 1, bottom - 1

        def paint(sheet: RGB) -> None:
            sheet[top:bottom, left:right] = _rgb(fill)

        self._paint.append(paint)

    def text(self, x: float, y: float, text: str, size: float = 13, **style: Any) -> None:
        """Place one line; `size` is in pixels, and y its upper edge."""
        options: dict[str, Any] = {"color": INK, "ha": "left", "va": "top", "parse_math": False}
        options |= style

        def write(figure: Figure, height: int) -> Text:
            place = (x / WIDTH, 1 - y / height)
            return figure.text(*place, plain(text), fontsize=size * 72 / _DPI, **options)

        self._texts.append(write)

    def paragraph(self, text: str, size: float = 14, **style: Any) -> None:
        """Place text over the whole width, in as many lines as it needs, and go below it."""
        for line in textwrap.wrap(typeset(text), int(INNER / (size * _CHARACTER))):
            self.text(MARGIN, self.y, line, size, **style)
            self.y += size * _LEADING

    def draw(self) -> tuple[RGB, list[Text]]:
        """Everything, as tall as it has become: the picture, and the texts that are on it.

        Raises UsageError when it has become too tall.
        """
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        height = round(self.y + MARGIN)
        if height > MOST_HEIGHT:
            raise UsageError(
                f"--out: the page is {height:,} pixels tall, a PNG at most {MOST_HEIGHT:,}",
                hint="choose a name that ends in .html",
            )
        figure = Figure(figsize=(WIDTH / _DPI, height / _DPI), dpi=_DPI)
        agg = FigureCanvasAgg(figure)
        renderer = agg.get_renderer()
        # Pixels go straight into the renderer's memory: Matplotlib would resample millions of them.
        sheet: npt.NDArray[np.uint8] = np.asarray(agg.buffer_rgba())
        sheet[...] = 255
        for paint in self._paint:
            paint(sheet[..., :3])
        texts = [write(figure, height) for write in self._texts]
        for text in texts:
            text.draw(renderer)
        return sheet[..., :3], texts

    def save(self, file: BinaryIO) -> None:
        """Write everything as a PNG."""
        from matplotlib.image import imsave

        imsave(file, self.draw()[0], format="png", metadata=MATPLOTLIB_PNG)


def _whole(x: float, y: float, width: float, height: float) -> tuple[int, int, int, int]:
    """Left, top, right and bottom in whole pixels, at least one wide and high."""
    left, top = round(x), round(y)
    return left, top, left + max(1, round(width)), top + max(1, round(height))


def _rgb(colour: str) -> tuple[int, ...]:
    """The parts of a colour like "#0063a6"."""
    return tuple(bytes.fromhex(colour[1:]))


def plain(text: str) -> str:
    """Text that the font of the picture has: other letters become escapes."""
    kept = (
        typeset(text)
        .replace("\N{MINUS SIGN}", "\0")
        .replace(ARROW, "\1")
        .encode("latin-1", "backslashreplace")
    )
    return kept.decode("latin-1").replace("\0", "\N{MINUS SIGN}").replace("\1", ARROW)
