"""Variables of the environment that would end a command before it has begun."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from ..errors import UsageError

_WIDTHS = ("COLUMNS", "LINES", "TERMINAL_WIDTH", "JUPYTER_COLUMNS", "JUPYTER_LINES")
_SHELLS = ("bash", "zsh", "fish", "powershell", "pwsh")
_COMPLETION = "_DIGITCLI_COMPLETE"


def ignore_nonsense() -> None:
    """Remove what Rich, Typer and Matplotlib would fail on, or fill lines without end for.

    Widths and heights are 1 to 9999. No window is ever opened, so Matplotlib needs no backend.
    """
    for name in _WIDTHS:
        value = os.environ.get(name)
        if value is not None and not re.fullmatch("0{0,9}[1-9][0-9]{0,3}", value):
            del os.environ[name]
    os.environ.pop("MPLBACKEND", None)


def check_completion(variables: Mapping[str, str]) -> None:
    """Raise UsageError when a shell, or somebody, asks for a completion that there is not."""
    asked = variables.get(_COMPLETION)
    if not asked:
        return
    action, _, shell = asked.partition("_")
    if action not in ("complete", "source") or shell not in _SHELLS:
        choices = ", ".join(f"source_{name}" for name in _SHELLS)
        raise UsageError(
            f"{_COMPLETION}={asked}: expected complete_SHELL or one of {choices}",
            f"unset {_COMPLETION}; `digitcli --show-completion` shows what a shell needs",
        )
    if asked == "complete_bash":
        _check_words(variables)


def _check_words(variables: Mapping[str, str]) -> None:
    """Bash says which words there are, and which of them is being typed."""
    number = variables.get("COMP_CWORD", "")
    if "COMP_WORDS" not in variables or not re.fullmatch("[0-9]{1,9}", number):
        raise UsageError(
            f"{_COMPLETION}=complete_bash: expected COMP_WORDS and a number in COMP_CWORD, "
            f"found {number!r}",
            f"unset {_COMPLETION}; Bash sets all three when Tab is pressed",
        )
