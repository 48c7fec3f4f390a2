"""HTML pages that hold everything in one file: no script, and nothing to fetch.

The pages are the Jinja templates in `report/templates`, over one stylesheet. Jinja escapes every
text, and a name that a template uses but nobody gave is an error. Jinja is imported only when a
page is made.
"""

from __future__ import annotations

import base64
from functools import cache
from typing import TYPE_CHECKING, Any

from ...files.outputs import HTML_MARK
from .text import visible_lines

if TYPE_CHECKING:
    from jinja2 import Environment


def render(template: str, **values: Any) -> bytes:
    """The page that `template` makes of `values`, in UTF-8."""
    return _environment().get_template(template).render(values).encode()


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    found = Environment(
        loader=PackageLoader("digitcli.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    found.filters |= {"typeset": _typeset, "address": _address}
    found.globals["mark"] = _safe(HTML_MARK)
    return found


def _visible(value: Any) -> Any:
    """What a template writes: control characters of a text as escapes, markup as it is."""
    plain = isinstance(value, str) and not hasattr(value, "__html__")
    return visible_lines(value) if plain else value


def _typeset(text: str) -> str:
    """`text` with a multiplication sign for " x ", and without line breaks there and before " %".

    It is escaped here, because `_visible` would write no-break spaces as escapes.
    """
    from markupsafe import escape

    text = visible_lines(text).replace(" x ", " \N{MULTIPLICATION SIGN} ")
    for sign in (" \N{MULTIPLICATION SIGN} ", " %"):
        text = text.replace(sign, sign.replace(" ", "\N{NO-BREAK SPACE}"))
    return escape(text)


def _address(png: bytes) -> str:
    """A PNG file as an address that holds it."""
    return _safe("data:image/png;base64," + base64.b64encode(png).decode())


def _safe(text: str) -> str:
    """Text that is markup already."""
    from markupsafe import Markup

    return Markup(text)
