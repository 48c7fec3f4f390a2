"""Run a command or a call of the library, and say how it ended."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from pathlib import Path

from disk.promises import Ended

from digitcli.cli.app import main
from digitcli.errors import DigitError


def command(*arguments: str) -> Callable[[Path], Ended]:
    """`digitcli ARGUMENTS` in this process."""

    def run(folder: Path) -> Ended:
        said = io.StringIO()
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(said):
            code = main(list(arguments))
        return Ended(int(code), said.getvalue())

    return run


def call(work: Callable[[Path], object]) -> Callable[[Path], Ended]:
    """A call of the library; any error that is no DigitError is exit 1, as in the command."""

    def run(folder: Path) -> Ended:
        try:
            work(folder)
        except DigitError as error:
            return Ended(int(error.exit_code), f"error: {error}\nhint: {error.hint}")
        except Exception as error:
            return Ended(1, f"error: Traceback: {type(error).__name__}: {error}")
        return Ended(0)

    return run
