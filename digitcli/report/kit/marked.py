"""The mark of a drawing of ours: a later one may take its place (files/outputs.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...files.outputs import MARK

if TYPE_CHECKING:
    from PIL.PngImagePlugin import PngInfo

MATPLOTLIB_PNG = {"Software": MARK}
MATPLOTLIB_SVG = {"Date": None, "Creator": MARK}


def png_mark() -> PngInfo:
    """What Pillow writes before the pixels."""
    from PIL.PngImagePlugin import PngInfo

    found = PngInfo()
    found.add_text("Software", MARK)
    return found
