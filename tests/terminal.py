"""A real terminal for the command line, and many commands in one process."""

from __future__ import annotations

import contextlib
import json
import os
import re
import struct
import subprocess
import sys

# Runs every list of arguments in turn; what each wrote ends with its exit code.
_EACH = """
import json, os, sys
from digitcli.cli.app import main, open_streams

open_streams()
for arguments in json.loads(sys.argv[1]):
    code = main([os.fsdecode(one.encode("utf-8", "surrogateescape")) for one in arguments])
    sys.stdout.flush()
    print(f"<exit {code:d}>", flush=True)
"""


def on_a_terminal(arguments, cwd, **variables) -> bytes:
    """What `digitcli ARGUMENTS` writes to a pseudo-terminal of 256 colours; it must succeed."""
    code, shown = in_a_terminal(
        [sys.executable, "-m", "digitcli", *arguments], cwd, **variables, all_streams=False
    )
    assert code == 0
    return shown


def each_in_a_terminal(commands, cwd, **options) -> list[tuple[int, str]]:
    """Exit code and output, errors too, of each list of arguments, run in one process."""
    command = [sys.executable, "-c", _EACH, json.dumps(commands)]
    code, shown = in_a_terminal(command, cwd, **options)
    assert code == 0, shown
    return endings(shown.decode().replace("\r\n", "\n"))


def each_in_a_pipe(commands, cwd, encoding="utf-8", **variables) -> list[tuple[int, str]]:
    """The same without a terminal; `encoding` is what they must have written."""
    command = [sys.executable, "-c", _EACH, json.dumps(commands)]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    done = subprocess.run(command, cwd=cwd, env=os.environ | variables, timeout=120, **streams)
    assert done.returncode == 0, done.stdout
    return endings(done.stdout.decode(encoding))


def endings(text: str) -> list[tuple[int, str]]:
    """Exit code and output of each command of `_EACH`."""
    parts = re.split(r"<exit (\d+)>\n", text)
    return [(int(code), shown) for shown, code in zip(parts[::2], parts[1::2], strict=False)]


def in_a_terminal(command, cwd, *, columns=80, all_streams=True, **variables) -> tuple[int, bytes]:
    """Exit code of a command on a pseudo-terminal, and what it wrote there."""
    import fcntl
    import termios

    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    without = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES")
    env = {name: value for name, value in os.environ.items() if name not in without}
    env |= {"TERM": "xterm-256color", **variables}
    others = {"stdin": theirs, "stderr": theirs} if all_streams else {}
    with subprocess.Popen(command, stdout=theirs, cwd=cwd, env=env, **others) as process:
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # that is how a pseudo-terminal says that it is over
            while piece := os.read(ours, 1 << 16):
                shown += piece
    os.close(ours)
    return process.returncode, shown
