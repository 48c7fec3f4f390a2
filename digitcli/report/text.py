"""Text from outside, made safe for a terminal."""

from __future__ import annotations


def visible(text: str, encoding: str = "utf-8") -> str:
    """`text` with whatever a terminal would obey, or `encoding` cannot say, spelled out.

    A file name must not drive the terminal: control characters, bidirectional marks and bytes that
    are no text become escapes such as \\x1b.
    """
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return shown.encode(encoding, "backslashreplace").decode(encoding)


def cells(text: str) -> int:
    """How many columns of a terminal `text` takes; some characters take two."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # only here: Rich takes its time to load

    return cell_len(text)


def can_encode(encoding: str, characters: str) -> bool:
    """Whether an encoding has these characters."""
    try:
        characters.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
