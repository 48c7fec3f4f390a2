"""The page as one HTML file: nothing is loaded from anywhere, pictures are inside."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from html import escape
from importlib import resources
from io import BytesIO

from ...files.outputs import HTML_MARK
from .blocks import (
    RGB,
    Bars,
    Block,
    Flow,
    PageOf,
    Scale,
    Section,
    Sheet,
    Strip,
    Strips,
    Tile,
    Words,
)
from .canvas import NOTHING
from .typeset import typeset

_LARGE = 100  # pixels; such tiles stand further apart


def render(page: PageOf) -> bytes:
    """The whole document, UTF-8."""
    style = resources.files(__package__).joinpath("page.css").read_text("utf-8")
    body = "\n".join(_section(section) for section in page.sections)
    document = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
{HTML_MARK}
<title>{_text(page.title)}</title>
<style>
{style}</style>
</head>
<body>
<header>
<h1>{_text(page.title)}</h1>
<p>{_text(page.subtitle)}</p>
</header>
<main>
{body}
</main>
<footer><p>{_text(page.footer)}</p></footer>
</body>
</html>
"""
    return document.encode("utf-8", "backslashreplace")


def _text(text: str) -> str:
    return escape(typeset(text))


def _section(section: Section) -> str:
    blocks = "\n".join(_block(block) for block in section.blocks)
    kind = ' class="beside"' if section.beside else ""
    return (
        f'<section id="{escape(section.anchor)}">\n<h2>{_text(section.title)}</h2>\n'
        f"{_paragraph(section.text)}\n<div{kind}>\n{blocks}\n</div>\n</section>"
    )


def _paragraph(text: str) -> str:
    return f'<p class="text">{_text(text)}</p>'


def _block(block: Block) -> str:
    match block:
        case Words():
            return _paragraph(block.text)
        case Sheet():
            return _sheet(block)
        case Strips():
            strips = "\n".join(map(_strip, block.strips))
            below = _below(block.note, block.scale)
            return f'<figure>\n<div class="strips">\n{strips}\n</div>\n{below}</figure>'
        case Bars():
            return _bars(block)
        case Flow():
            return _flow(block)


def _sheet(sheet: Sheet) -> str:
    tiles = "\n".join(_tile(tile, sheet.size) for tile in sheet.tiles)
    below = _below(sheet.note, sheet.scale)
    kind = "sheet large" if sheet.size > _LARGE else "sheet"
    return f'<figure>\n<div class="{kind}">\n{tiles}\n</div>\n{below}</figure>'


def _tile(tile: Tile, size: int) -> str:
    height, width, _ = tile.image.shape
    shown = max(1, round(size * height / width))
    return (
        f'<div class="tile" style="width:{size}px"><img src="{_data(tile.image)}" '
        f'width="{size}" height="{shown}" alt="{_text(tile.alt)}" title="{_text(tile.alt)}">'
        f"<span>{_text(tile.label)}</span></div>"
    )


def _strip(strip: Strip) -> str:
    windows = "".join(_tile(tile, 40) for tile in strip.windows)
    return (
        f'<div class="strip"><h3>{_text(strip.title)}</h3>{_tile(strip.lead, 84)}'
        f'<div class="windows">{windows}</div>{_tile(strip.tail, 84)}</div>'
    )


def _below(note: str, scale: Scale | None) -> str:
    if not note and scale is None:
        return ""
    legend = ""
    if scale is not None:
        legend = (
            f'<span class="scale">{_text(scale.low)}<img src="{_data(scale.ramp)}" width="128" '
            f'height="12" alt="to">{_text(scale.high)}</span>'
        )
    return f"<figcaption>{legend}<span>{_text(note)}</span></figcaption>\n"


def _bars(bars: Bars) -> str:
    signed = any(bar.share < 0 for bar in bars.bars)
    rows = []
    for bar in bars.bars:
        length = 100 * abs(bar.share) / (2 if signed else 1)
        start = (50 - length * (bar.share < 0)) if signed else 0
        chosen = ' class="chosen"' if bar.chosen else ""
        rows.append(
            f"<tr{chosen}><th>{_text(bar.label)}</th><td><div><i "
            f'style="left:{start:.2f}%;width:{length:.2f}%"></i></div></td>'
            f"<td>{_text(bar.text)}</td></tr>"
        )
    return f'<table class="bars" aria-label="{_text(bars.alt)}">\n' + "\n".join(rows) + "\n</table>"


def _flow(flow: Flow) -> str:
    return '<ol class="flow">\n' + "\n".join(_boxes(flow)) + "\n</ol>"


def _boxes(flow: Flow) -> Iterator[str]:
    anchors = {"picture": "picture", "softmax": "picture"}
    for box in flow.boxes:
        target = escape(anchors.get(box.name, box.name))
        yield (
            f'<li><a href="#{target}"><i style="height:{box.height}px;width:{box.width}px"></i>'
            f"<b>{_text(box.name)}</b><span>{_text(box.shape)}</span>"
            f"<small>{_text(box.detail)}</small></a></li>"
        )


def _data(image: RGB) -> str:
    """A PNG file as an address, one pixel for each value."""
    from matplotlib.image import imsave

    buffer = BytesIO()
    imsave(buffer, image, format="png", metadata=NOTHING)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
