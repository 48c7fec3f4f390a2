"""HTML pages that hold everything in one file: no script, and nothing to fetch.

Built as a tree, so that every text is escaped by the one who writes the tree out.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from importlib import resources
from typing import TYPE_CHECKING, TypeAlias
from xml.etree import ElementTree

from .text import visible

if TYPE_CHECKING:
    from .plots import Drawing

Node: TypeAlias = ElementTree.Element
Child: TypeAlias = "Node | str"


def tag(name: str, /, *children: Child, **attributes: str) -> Node:
    """An element with texts and elements in it; `class_` stands for the attribute `class`."""
    node = ElementTree.Element(
        name, {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
    )
    for child in children:
        if not isinstance(child, str):
            node.append(child)
        elif len(node):
            node[-1].tail = (node[-1].tail or "") + _visible(child)
        else:
            node.text = (node.text or "") + _visible(child)
    return node


def _visible(text: str) -> str:
    """Lines stay; what else is invisible becomes escapes, which no document forbids."""
    return "\n".join(map(visible, text.split("\n")))


def section(title: str, *children: Child) -> Node:
    """A part of a page, under its heading."""
    return tag("section", tag("h2", title), *children)


def facts(pairs: Iterable[tuple[str, Child]]) -> Node:
    """Names and values in two columns."""
    rows = [tag("tr", tag("th", name, scope="row"), tag("td", value)) for name, value in pairs]
    return tag("table", tag("tbody", *rows), class_="facts")


def table(
    heads: Iterable[str], rows: Iterable[Iterable[str]], foot: Iterable[str] = (), words: int = 1
) -> Node:
    """A table whose first `words` columns hold words and the others numbers."""

    def line(cells: Iterable[str], kind: str) -> Node:
        classes = ("word" if at < words else "number" for at, _ in enumerate(cells))
        pairs = zip(cells, classes, strict=True)
        return tag("tr", *(tag(kind, cell, class_=name) for cell, name in pairs))

    body = tag("tbody", *(line([*row], "td") for row in rows))
    parts = [tag("thead", line([*heads], "th")), body]
    if foot := [*foot]:
        parts.append(tag("tfoot", line(foot, "td")))
    return tag("div", tag("table", *parts), class_="wide")


def picture(drawing: Drawing, alt: str, caption: str) -> Node:
    """A picture inside the page, on white whatever the page's colour."""
    data = "data:image/png;base64," + base64.b64encode(drawing.png).decode()
    image = tag("img", src=data, alt=alt, width=str(drawing.width))
    return tag("figure", tag("div", image, class_="wide"), tag("figcaption", caption))


def commands(lines: Iterable[str]) -> Node:
    """Commands to copy, one on each line."""
    return tag("pre", tag("code", "\n".join(lines)))


def page(title: str, *children: Child) -> bytes:
    """The whole document, in UTF-8."""
    style = resources.files(__package__).joinpath("page.css").read_text("utf-8")
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", title),
        tag("style", style),
    )
    tree = tag("html", head, tag("body", tag("main", *children)), lang="en")
    text = ElementTree.tostring(tree, "unicode", method="html")
    return f"<!doctype html>\n{text}\n".encode()
