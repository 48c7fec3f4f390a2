"""Work in processes of their own, where interpreters do not wait for each other's lock."""

from __future__ import annotations

import gc
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.util import Finalize
from typing import TYPE_CHECKING, TypeAlias

from ..errors import MachineError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

Work: TypeAlias = Callable[[bytes], bytes]

_DONE, _FAILED = b"+", b"-"
_SECONDS = 5.0  # for a process to end by itself


class EndedError(MachineError):
    """A process ended in the middle of its work."""


class WorkProcess:
    """A process that answers messages, one at a time.

    `make` and its arguments are pickled; it is called in the process, and gives what answers each
    message. The process ends when it is closed, and also when this one ends in any way: signals to
    the whole group do not stop it in its work. Raises EndedError if it does not start.
    """

    def __init__(self, make: Callable[[], Work]) -> None:
        context = get_context("spawn")
        self._here, there = context.Pipe()
        self._process = context.Process(target=_run, args=(there, make), daemon=True)
        with _signals_blocked():  # which the process inherits: it may be asked to end at its start
            self._process.start()
        there.close()
        # At exit Python waits for it, and it ignores signals: closing the pipe ends it.
        self._at_exit = Finalize(self, self._here.close, exitpriority=0)
        self(b"")

    def __call__(self, message: bytes) -> bytes:
        """The answer to a message; what the work raised is a RuntimeError with its traceback.

        Raises EndedError when the process has ended.
        """
        try:
            self._here.send_bytes(message)
            answer = self._here.recv_bytes()
        except (EOFError, OSError) as error:
            self._process.join(_SECONDS)
            raise EndedError(f"a process ended at work ({_end_of(self._process)})") from error
        if answer[:1] == _FAILED:
            raise RuntimeError(answer[1:].decode())
        return answer[1:]

    @property
    def number(self) -> int | None:
        """The number of the process; None when it has ended."""
        return self._process.pid if self._process.is_alive() else None

    def close(self) -> None:
        """End the process, at once if it does not by itself."""
        self._at_exit()
        self._process.join(_SECONDS)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


@contextmanager
def _signals_blocked() -> Iterator[None]:
    """Block SIGINT and SIGTERM for this thread, and for processes that it starts."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing.resource_tracker import ensure_running

    ensure_running()  # starting it inside would unblock them
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _end_of(process: object) -> str:
    code = getattr(process, "exitcode", None)
    if code is not None and code < 0:
        return signal.Signals(-code).name
    return f"exit code {code}"


def _run(there: Connection, make: Callable[[], Work]) -> None:
    """What happens in the process."""
    for name in ("SIGINT", "SIGTERM"):
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    work = None
    with suppress(EOFError, OSError):
        while True:
            message = there.recv_bytes()
            try:
                if work is None:
                    work, answer = make(), b""
                    gc.collect()
                    gc.freeze()  # what is there now stays
                else:
                    answer = work(message)
                answer = _DONE + answer
            except Exception:
                answer = _FAILED + traceback.format_exc().encode()
            there.send_bytes(answer)
