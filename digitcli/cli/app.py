"""One command from arguments to exit code: the one place where errors become exit codes."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from io import TextIOWrapper

from .. import interrupt
from ..errors import DigitError, ExitCode, reason_of
from ..report.kit.text import HANDLER
from . import console
from .common import verbosity
from .common.defaults import origin
from .environment import ignore_bad_variables
from .predicting.direct import plain_arguments

TYPE_CHECKING = False  # `typing` takes longer to import than all of this
if TYPE_CHECKING:
    from typing import Any, TextIO

_stdout = -1  # a duplicate of stdout's file descriptor; -1 where there is none


def open_streams() -> None:
    """Replace streams that the caller closed, and let all streams encode any character."""
    global _stdout
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115, PTH123
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors=HANDLER)
    ignore_bad_variables()
    with contextlib.suppress(OSError):  # no file descriptor left
        _stdout = os.dup(sys.stdout.fileno())


def main(arguments: list[str]) -> int:
    """Run one command and return how it ended, as one of `ExitCode`."""
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
        plain = plain_arguments(arguments)
        return _command(arguments) if plain is None else _predict(plain)
    except SystemExit as end:
        # Typer makes exit 1 of a broken pipe. The reader that closed it needs nothing more.
        piped = isinstance(end.__context__, BrokenPipeError)
        return _broken_pipe() if piped else _code_of(end)
    except BrokenPipeError:
        return _broken_pipe()
    except Exception as error:
        interrupt.check()  # a signal may have come out of the work as another error
        if "--debug" in arguments:
            console.print_traceback(error)
        return _report(error, as_json=not {"--json", "--jsonl"}.isdisjoint(arguments))


def _command(arguments: list[str]) -> int:
    """Run any command: Typer reads its arguments."""
    from .commands import app

    code = app(arguments or ["--help"], standalone_mode=False, prog_name="digitcli")
    return int(code or ExitCode.OK)


def _predict(arguments: dict[str, Any]) -> int:
    """Run `predict` with some of its arguments."""
    from .predict_run import run_with

    verbosity.set_quiet(False)
    verbosity.set_level(0)
    run_with(**arguments)
    return ExitCode.OK


def _code_of(end: SystemExit) -> int:
    return end.code if isinstance(end.code, int) else int(ExitCode.INTERNAL)


def _broken_pipe() -> int:
    """The exit code when a reader is gone: OK for stdout, ENVIRONMENT for stderr.

    The duplicate of stdout is asked, because Rich replaces a broken stdout by os.devnull.
    """
    import select

    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(
            sys.stdout.fileno() if _stdout < 0 else _stdout, 0
        )  # errors are always reported
        if not any(event & select.POLLERR for _, event in poll.poll(0)):
            return ExitCode.ENVIRONMENT
    return _discard(sys.stdout)


def _discard(stream: TextIO) -> int:
    """Discard what `stream` still holds, so that Python does not fail on it again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return ExitCode.OK


def _report(error: Exception, as_json: bool) -> int:
    """Print what went wrong and return its exit code."""
    message, hint, code = _describe(error)
    details = error.details if isinstance(error, DigitError) else ()
    # PARTIAL and GATE are raised after the command has printed its own document.
    if as_json and code not in (ExitCode.PARTIAL, ExitCode.GATE):
        document = {"schema": "digitcli.error/1", "error": message, "hint": hint}
        with contextlib.suppress(OSError):  # stdout is full or closed; stderr says it too
            console.print_json(document | {"details": list(details), "exit_code": int(code)})
    try:
        console.print_error(message, hint, details)
    except OSError:  # stderr is full or closed; the exit code says it too
        _discard(sys.stderr)
    return int(code)


def _describe(error: Exception) -> tuple[str, str, int]:
    """Message, hint and exit code of any exception that reaches the top."""
    if isinstance(error, DigitError):
        return str(error), error.hint, error.exit_code
    usage = getattr(error, "format_message", None)  # an error of Click, in Typer's copy or not
    if callable(usage):
        context = getattr(error, "ctx", None)
        path = context.command_path if context is not None else "digitcli"
        where = origin(error)
        said = str(usage()).removesuffix(".")
        return f"{said} (from {where})" if where else said, f"see `{path} --help`", ExitCode.USAGE
    if _is_out_of_processes(error):
        return (
            "the system refuses another thread or process",
            "allow more (`ulimit -u`, a container's limit), or use fewer --threads",
            ExitCode.ENVIRONMENT,
        )
    if isinstance(error, OSError):
        return _refusal(error), "", ExitCode.ENVIRONMENT
    if isinstance(error, MemoryError):
        return "not enough memory", "use smaller batches or fewer files", ExitCode.ENVIRONMENT
    return (
        f"internal error: {type(error).__name__}: {error}",
        "this is a bug: run again with `digitcli --debug ...` and report what it prints",
        ExitCode.INTERNAL,
    )


def _is_out_of_processes(error: Exception) -> bool:
    """Whether a thread or process could not be started: how Python reports either."""
    if isinstance(error, BlockingIOError):  # a stream that would block says how far it came
        return not hasattr(error, "characters_written")
    return isinstance(error, RuntimeError) and "start new thread" in str(error)


def _refusal(error: OSError) -> str:
    """What the system refused, and for which file if it names one."""
    name, reason = error.filename, reason_of(error)
    if name is not None:
        return f"{os.fsdecode(name) if isinstance(name, bytes) else name}: {reason}"
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return f"{'output could not be written' if full else 'input or output failed'}: {reason}"
