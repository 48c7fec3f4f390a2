"""Locks of the operating system, which end with the process that holds them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from ..errors import DigitError
from .atomic import machine_error


@contextlib.contextmanager
def folder_lock(folder: Path, busy: DigitError) -> Iterator[None]:
    """Hold the only lock on `folder` for the length of the block.

    The lock is the operating system's, on the file `.lock` in the folder, which stays. Raises
    `busy` at once when another process holds it, and MachineError when the folder cannot be
    written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise machine_error(folder, error) from error
    try:
        lock(handle, folder, busy)
        yield
    finally:
        os.close(handle)


def lock(handle: int, path: Path, busy: DigitError) -> None:
    """Take the only lock on an open file, without waiting.

    Raises `busy` when another process holds it, MachineError about `path` when there are no locks.
    """
    try:
        _lock(handle)
    except (BlockingIOError, PermissionError):  # Linux and macOS, Windows
        raise busy from None
    except OSError as error:
        raise machine_error(path, error) from error


def _lock(handle: int) -> None:
    """Lock an open file without waiting."""
    if os.name == "nt":
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
