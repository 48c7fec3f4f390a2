"""Lines of text for people: styled on a terminal, plain elsewhere, without importing Rich."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Protocol, TextIO, TypeAlias

from .text import visible

if TYPE_CHECKING:
    from rich.console import Console

Piece: TypeAlias = tuple[str, str]  # a text and its style, as Rich writes styles: "bold red"


class Printer(Protocol):
    """Writes lines. `greys` says whether every level of grey can be shown.

    Control characters in a text are written as escapes.
    """

    encoding: str
    greys: bool

    def write(self, *pieces: Piece) -> None:
        """Write one line, however long, without wrapping it."""


class PlainPrinter:
    """Writes to a file, a pipe or a log: texts without styles."""

    greys = False

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.encoding = stream.encoding or "utf-8"

    def write(self, *pieces: Piece) -> None:
        """Write one line."""
        self._stream.write(visible("".join(text for text, _ in pieces)) + "\n")


class SilentPrinter:
    """Writes nothing."""

    encoding = "utf-8"
    greys = False

    def write(self, *pieces: Piece) -> None:
        """Drop the line."""


class RichPrinter:
    """Writes to a terminal, with the styles that Rich finds it can show."""

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
    """Whether `stream` takes styles. Reads the same variables as Rich, in the same order."""
    compatible = os.environ.get("TTY_COMPATIBLE", "")
    if compatible in ("0", "1"):
        return compatible == "1"
    forced = os.environ.get("FORCE_COLOR")
    return stream.isatty() if forced is None else forced != ""


def printer_on(stream: TextIO) -> Printer:
    """The printer on `stream`, which is sys.stdout, sys.stderr or a replacement of one of them."""
    if not is_terminal(stream):
        return PlainPrinter(stream)
    from .safe_console import SafeConsole

    return RichPrinter(SafeConsole(stderr=stream is sys.stderr))
