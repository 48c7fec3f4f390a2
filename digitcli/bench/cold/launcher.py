"""A small process that starts whole processes, and measures each from start to end.

It is a process of its own because the kernel counts a child's peak memory from the fork: whoever
starts it must be small. Run as a script, so that nothing but this file is imported.

Requests come as JSON lines on stdin: {"command": [...], "timeout": seconds}. Each is answered by
one line: {"seconds", "peak_bytes" and "cpu_seconds" (null where the system does not tell), "code",
"stdout", "last_words"}.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from typing import Any


def launch(command: list[str], timeout: float) -> dict[str, Any]:
    """Run `command` to its end; kill it after `timeout` seconds."""
    with tempfile.TemporaryFile() as stderr:
        start = time.perf_counter()
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr
        )
        patience = threading.Timer(timeout, child.kill)
        patience.daemon = True
        patience.start()
        assert child.stdout is not None, "Popen was asked for a pipe"
        with child.stdout:
            stdout = child.stdout.read()
        code, peak, cpu = _wait(child)
        seconds = time.perf_counter() - start
        patience.cancel()
        stderr.seek(0)
        said = stderr.read().decode(errors="replace").strip().splitlines()
    return {
        "seconds": seconds,
        "peak_bytes": peak,
        "cpu_seconds": cpu,
        "code": code,
        "stdout": stdout.decode(errors="replace"),
        "last_words": said[-1] if said else "",
    }


def _wait(child: subprocess.Popen[bytes]) -> tuple[int, int | None, float | None]:
    """Exit code (negative: the signal), peak resident memory in bytes and CPU time, or None."""
    if not hasattr(os, "wait4"):
        return child.wait(), None, None
    _, status, usage = os.wait4(child.pid, 0)
    code = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
    child.returncode = code  # or Popen would wait for it once more
    unit = 1 if sys.platform == "darwin" else 1024
    return code, usage.ru_maxrss * unit, usage.ru_utime + usage.ru_stime


def main() -> None:
    """Answer requests until stdin ends."""
    signal.signal(signal.SIGINT, lambda *_: None)  # the parent handles it; children start afresh
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = launch(request["command"], request["timeout"])
        except OSError as error:
            answer = {"seconds": 0, "peak_bytes": None, "cpu_seconds": None, "code": 127}
            answer |= {"stdout": "", "last_words": str(error)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
