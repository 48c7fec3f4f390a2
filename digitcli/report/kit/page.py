"""Lines for people: styled on a terminal, plain anywhere else, where Rich is not even imported."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Protocol, TextIO, TypeAlias

from .text import visible

if TYPE_CHECKING:
    from rich.console import Console

Piece: TypeAlias = tuple[str, str]  # a text and its style, as Rich writes styles: "bold red"


class Page(Protocol):
    """Where lines are written. `greys` is whether every level of grey has a colour of its own.

    Control characters in a text are written as escapes.
    """

    encoding: str
    greys: bool

    def write(self, *pieces: Piece) -> None:
        """Write one line, however long, without wrapping it."""


class PlainPage:
    """A file, a pipe or a log: text without its styles."""

    greys = False

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.encoding = stream.encoding or "utf-8"

    def write(self, *pieces: Piece) -> None:
        """Write one line."""
        self._stream.write(visible("".join(text for text, _ in pieces)) + "\n")


class RichPage:
    """A terminal, as much of one as Rich finds it to be."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self.encoding = console.encoding
        colours = console.color_system in ("256", "truecolor")
        self.greys = colours and not console.no_color

    def write(self, *pieces: Piece) -> None:
        """Write one line."""
        from rich.text import Text

        safe = ((visible(text), style) for text, style in pieces)
        self._console.print(Text.assemble(*safe), soft_wrap=True)


def is_terminal(stream: TextIO) -> bool:
    """Whether `stream` takes styles, by the variables and in the order that Rich asks."""
    compatible = os.environ.get("TTY_COMPATIBLE", "")
    if compatible in ("0", "1"):
        return compatible == "1"
    forced = os.environ.get("FORCE_COLOR")
    return stream.isatty() if forced is None else forced != ""


def page_on(stream: TextIO) -> Page:
    """The page on `stream`, which is sys.stdout or sys.stderr, or stands in for one of them."""
    if not is_terminal(stream):
        return PlainPage(stream)
    from .safe_console import SafeConsole

    return RichPage(SafeConsole(stderr=stream is sys.stderr))
