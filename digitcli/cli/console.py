"""The two consoles, and the one JSON document.

Data goes to stdout, everything else to stderr.
"""

from __future__ import annotations

import json
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

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
    """Print one JSON document on stdout, without Rich (no colours, no wrapping).

    It is ASCII: a file name that is not UTF-8 and a terminal that is not either must not break it.
    """
    sys.stdout.write(json.dumps(document, allow_nan=False) + "\n")


def print_error(message: str, hint: str = "") -> None:
    """Print a problem on stderr: one line, and one more that says what to try."""
    from rich.text import Text

    console = err()
    console.print(Text.assemble(("error: ", "bold red"), visible(message)), soft_wrap=True)
    if hint:
        console.print(Text.assemble(("hint:  ", "bold"), visible(hint)), soft_wrap=True)


def visible(text: str) -> str:
    """`text` with control characters spelled out: a file name must not drive the terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
