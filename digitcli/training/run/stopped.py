"""Stopping in good order: what Ctrl-C and SIGTERM become while training."""

from __future__ import annotations

from pathlib import Path

from ...errors import DigitError, ExitCode
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
