"""A server in processes of its own, and the memory that they take."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO
from urllib.parse import urlsplit

from common import DIGITCLI

_STOP_SECONDS = 40


@dataclass
class Running:
    """A server that takes requests on `port`."""

    process: subprocess.Popen[str]
    port: int

    def mib(self) -> float:
        """Memory of its processes together: a page that several share counts once."""
        return sum(map(_pss, _tree(self.process.pid))) / 1024

    def stop(self) -> None:
        """Tell it to stop."""
        self.process.send_signal(signal.SIGTERM)

    def wait(self) -> int:
        """Its exit code, once it has stopped. Raises TimeoutExpired where that takes too long."""
        return self.process.wait(_STOP_SECONDS)


@contextmanager
def served(options: tuple[str, ...], log: IO[str] | None = None) -> Iterator[Running]:
    """`digitcli serve` of the installed package on a free port, stopped at the end.

    What it logs goes to `log`, or to stderr.
    """
    environment = {name: os.environ[name] for name in os.environ if name != "DIGITCLI_TOKEN"}
    process = subprocess.Popen(
        [DIGITCLI, "serve", "--port", "0", "-q", *options],
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        env=environment | {"COLUMNS": "200"},
        cwd=sys.prefix,
    )
    assert process.stdout is not None
    running = Running(process, 0)
    try:
        line = process.stdout.readline()
        if not line.startswith("listening on "):
            sys.exit(f"digitcli serve {' '.join(options)}: did not start ({line.strip()!r})")
        running.port = urlsplit(line.split()[-1]).port or 0
        yield running
    finally:
        try:
            if process.poll() is None:
                running.stop()
            running.wait()
        except subprocess.TimeoutExpired:
            for pid in _tree(process.pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            process.wait()
        process.stdout.close()


@dataclass
class Watch:
    """Looks at a server's memory every `every` seconds, in a thread, until the block ends."""

    server: Running
    every: float = 0.5
    mib: list[float] = field(default_factory=list)

    def __enter__(self) -> Watch:
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while True:
            self.mib.append(self.server.mib())
            if self._ended.wait(self.every):
                return


def _tree(pid: int) -> list[int]:
    """A process and all below it."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            # The name stands in brackets and may hold spaces: the parent is second behind it.
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(stat.parent.name))
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return found


def _pss(pid: int) -> int:
    """KiB of a process, its share of what it shares with others; 0 once it has ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0
