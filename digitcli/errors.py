"""What can go wrong, and the exit code that says which kind it was."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Every exit code of the command line."""

    OK = 0
    INTERNAL = 1
    USAGE = 2
    DATA = 3
    MODEL = 4
    NETWORK = 5
    ENVIRONMENT = 6
    PARTIAL = 7
    GATE = 8
    INTERRUPTED = 130
    TERMINATED = 143


class DigitError(Exception):
    """A problem the user can fix. `hint` names what to try next, a command where there is one.

    `details` are further lines where one does not do, such as what each mirror answered.
    """

    exit_code = ExitCode.INTERNAL

    def __init__(self, message: str, hint: str = "", details: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.hint = hint
        self.details = details


class UsageError(DigitError):
    """Options or arguments that make no sense together (exit 2)."""

    exit_code = ExitCode.USAGE


class DataError(DigitError):
    """Input data that cannot be used: an IDX file, a picture, labels (exit 3)."""

    exit_code = ExitCode.DATA


class ModelError(DigitError):
    """A network description or a weight file that cannot be used (exit 4)."""

    exit_code = ExitCode.MODEL


class NetworkError(DigitError):
    """A download that failed, or bytes that are not the ones that were promised (exit 5)."""

    exit_code = ExitCode.NETWORK


class MachineError(DigitError):
    """Something this machine lacks: an extra, permission, disk space, an ISA, a GPU (exit 6)."""

    exit_code = ExitCode.ENVIRONMENT


class PartialError(DigitError):
    """The work is done, but some items failed; their rows say why (exit 7)."""

    exit_code = ExitCode.PARTIAL


class GateError(DigitError):
    """A gate the user set was not met: accuracy, speed, agreement (exit 8)."""

    exit_code = ExitCode.GATE


def reason_of(error: BaseException) -> str:
    """What the system or a library says of an error, for the middle of a sentence."""
    said = (getattr(error, "strerror", None) or str(error)).strip()
    if not said:
        return type(error).__name__
    word = said.split()[0]
    return said if word.isupper() and len(word) > 1 else said[0].lower() + said[1:]
