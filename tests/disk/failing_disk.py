"""A disk that is full, or fails, at a call of our choice: the processes' side of failing_disk.c."""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import subprocess
from pathlib import Path
from typing import NamedTuple

SOURCE = Path(__file__).with_name("failing_disk.c")
CONTROL = "FAILING_DISK_CONTROL"  # the variable that names the shared file
_ONCE, _FROM_THEN_ON, _HALF_THEN_FULL = range(3)


class Fault(NamedTuple):
    """How the disk fails, and at which calls."""

    name: str
    error: int
    mode: int
    only_fsync: bool = False


FAULTS = {
    fault.name: fault
    for fault in (
        Fault("full from then on", errno.ENOSPC, _FROM_THEN_ON),
        Fault("half a write, then full", errno.ENOSPC, _HALF_THEN_FULL),
        Fault("quota at one call", errno.EDQUOT, _ONCE),
        Fault("I/O error at one call", errno.EIO, _ONCE),
        Fault("I/O error at one fsync", errno.EIO, _ONCE, only_fsync=True),
    )
}


class Counted(NamedTuple):
    """Calls that write, how many of them were let fail, and the first that was."""

    calls: int
    failed: int
    call: str
    path: str


class _Control(ctypes.Structure):
    _fields_ = (
        ("armed", ctypes.c_int),
        ("count", ctypes.c_int),
        ("fail_at", ctypes.c_int),
        ("mode", ctypes.c_int),
        ("error", ctypes.c_int),
        ("only_fsync", ctypes.c_int),
        ("failed", ctypes.c_int),
        ("call", ctypes.c_char * 32),
        ("path", ctypes.c_char * 1024),
        ("folder", ctypes.c_char * 1024),
    )


def build(folder: Path) -> Path:
    """Compile the library into `folder`."""
    library = folder / "failing_disk.so"
    flags = ["-O1", "-fPIC", "-shared", "-Wall", "-Wextra", "-Werror"]
    subprocess.run(["gcc", *flags, "-o", library, SOURCE, "-ldl"], check=True)
    return library


def environment(library: Path, control: Path) -> dict[str, str]:
    """Variables with which a process, and those that it starts, load the library."""
    control.write_bytes(bytes(ctypes.sizeof(_Control)))
    return {"LD_PRELOAD": str(library), CONTROL: str(control)}


class FailingDisk:
    """What all processes with the library do from now on; the control file is shared."""

    def __init__(self, control: Path | None = None) -> None:
        with Path(control or os.environ[CONTROL]).open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), ctypes.sizeof(_Control))
        self._control = _Control.from_buffer(self._map)

    def arm(self, folder: Path, fault: Fault | None = None, index: int = 0) -> None:
        """Count the calls that write below `folder`; let call number `index`, from 1, fail."""
        control = self._control
        control.armed = 0
        control.folder = os.fsencode(os.path.realpath(folder))
        control.fail_at = index
        control.error, control.mode = (fault.error, fault.mode) if fault else (0, 0)
        control.only_fsync = fault is not None and fault.only_fsync
        control.count = control.failed = 0
        control.call = control.path = b""
        control.armed = 1

    def disarm(self) -> Counted:
        """Let everything work again, and say what happened."""
        control = self._control
        control.armed = 0
        path = os.fsdecode(control.path).removeprefix(os.fsdecode(control.folder)).lstrip("/")
        return Counted(control.count, control.failed, control.call.decode(), path)
