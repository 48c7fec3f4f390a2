"""A process of its own for one runtime on one thread count: the parent's side."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from ...errors import DigitError
from ...files import scratch_folder
from ..runtimes import file_of
from .entry import Entry, RuntimeInfo, StartWorker, Worker
from .interpreter import ENVIRONMENT, WorkerError

if TYPE_CHECKING:
    from ..runtimes import Images, Probabilities
    from .peer_files import PeerFiles
    from .scope import Scope

# Seconds for one answer: importing TensorFlow takes 30 on a slow disk.
PATIENCE = 300.0

# Between two laps the threads of some runtimes spin for a while: ONNX Runtime's for 30 ms. Workers
# are stopped between their laps, so that spinning threads do not disturb the runtime that is timed.
# Only on Linux, where a stopped worker can be made to end with its parent (see worker.py).
STOPS = sys.platform == "linux"


@contextlib.contextmanager
def workers(
    command: Sequence[str],
    weights: Path,
    images: Images,
    peer_files: PeerFiles | None = None,
    *,
    scope: Scope = "model",
    pin: bool = False,
) -> Iterator[StartWorker]:
    """Yield what starts a worker, for as long as the pictures lie where workers can read them.

    `command` starts a Python that calls `worker.serve`; `peer_files` makes what a runtime reads
    instead of the weight file. The caller closes the workers that it starts. Their laps time
    `scope`; with `pin`, each stays on as many cores as it has threads.
    """
    with scratch_folder("bench") as folder:
        pictures = folder / "images.npy"
        np.save(pictures, images)
        place = {"weights": str(weights), "images": str(pictures), "scope": scope, "pin": pin}

        def start_worker(entry: Entry, threads: int) -> Worker:
            name = file_of(entry.engine, entry.precision)
            file = weights
            if peer_files is not None and name is not None:
                try:
                    file = peer_files.file(name, folder)
                except DigitError as error:
                    return FailedWorker(error)
            return WorkerProcess(command, entry, threads, place | {"file": str(file)})

        yield start_worker


class FailedWorker:
    """A worker whose file could not be made: every method raises the reason."""

    def __init__(self, reason: DigitError) -> None:
        self._reason = reason

    def info(self) -> RuntimeInfo:
        """Raise the reason."""
        raise self._reason

    def probabilities(self, count: int) -> Probabilities:
        """Raise the reason."""
        raise self._reason

    def lap(self, batch: int, repeats: int) -> list[float]:
        """Raise the reason."""
        raise self._reason

    def close(self) -> None:
        """Nothing was opened."""


class WorkerProcess:
    """One running worker; it starts at once, `info` waits until it is ready."""

    def __init__(
        self, command: Sequence[str], entry: Entry, threads: int, place: Mapping[str, Any]
    ) -> None:
        self._name = f"{entry.label} with threads {threads}"
        self._stderr: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as we do
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            text=True,
            encoding="utf-8",
            errors="replace",  # of what is no reply
            env=os.environ | ENVIRONMENT | {"OPENBLAS_NUM_THREADS": str(threads)},
        )
        self._send({**asdict(entry), "threads": threads, **place})

    def info(self) -> RuntimeInfo:
        """Wait until the runtime is loaded. Raises WorkerError when it never will be."""
        reply = self._receive()
        with self._read_as_a_reply():
            return RuntimeInfo(**reply)

    def probabilities(self, count: int) -> Probabilities:
        """Answers to the first `count` pictures, float32 (count, classes)."""
        self._send({"answer": count})
        reply = self._receive()
        with self._read_as_a_reply():
            return np.array(reply["probabilities"], dtype=np.float32)

    def lap(self, batch: int, repeats: int) -> list[float]:
        """The seconds that each of `repeats` calls took, after one that does not count."""
        self._send({"batch": batch, "lap": repeats})
        reply = self._receive()
        with self._read_as_a_reply():
            return [float(second) for second in reply["seconds"]]

    def close(self) -> None:
        """Kill the process, busy or not: it has nothing to save."""
        self._process.kill()
        self._process.wait()
        with contextlib.suppress(OSError):  # what it never read
            self._pipe(self._process.stdin).close()
        self._pipe(self._process.stdout).close()
        self._stderr.close()

    def _send(self, request: Mapping[str, Any]) -> None:
        stdin = self._pipe(self._process.stdin)
        self._signal("SIGCONT")
        with contextlib.suppress(BrokenPipeError):  # it died: the next `_receive` says how
            stdin.write(json.dumps(request) + "\n")
            stdin.flush()

    def _receive(self) -> dict[str, Any]:
        silence = threading.Timer(PATIENCE, self._process.kill)
        silence.daemon = True  # Ctrl-C between `start` and `try` must not keep us here until then
        silence.start()
        try:
            line = self._pipe(self._process.stdout).readline()
        finally:
            silence.cancel()
        if not line.endswith("\n"):
            raise WorkerError(f"{self._name}: {self._exit_reason()}")
        self._signal("SIGSTOP")
        reply: dict[str, Any]
        with self._read_as_a_reply():
            reply = dict(json.loads(line))
        if "error" in reply:
            raise WorkerError(
                str(reply["error"]), str(reply.get("hint", "")), reply.get("exit_code")
            )
        return reply

    @contextlib.contextmanager
    def _read_as_a_reply(self) -> Iterator[None]:
        """A runtime may write anything to any file, also where replies come from."""
        try:
            yield
        except (TypeError, ValueError, KeyError) as error:
            raise WorkerError(f"{self._name}: what it wrote is no reply") from error

    def _signal(self, name: str) -> None:
        if STOPS:
            self._process.send_signal(getattr(signal, name))

    def _exit_reason(self) -> str:
        """How the process ended, and the last thing it said."""
        try:
            code = self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            return "closed its output and went on"
        self._stderr.seek(0)
        said = self._stderr.read().decode(errors="replace").strip().splitlines()
        last = f"; its last words: {said[-1]}" if said else ""
        how = f"killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        return f"the process was {how}{last}" if code < 0 else f"the process {how}{last}"

    @staticmethod
    def _pipe(pipe: IO[str] | None) -> IO[str]:
        assert pipe is not None, "Popen was asked for a pipe"
        return pipe
