"""Ctrl-C and SIGTERM end the process in the same way, wherever the program is.

A signal raises `Interrupted` in the main thread. An `except` around an import may swallow it, and
C++ may turn it into another exception; so a thread raises it again until `leave` is called, and
ends the process itself when that takes too long. In both cases the temporary files are removed, and
the exit code is 128 + the signal's number.

Only builtin modules are imported: until `install` has run, Python handles signals itself.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # `signal` without its enums, which take 3 ms
import _thread
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import NoReturn

LIMIT_SECONDS = 1.5  # from a signal to the end of the process, whatever it is doing
_REPEAT_SECONDS = 0.25  # until a signal that was swallowed is raised again
_SHOW_CURSOR = b"\x1b[?25h"  # a bar or spinner has hidden it

SIGNALS = (_signal.SIGINT, _signal.SIGTERM)


class Interrupted(BaseException):
    """The process was asked to end, by the signal of this number."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class StopRequest:
    """`signal_number` is None until somebody asks to stop."""

    def __init__(self) -> None:
        self.signal_number: int | None = None
        self.signals_seen = 0  # by the watching thread


class _State:
    """Shared by the handler, the watching thread and `leave`."""

    def __init__(self) -> None:
        self.number: int | None = None  # of the signal that ends the process
        self.request: StopRequest | None = (
            None  # of the block of `postponed` that the program is in
        )
        self.leftovers: set[str] = set()
        self.leaving = _thread.allocate_lock()
        self.leaving.acquire()


_state = _State()


def install() -> None:
    """Handle SIGINT and SIGTERM, except those that the parent process has set to be ignored."""
    for number in SIGNALS:
        if _signal.getsignal(number) != _signal.SIG_IGN:
            _signal.signal(number, _on_signal)
    if os.name != "nt":  # Windows needs a socket here, which takes long to import
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        try:
            _thread.start_new_thread(_watch, (reading, _thread.get_ident()))
        except RuntimeError:  # the system has no thread left: a signal is raised once
            return
        _signal.set_wakeup_fd(writing, warn_on_full_buffer=False)


def requested() -> int | None:
    """The number of the signal that ends the process; None if nothing does."""
    return _state.number


def check() -> None:
    """Raise `Interrupted` if a signal is to end the process."""
    if _state.number is not None:
        raise Interrupted(_state.number)


def _on_signal(number: int, frame: FrameType | None) -> None:
    if _state.number is None:
        _state.number = number
        sys.unraisablehook = lambda unraisable: (
            None
        )  # raised inside a destructor: it is raised again
    raise Interrupted(_state.number)


def _watch(pipe: int, main: int) -> None:
    """Wait for a signal, then make sure that the process ends; `main` is the main thread."""
    number = 0
    while number not in SIGNALS or _is_postponed():
        number = os.read(pipe, 1)[0]
    for _ in range(round(LIMIT_SECONDS / _REPEAT_SECONDS)):
        if _state.leaving.acquire(timeout=_REPEAT_SECONDS):
            return
        _signal.pthread_kill(main, number)  # also interrupts a system call that waits
    _end(number)


def _is_postponed() -> bool:
    """Whether the signal that has just come is the first one inside a block of `postponed`."""
    request = _state.request
    if request is None:
        return False
    request.signals_seen += 1
    return request.signals_seen == 1


class postponed:  # noqa: N801 (a context manager, written as contextlib's are)
    """Turn the first SIGINT or SIGTERM inside the block into a `StopRequest`.

    The second one acts as it does outside. Outside the main thread, where Python allows no
    handlers, there is never a request. Blocks must not be nested.
    """

    def __enter__(self) -> StopRequest:
        self._before = {number: _signal.getsignal(number) for number in SIGNALS}
        request = StopRequest()

        def note(number: int, frame: FrameType | None) -> None:
            request.signal_number = number
            self._put_back()

        try:
            for number in SIGNALS:
                _signal.signal(number, note)
        except ValueError:  # not the main thread
            self._before = {}
            return request
        _state.request = request
        return request

    def __exit__(self, *error: object) -> None:
        _state.request = None
        self._put_back()

    def _put_back(self) -> None:
        for number, handler in self._before.items():
            _signal.signal(number, handler)


class default_signals:  # noqa: N801
    """Let SIGINT and SIGTERM end the process as the system does, temporary files or not.

    For a call that keeps Python from running, and so from handling a signal, for long. Outside the
    main thread nothing changes.
    """

    def __enter__(self) -> None:
        self._before = {number: _signal.getsignal(number) for number in SIGNALS}
        for number, handler in self._before.items():
            self._set(number, _signal.SIG_IGN if handler == _signal.SIG_IGN else _signal.SIG_DFL)

    def __exit__(self, *error: object) -> None:
        for number, handler in self._before.items():
            self._set(number, handler)

    @staticmethod
    def _set(number: int, handler: object) -> None:
        try:  # noqa: SIM105
            _signal.signal(number, handler)
        except ValueError:  # not the main thread
            pass


def remember(path: str) -> None:
    """Have the file or folder `path` removed if the process is interrupted; call it first."""
    _state.leftovers.add(path)


def forget(path: str) -> None:
    """Do not remove `path`: it is gone, or finished."""
    _state.leftovers.discard(path)


def remembers(path: str) -> bool:
    """Whether `path` would be removed."""
    return path in _state.leftovers


def ignore() -> None:
    """Ignore both signals from here on: the process is about to end."""
    for number in SIGNALS:
        _signal.signal(number, _signal.SIG_IGN)


def leave(number: int) -> NoReturn:
    """End the process after a signal: hand over what was printed, remove temporary files."""
    ignore()
    try:  # noqa: SIM105 - contextlib is not builtin
        sys.stdout.flush()  # may wait for a reader: the watching thread ends the process then
    except Exception:
        pass
    _state.leaving.release()
    _end(number)


def _end(number: int) -> NoReturn:
    for path in tuple(_state.leftovers):
        _remove(path)
    said = b"interrupted\n" if number == _signal.SIGINT else b""
    try:  # noqa: SIM105
        os.write(2, (_SHOW_CURSOR if os.isatty(2) else b"") + said)
    except OSError:
        pass
    os._exit(128 + number)


def _remove(path: str) -> None:
    try:
        os.unlink(path)  # noqa: PTH108
    except IsADirectoryError:
        import shutil

        shutil.rmtree(path, ignore_errors=True)
    except OSError:
        pass
