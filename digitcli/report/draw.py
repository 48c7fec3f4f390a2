"""The drawing page of `digitcli serve`: one document that asks nothing of any other server."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache

from .kit.markup import render

_BLOCK = re.compile(rb"<(script|style)[^>]*>(.*?)</\1>", re.DOTALL)


@cache
def drawing_page() -> tuple[bytes, str]:
    """The page in UTF-8, and its Content-Security-Policy.

    The policy allows exactly the script and the style in the page, and requests to its own server.
    """
    page = render("draw.html")
    hashes = {kind.decode(): _hash(text) for kind, text in _BLOCK.findall(page)}
    rules = (
        "default-src 'none'",
        f"script-src {hashes['script']}",
        f"style-src {hashes['style']}",
        "img-src data: blob:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
    return page, "; ".join(rules)


def _hash(text: bytes) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text).digest()).decode()}'"
