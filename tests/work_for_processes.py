"""What the processes of test_processes.py do: importable, as a process of its own needs it."""

from __future__ import annotations

import os
import signal


def make_worker(word):
    """Work that says `word` and the process's number; some messages make it fail or end."""

    def work(message: bytes) -> bytes:
        if message == b"fail":
            raise ValueError("this cannot be done")
        if message == b"end":
            os.kill(os.getpid(), signal.SIGKILL)
        return word + message + b" %d" % os.getpid()

    return work


def make_nothing():
    """Fails before it has made anything."""
    raise ValueError("nothing is made")


if __name__ == "__main__":
    from functools import partial

    from digitcli.vision.processes import WorkProcess

    process = WorkProcess(partial(make_worker, b""))
    print(process(b"").decode(), flush=True)
    input()
