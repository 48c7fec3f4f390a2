"""`digitcli predict` with names and its most common options, without Typer.

Importing Typer and building one command takes as long as everything else does for one digit
(benchmarks/LOG.md). What is not in the tables here, and what has defaults of the user's or a
completion to answer, goes through Typer; a test compares the tables with Typer's options, and what
`predict` is given either way.
"""

from __future__ import annotations

import os

from ...signs import MODES
from ..common import defaults
from ..environment import COMPLETION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

COMMAND = "predict"

# Each option with its parameter, and what it makes of it.
FLAGS: dict[str, tuple[str, bool]] = {
    "--json": ("as_json", True),
    "--jsonl": ("as_jsonl", True),
    "--csv": ("as_csv", True),
    "--picture": ("picture", True),
    "--no-picture": ("picture", False),
}
VALUES: dict[str, tuple[str, dict[str, Any]]] = {
    "--digits": ("digits", {mode: mode for mode in MODES}),
    "--top": ("top", {str(count): count for count in range(1, 11)}),
}
LISTS = {"--weights": "weights", "-w": "weights"}


def plain_arguments(arguments: list[str]) -> dict[str, Any] | None:
    """The arguments of `predict` that a command line gives; None where Typer has to read it.

    Raises UsageError where DIGITCLI_CONFIG names no file.
    """
    if arguments[:1] != [COMMAND] or COMPLETION in os.environ:
        return None
    found = _read(arguments[1:])
    return None if found is None or defaults.may_be_set(COMMAND) else found


def _read(words: list[str]) -> dict[str, Any] | None:
    names: list[str] = []
    found: dict[str, Any] = {"pictures": names}
    rest = iter(words)
    for word in rest:
        if word == "-" or not word.startswith("-"):
            names.append(word)
        elif word in FLAGS:
            name, value = FLAGS[word]
            found[name] = value
        elif word in VALUES:
            name, values = VALUES[word]
            if (given := next(rest, None)) not in values:
                return None
            found[name] = values[given]
        elif word in LISTS:
            given = next(rest, "-")
            if given.startswith("-"):
                return None
            found.setdefault(LISTS[word], []).append(given)
        else:
            return None
    return found if names else None
