"""The Python of a worker: its command, its environment, and the error when it fails."""

from __future__ import annotations

import sys

from ...errors import ExitCode, MachineError

ENVIRONMENT = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "1",
    # float32 is float32, also on a CPU with bf16 instructions, and whatever the user's shell says
    "ONEDNN_DEFAULT_FPMATH_MODE": "STRICT",
    "TF_SET_ONEDNN_FPMATH_MODE": "STRICT",
    "ORT_DISABLE_TELEMETRY": "1",  # ONNX Runtime sends some by default since 1.29
}


class WorkerError(MachineError):
    """A worker that could not start, failed, fell silent or died.

    One that says what kind of problem it was has that kind's exit code.
    """

    def __init__(self, message: str, hint: str = "", exit_code: int | None = None) -> None:
        super().__init__(message, hint)
        if exit_code is not None:
            self.exit_code = ExitCode(exit_code)


def python_command(module: str, function: str) -> list[str]:
    """The command that calls `module.function()` in a new Python that finds the same packages."""
    code = f"import sys; sys.path[:] = {sys.path!r}; from {module} import {function}; {function}()"
    return [sys.executable, "-c", code]
