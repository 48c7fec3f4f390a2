"""The application, and the one place where errors become exit codes."""

from __future__ import annotations

import contextlib
import errno
import os
import select
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, TextIO

import typer

from .. import interrupt
from ..errors import DigitError, ExitCode
from ..report.kit.text import HANDLER
from ..version import __version__
from . import console
from .commands import LazyGroup
from .environment import ignore_nonsense

app = typer.Typer(
    cls=LazyGroup,
    name="digitcli",
    help="Read handwritten digits: train with TensorFlow, run with C++.",
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(context: typer.Context, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:  # no answer to a shell that completes a line
        typer.echo(f"digitcli {__version__}")
        raise typer.Exit


@app.callback()
def digitcli(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show it.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
) -> None:
    """Read handwritten digits: train with TensorFlow, run with C++."""


_stdout = -1  # a second handle of stdout, or none yet


def open_streams() -> None:
    """Give the process streams where the caller closed them, and none that refuses a character."""
    global _stdout
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors=HANDLER)
    ignore_nonsense()
    with contextlib.suppress(OSError):  # no handle left
        _stdout = os.dup(sys.stdout.fileno())


def main(arguments: list[str]) -> int:
    """Run one command; every way it can end becomes one of `ExitCode`."""
    code = _run(arguments)
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _discard(sys.stdout)
    except OSError as error:
        _discard(sys.stdout)
        code = code or _report(error, as_json=False)
    return code


def _run(arguments: list[str]) -> int:
    try:
        code = app(arguments or ["--help"], standalone_mode=False, prog_name="digitcli")
        return int(code or ExitCode.OK)
    except SystemExit as end:
        # Typer turns a broken pipe into exit 1; whoever closed it has what they wanted.
        piped = isinstance(end.__context__, BrokenPipeError)
        return _broken_pipe() if piped else _code_of(end)
    except BrokenPipeError:
        return _broken_pipe()
    except Exception as error:
        interrupt.check()  # what was being done may have made an error of its own of it
        if "--debug" in arguments:
            console.print_traceback(error)
        return _report(error, as_json=not {"--json", "--jsonl"}.isdisjoint(arguments))


def _code_of(end: SystemExit) -> int:
    return end.code if isinstance(end.code, int) else int(ExitCode.INTERNAL)


def _broken_pipe() -> int:
    """Nobody reads stdout any more, which is fine; a lost stderr cut the work short.

    The second handle is asked: Rich puts os.devnull in the place of a stdout that broke.
    """
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(sys.stdout.fileno() if _stdout < 0 else _stdout, 0)  # errors always count
        if not any(event & select.POLLERR for _, event in poll.poll(0)):
            return ExitCode.ENVIRONMENT
    return _discard(sys.stdout)


def _discard(stream: TextIO) -> int:
    """Send to nowhere what `stream` still holds, or Python would fail on it once more at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return ExitCode.OK


def _report(error: Exception, as_json: bool) -> int:
    """Print what went wrong and return its exit code."""
    message, hint, code = _describe(error)
    details = error.details if isinstance(error, DigitError) else ()
    # Those two come after a command has printed its own document.
    if as_json and code not in (ExitCode.PARTIAL, ExitCode.GATE):
        document = {"schema": "digitcli.error/1", "error": message, "hint": hint}
        with contextlib.suppress(OSError):  # a full or closed stdout: stderr still tells
            console.print_json(document | {"details": list(details), "exit_code": int(code)})
    try:
        console.print_error(message, hint, details)
    except OSError:  # a full or closed stderr: the exit code still tells
        _discard(sys.stderr)
    return int(code)


def _describe(error: Exception) -> tuple[str, str, int]:
    """Message, hint and exit code of any exception that reaches the top."""
    if isinstance(error, DigitError):
        return str(error), error.hint, error.exit_code
    usage = getattr(error, "format_message", None)  # Click's own errors, vendored in Typer or not
    if callable(usage):
        context = getattr(error, "ctx", None)
        path = context.command_path if context is not None else "digitcli"
        return str(usage()), f"see `{path} --help`", ExitCode.USAGE
    if isinstance(error, OSError):
        return _refusal(error), "", ExitCode.ENVIRONMENT
    if isinstance(error, MemoryError):
        return "not enough memory", "use smaller batches or fewer files", ExitCode.ENVIRONMENT
    return (
        f"internal error: {type(error).__name__}: {error}",
        "this is a bug: run again with `digitcli --debug ...` and report what it prints",
        ExitCode.INTERNAL,
    )


def _refusal(error: OSError) -> str:
    """What the system refused, and of which file if it says so."""
    name, reason = error.filename, (error.strerror or str(error) or type(error).__name__).lower()
    if name is not None:
        return f"{os.fsdecode(name) if isinstance(name, bytes) else name}: {reason}"
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return f"{'output could not be written' if full else 'input or output failed'}: {reason}"
