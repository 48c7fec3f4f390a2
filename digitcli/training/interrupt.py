"""Ctrl-C and SIGTERM while training: finish the step, save, stop; a second one stops at once."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType

from ..errors import DigitError, ExitCode
from .resume import resume_hint


class StoppedError(DigitError):
    """The work was asked to stop, by the signal of this number, and did so in good order."""

    def __init__(self, message: str, signal_number: int, hint: str = "") -> None:
        super().__init__(message, hint)
        self.exit_code = ExitCode(128 + signal_number)


class TrainingStoppedError(StoppedError):
    """The run was asked to stop; what it had learnt is saved, and the hint says how to go on."""

    def __init__(self, step: int, folder: Path, signal_number: int, hint: str = "") -> None:
        saved = f"stopped after step {step}, which is saved in {folder}"
        super().__init__(saved, signal_number, hint or resume_hint(folder))


class StopRequest:
    """`signal_number` is None until somebody asks the run to stop."""

    def __init__(self) -> None:
        self.signal_number: int | None = None


@contextlib.contextmanager
def stop_on_signals() -> Iterator[StopRequest]:
    """Turn the first SIGINT or SIGTERM inside the block into a request that the loop reads.

    Outside the main thread, where Python allows no handlers, the request just never comes.
    """
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def note(number: int, frame: FrameType | None) -> None:
        request.signal_number = number
        _put_back(before)  # the next one acts as if nobody trained

    try:
        for number in before:
            signal.signal(number, note)
        yield request
    finally:
        _put_back(before)


def _put_back(handlers: Mapping[signal.Signals, object]) -> None:
    for number, handler in handlers.items():
        signal.signal(number, handler)  # type: ignore[arg-type]
