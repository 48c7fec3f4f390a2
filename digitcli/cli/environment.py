"""Environment variables that would make a command fail before it starts."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from ..errors import UsageError

_WIDTHS = ("COLUMNS", "LINES", "TERMINAL_WIDTH", "JUPYTER_COLUMNS", "JUPYTER_LINES")
_SHELLS = ("bash", "zsh", "fish", "powershell", "pwsh")
COMPLETION = "_DIGITCLI_COMPLETE"


def ignore_bad_variables() -> None:
    """Remove variables that Rich, Typer or Matplotlib would fail on, or pad lines endlessly for.

    Widths and heights are 1 to 9999. Matplotlib needs no backend, because no window is opened.
    """
    for name in _WIDTHS:
        value = os.environ.get(name)
        if value is not None and not re.fullmatch("0{0,9}[1-9][0-9]{0,3}", value):
            del os.environ[name]
    os.environ.pop("MPLBACKEND", None)


def check_completion(variables: Mapping[str, str]) -> None:
    """Raise UsageError when a completion is asked for that does not exist."""
    asked = variables.get(COMPLETION)
    if not asked:
        return
    action, _, shell = asked.partition("_")
    if action not in ("complete", "source") or shell not in _SHELLS:
        choices = ", ".join(f"source_{name}" for name in _SHELLS)
        raise UsageError(
            f"{COMPLETION}={asked}: expected complete_SHELL or one of {choices}",
            f"unset {COMPLETION}; `digitcli --show-completion` shows what a shell needs",
        )
    if asked == "complete_bash":
        _check_words(variables)


def _check_words(variables: Mapping[str, str]) -> None:
    """Raise UsageError unless Bash gives the words of a line and the number of the current one."""
    number = variables.get("COMP_CWORD", "")
    if "COMP_WORDS" not in variables or not re.fullmatch("[0-9]{1,9}", number):
        raise UsageError(
            f"{COMPLETION}=complete_bash: expected COMP_WORDS and a number in COMP_CWORD, "
            f"found {number!r}",
            f"unset {COMPLETION}; Bash sets all three when Tab is pressed",
        )
