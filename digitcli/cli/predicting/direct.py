"""`digitcli predict PICTURE...` without any option: nothing is left to parse.

Typer takes as long to import and to build one command as reading a picture takes in all
(benchmarks/LOG.md). What has an option, a default of the user's or a completion to answer goes
through Typer; a test holds that both ways give `predict` the same.
"""

from __future__ import annotations

import os

from ..common import defaults
from ..environment import COMPLETION

_COMMAND = "predict"


def names_alone(arguments: list[str]) -> list[str] | None:
    """The pictures of a command line that names nothing else; None where Typer has to read it.

    Raises UsageError where DIGITCLI_CONFIG names no file.
    """
    if arguments[:1] != [_COMMAND] or len(arguments) < 2 or COMPLETION in os.environ:
        return None
    names = arguments[1:]
    if any(name.startswith("-") and name != "-" for name in names):
        return None
    return None if defaults.may_be_set(_COMMAND) else names
