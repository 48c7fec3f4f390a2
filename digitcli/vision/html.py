"""A reading as HTML for notebooks: the picture with a box around each digit, and the answer."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Sequence
from html import escape

from ..errors import DataError
from .files.decode import Limits
from .files.picture import Source, pixels_of_source
from .files.pillow import png_of
from .files.pixels import Pixels, size_of
from .normalize import Box

_MOST = 640  # pixels of the longer side on the page
_LEAST = 160
_COLOURS = {"sure": "#1a7f37", "doubt": "#bc4c00", "other": "#8c959f"}


def html_of(
    source: Source | None,
    boxes: Iterable[tuple[Box, str, str]],
    written: str,
    said: Sequence[str],
) -> str:
    """A fragment without scripts or links; the picture, if there is one, is inside.

    Each box has a kind ("sure", "doubt" or "other") and a text; `said` stands behind the answer.
    """
    texts = [f"<b>{escape(written) or '-'}</b>", *map(escape, said)]
    line = f'<div style="font-family:sans-serif">{" &#183; ".join(texts)}</div>'
    try:
        shown = (
            "" if source is None else _picture(pixels_of_source(source, Limits()), boxes, written)
        )
    except DataError:  # the file is gone
        shown = ""
    return f"<div>{shown}{line}</div>"


def _picture(pixels: Pixels, boxes: Iterable[tuple[Box, str, str]], written: str) -> str:
    height, width = size_of(pixels)
    scale = min(max(_LEAST, height, width), _MOST) / max(height, width)
    data = b64encode(png_of(pixels)).decode()
    return (
        f'<svg width="{width * scale:.0f}" height="{height * scale:.0f}" '
        f'viewBox="0 0 {width} {height}" role="img" aria-label="{escape(written)}">'
        f'<image href="data:image/png;base64,{data}" width="{width}" height="{height}"/>'
        f"{''.join(_box(*box) for box in boxes)}</svg>"
    )


def _box(box: Box, kind: str, text: str) -> str:
    x, y, width, height = box
    return (
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="none" '
        f'stroke="{_COLOURS[kind]}" stroke-width="2" vector-effect="non-scaling-stroke">'
        f"<title>{escape(text)}</title></rect>"
    )
