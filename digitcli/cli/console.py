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
from typing import TYPE_CHECKING, Any

from ..report.text import visible

__all__ = ["err", "out", "output_to", "print_error", "print_json", "visible"]

if TYPE_CHECKING:
    from rich.console import Console


@cache
def out() -> Console:
    """The console on stdout: results for people."""
    from rich.console import Console

    return Console(highlight=False)


@cache
def err() -> Console:
    """The console on stderr: progress, notes and errors."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def print_json(document: dict[str, Any]) -> None:
    """Print one JSON document on stdout, without Rich (no colours, no wrapping)."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:  # an ASCII terminal, or a file name that is no text
        text = json.dumps(document, allow_nan=False)
    sys.stdout.write(text + "\n")


def print_error(message: str, hint: str = "") -> None:
    """Print a problem on stderr: one line, and one more that says what to try."""
    from rich.text import Text

    console = err()
    console.print(Text.assemble(("error: ", "bold red"), visible(message)), soft_wrap=True)
    if hint:
        console.print(Text.assemble(("hint:  ", "bold"), visible(hint)), soft_wrap=True)


@contextlib.contextmanager
def output_to(path: Path | None) -> Iterator[None]:
    """Send what the block prints on stdout to `path`, whole or not at all; None changes nothing.

    Raises MachineError when the file cannot be written.
    """
    if path is None:
        yield
        return
    from ..files import atomic_write

    with atomic_write(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="\n")
        with contextlib.redirect_stdout(text):
            yield
        text.flush()
        text.detach()
