"""The mark in our drawings, which a later drawing may replace (files/outputs.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...files.outputs import MARK

if TYPE_CHECKING:
    from PIL.PngImagePlugin import PngInfo

MATPLOTLIB_PNG = {"Software": MARK}
MATPLOTLIB_SVG = {"Date": None, "Creator": MARK}


def png_mark() -> PngInfo:
    """The mark as Pillow writes it into a PNG."""
    from PIL.PngImagePlugin import PngInfo

    found = PngInfo()
    found.add_text("Software", MARK)
    return found
