"""Work in processes of its own: answered, failed, ended, and never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
import work_for_processes
from work_for_processes import make_nothing, make_worker

from digitcli.vision.processes import EndedError, WorkProcess


@pytest.fixture
def process():
    process = WorkProcess(partial(make_worker, b"said "))
    yield process
    process.close()


def test_a_process_answers_message_after_message_and_is_another(process):
    first, second = process(b"a").split(), process(b"b" * 1_000_000).split()

    assert first[:2] == [b"said", b"a"]
    assert second[1] == b"b" * 1_000_000
    assert first[2] == second[2] != b"%d" % os.getpid()


def test_what_the_work_raises_is_told_and_the_process_goes_on(process):
    with pytest.raises(RuntimeError, match="ValueError: this cannot be done"):
        process(b"fail")

    assert process(b"more").startswith(b"said more")


def test_a_process_that_ends_is_an_error_with_the_reason(process):
    with pytest.raises(EndedError, match="SIGKILL"):
        process(b"end")
    with pytest.raises(EndedError, match="SIGKILL"):
        process(b"again")


def test_a_process_that_cannot_begin_says_why():
    with pytest.raises(RuntimeError, match="nothing is made"):
        WorkProcess(make_nothing)


def is_running(number):
    """Whether a process with this number is alive, and no zombie."""
    try:
        status = Path(f"/proc/{number}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
def test_signals_to_the_group_do_not_stop_work_but_the_end_of_the_parent_does():
    parent = subprocess.Popen(
        [sys.executable, work_for_processes.__file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    child = int(parent.stdout.readline())
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(child, number)
    time.sleep(0.2)
    assert is_running(child)

    parent.kill()
    parent.communicate()

    deadline = time.monotonic() + 10
    while is_running(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_running(child)
