"""The two consoles, and the one JSON document.

Data goes to stdout, everything else to stderr.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from ..report.kit.page import Page, page_on
from ..report.kit.text import HANDLER, brief, visible, write_data

__all__ = [
    "brief",
    "err",
    "out",
    "output_to",
    "page",
    "page_on_stderr",
    "print_data",
    "print_error",
    "print_json",
    "print_traceback",
    "text_file",
    "visible",
]

if TYPE_CHECKING:
    from rich.console import Console


@cache
def out() -> Console:
    """The console on stdout: results for people."""
    from ..report.kit.safe_console import SafeConsole

    return SafeConsole()


@cache
def err() -> Console:
    """The console on stderr: progress, notes and errors."""
    from ..report.kit.safe_console import SafeConsole

    return SafeConsole(stderr=True)


def page() -> Page:
    """The page on stdout, for what has no tables: Rich is imported only for a terminal."""
    return page_on(sys.stdout)


def page_on_stderr() -> Page:
    """The page on stderr: notes that are no data."""
    return page_on(sys.stderr)


def print_json(document: dict[str, Any]) -> None:
    """Print one JSON document on stdout, without Rich (no colours, no wrapping).

    It is ASCII: a file name that is not UTF-8 and a terminal that is not either must not break it.
    """
    sys.stdout.write(json.dumps(document, allow_nan=False) + "\n")


def print_data(text: str) -> None:
    """Print lines of data, such as CSV, on stdout; a terminal gets no control characters."""
    write_data(sys.stdout, text)


def print_error(message: str, hint: str = "", details: tuple[str, ...] = ()) -> None:
    """Print a problem on stderr: one line, its details, and one that says what to try.

    A very long line loses its middle.
    """
    page = page_on(sys.stderr)
    page.write(("error: ", "bold red"), (brief(message, page.encoding), ""))
    for line in details:
        page.write((f"       {brief(line, page.encoding)}", ""))
    if hint:
        page.write(("hint:  ", "bold"), (brief(hint, page.encoding), ""))


def print_traceback(error: BaseException) -> None:
    """Print where an error came from, on stderr."""
    from traceback import format_exception

    page = page_on(sys.stderr)
    with contextlib.suppress(OSError):  # a full or closed stderr: the exit code still tells
        for line in "".join(format_exception(error)).splitlines():
            page.write((line, ""))


@contextlib.contextmanager
def output_to(path: Path | None) -> Iterator[None]:
    """Send what the block prints on stdout to `path`, whole or not at all; None changes nothing.

    Raises MachineError when the file cannot be written.
    """
    if path is None:
        yield
        return
    with text_file(path) as text, contextlib.redirect_stdout(text):
        yield


@contextlib.contextmanager
def text_file(path: Path) -> Iterator[TextIO]:
    """A text file that is written whole or not at all; UTF-8 everywhere. Raises MachineError."""
    from ..files import atomic_write

    with atomic_write(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", errors=HANDLER, newline="\n")
        yield text
        text.flush()
        text.detach()
