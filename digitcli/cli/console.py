"""All output: Rich consoles, printers of lines, JSON and files.

Data goes to stdout, everything else to stderr.
"""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, TextIO

from ..report.kit.printer import Printer, SilentPrinter, printer_on
from ..report.kit.text import HANDLER, brief, visible, write_data
from .common.verbosity import is_quiet

__all__ = [
    "brief",
    "err",
    "out",
    "output_to",
    "print_data",
    "print_error",
    "print_json",
    "print_traceback",
    "printer",
    "printer_on_stderr",
    "text_file",
    "visible",
]

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console


@cache
def out() -> Console:
    """The console on stdout: results for people."""
    from ..report.kit.safe_console import SafeConsole

    return SafeConsole()


def err() -> Console:
    """The console on stderr: progress and notes; with --quiet nothing."""
    return _err(is_quiet())


@cache
def _err(quiet: bool) -> Console:
    from ..report.kit.safe_console import SafeConsole

    return SafeConsole(stderr=True, quiet=quiet)


def printer() -> Printer:
    """The printer on stdout, for what has no tables: Rich is imported only for a terminal."""
    return printer_on(sys.stdout)


def printer_on_stderr() -> Printer:
    """The printer on stderr, for notes; with --quiet it writes nothing."""
    return SilentPrinter() if is_quiet() else printer_on(sys.stderr)


def print_json(document: dict[str, Any]) -> None:
    """Print one JSON document on stdout, without Rich (no colours, no wrapping).

    It is ASCII, so that file names and terminals that are not UTF-8 cannot break it.
    """
    import json

    sys.stdout.write(json.dumps(document, allow_nan=False) + "\n")


def print_data(text: str) -> None:
    """Print lines of data, such as CSV, on stdout; a terminal gets no control characters."""
    write_data(sys.stdout, text)


def print_error(message: str, hint: str = "", details: tuple[str, ...] = ()) -> None:
    """Print a problem on stderr: one line, its details, and one that says what to try.

    Very long lines are shortened in their middle.
    """
    printer = printer_on(sys.stderr)
    printer.write(("error: ", "bold red"), (brief(message, printer.encoding), ""))
    for line in details:
        printer.write((f"       {brief(line, printer.encoding)}", ""))
    if hint:
        printer.write(("hint:  ", "bold"), (brief(hint, printer.encoding), ""))


def print_traceback(error: BaseException) -> None:
    """Print where an error came from, on stderr."""
    from traceback import format_exception

    printer = printer_on(sys.stderr)
    with contextlib.suppress(OSError):  # stderr is full or closed; the exit code says it too
        for line in "".join(format_exception(error)).splitlines():
            printer.write((line, ""))


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
