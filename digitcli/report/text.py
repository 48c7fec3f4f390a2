"""Text from outside, made safe for a terminal."""

from __future__ import annotations


def visible(text: str, encoding: str = "utf-8") -> str:
    """`text` with whatever a terminal would obey, or `encoding` cannot say, spelled out.

    A file name must not drive the terminal: control characters, bidirectional marks and bytes that
    are no text become escapes such as \\x1b.
    """
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return shown.encode(encoding, "backslashreplace").decode(encoding)
