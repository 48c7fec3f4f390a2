"""A real terminal for the command line."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys


def on_a_terminal(arguments, cwd, **variables) -> bytes:
    """What `digitcli ARGUMENTS` writes to a pseudo-terminal of 256 colours; it must succeed."""
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "digitcli", *arguments]
    env = {**os.environ, "TERM": "xterm-256color", **variables}
    env = {name: value for name, value in env.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    with subprocess.Popen(command, stdout=theirs, cwd=cwd, env=env) as process:
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # that is how a pseudo-terminal says that it is over
            while piece := os.read(ours, 1 << 16):
                shown += piece
    os.close(ours)
    assert process.returncode == 0
    return shown
