"""A lock refuses the second process, and ends with the first."""

from __future__ import annotations

import errno
import signal
import subprocess
import sys

import pytest

from digitcli.errors import DataError, MachineError
from digitcli.files import folder_lock

HOLDER = """
import sys, time
from pathlib import Path
from digitcli.errors import DataError
from digitcli.files import folder_lock
with folder_lock(Path(sys.argv[1]), DataError("busy")):
    print("locked", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    """A process that holds the lock on tmp_path."""
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd="/") as process:
        assert process.stdout.readline() == "locked\n"
        yield process
        process.kill()


def test_the_lock_refuses_a_second_process(tmp_path, holder):
    with pytest.raises(DataError, match="the trainer is busy"):  # noqa: SIM117
        with folder_lock(tmp_path, DataError("the trainer is busy")):
            pytest.fail("two processes hold one lock")


def test_the_lock_ends_with_sigkill(tmp_path, holder):
    holder.send_signal(signal.SIGKILL)
    holder.wait()

    with folder_lock(tmp_path, DataError("busy")):
        pass


def test_the_lock_can_be_taken_again_after_the_block_however_it_ended(tmp_path):
    busy = DataError("busy")

    with pytest.raises(ValueError, match="inside"), folder_lock(tmp_path / "new", busy):
        raise ValueError("inside")

    with folder_lock(tmp_path / "new", busy):
        assert (tmp_path / "new" / ".lock").is_file()


def test_a_folder_that_cannot_be_made_is_not_called_busy(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(MachineError, match="cannot be written"):  # noqa: SIM117
        with folder_lock(tmp_path / "file", DataError("busy")):
            pytest.fail("a file was locked as a folder")


def test_a_system_without_locks_is_not_called_busy(tmp_path, monkeypatch):
    def refuse(handle, operation):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", refuse)

    with pytest.raises(MachineError, match="no locks available"):  # noqa: SIM117
        with folder_lock(tmp_path, DataError("busy")):
            pytest.fail("went on without a lock")
