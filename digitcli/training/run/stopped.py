"""The errors that Ctrl-C and SIGTERM become while training, once everything is saved."""

from __future__ import annotations

from pathlib import Path

from ...errors import DigitError, ExitCode
from .resume import resume_hint


class StoppedError(DigitError):
    """The signal of this number asked the work to stop, and it stopped between two steps."""

    def __init__(self, message: str, signal_number: int, hint: str = "") -> None:
        super().__init__(message, hint)
        self.exit_code = ExitCode(128 + signal_number)


class TrainingStoppedError(StoppedError):
    """A signal asked the run to stop; its state is saved, and the hint says how to go on."""

    def __init__(self, step: int, folder: Path, signal_number: int, hint: str = "") -> None:
        saved = f"stopped after step {step}, which is saved in {folder}"
        super().__init__(saved, signal_number, hint or resume_hint(folder))
