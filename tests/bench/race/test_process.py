from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from bench.fakes import answers

from digitcli.bench.race import process
from digitcli.bench.race.entry import Entry
from digitcli.bench.race.interpreter import WorkerError, python_command
from digitcli.bench.race.process import workers

IMAGES = np.zeros((20, 28, 28), np.uint8)


@pytest.fixture
def start():
    """Start a fake worker of some variant; all are closed at the end."""
    with workers(
        python_command("bench.fakes", "main"), Path("weights.npz"), IMAGES
    ) as start_worker:
        started = []

        def start(variant: str | None = None):
            started.append(start_worker(Entry("fake", variant), 1))
            return started[-1]

        yield start
        for worker in started:
            worker.close()


def test_a_worker_describes_its_runtime_answers_and_is_timed(start):
    worker = start()

    assert worker.info().variant == "plain"
    np.testing.assert_array_equal(worker.probabilities(7), answers(7))
    seconds = worker.lap(batch=20, repeats=3)
    assert len(seconds) == 3
    assert min(seconds) > 0


def test_what_a_runtime_prints_is_not_taken_for_a_reply(start):
    worker = start("plain")  # it prints to stdout while it opens

    assert worker.info().version == "1.0"


def test_ctrl_c_while_a_reply_is_awaited_leaves_no_thread_to_wait_for(start, monkeypatch):
    class Interrupted(threading.Timer):
        def start(self):
            super().start()
            raise KeyboardInterrupt

    worker = start()
    worker.info()
    monkeypatch.setattr(process.threading, "Timer", Interrupted)

    with pytest.raises(KeyboardInterrupt):
        worker.probabilities(1)

    timers = [one for one in threading.enumerate() if isinstance(one, Interrupted)]
    assert timers
    assert all(one.daemon for one in timers)  # Python would wait for any other at its end
    for one in timers:
        one.cancel()


def test_a_missing_package_is_named_with_the_command_that_installs_it(start):
    with pytest.raises(WorkerError, match="fake needs fakeflow, which is not installed") as caught:
        start("missing").info()

    assert caught.value.hint == 'pip install "digitcli[bench]"'


def test_a_refusal_keeps_its_message_and_hint(start):
    with pytest.raises(WorkerError, match="fake: no such machine") as caught:
        start("refuses").info()

    assert caught.value.hint == "buy another"


def test_a_killed_worker_is_reported_with_its_signal(start):
    worker = start("dies")
    worker.info()

    with pytest.raises(WorkerError, match=r"fake \(dies\) with threads 1: .* killed by signal 9"):
        worker.probabilities(1)


def test_a_worker_that_ends_is_reported_with_the_last_line_it_wrote(start):
    worker = start("exits")
    worker.info()

    with pytest.raises(WorkerError, match=r"exit code 3; its last words: something ate my memory"):
        worker.probabilities(1)


@pytest.mark.parametrize(
    "line", [b"\x00\xff junk\n", b"{\n", b'{"x": 1}\n', b"3\n", b'{"error": 1}\n', b"[[]]\n"]
)
def test_a_runtime_that_writes_where_replies_come_from_is_refused(start, line):
    with pytest.raises(WorkerError):
        start(f"writes {line.hex()}").info()


def test_a_worker_that_falls_silent_is_killed(start, monkeypatch):
    worker = start("hangs")
    worker.info()
    monkeypatch.setattr(process, "PATIENCE", 0.3)

    with pytest.raises(WorkerError, match="killed by signal 9"):
        worker.probabilities(1)


@pytest.mark.parametrize("variant", ["plain", "hangs"])
def test_closing_ends_the_process_busy_or_not(start, variant):
    worker = start(variant)
    worker.info()
    worker._send({"answer": 1})

    worker.close()

    assert worker._process.returncode is not None


@pytest.mark.skipif(not process.STOPS, reason="elsewhere than on Linux workers are not stopped")
def test_a_worker_out_of_turn_is_stopped_and_takes_no_time_from_others(start):
    worker = start()
    worker.info()

    def is_stopped() -> bool:  # soon: a signal takes its time
        place = Path(f"/proc/{worker._process.pid}/stat")
        deadline = time.monotonic() + 10
        while (state := place.read_text().rpartition(")")[2].split()[0]) != "T":
            if time.monotonic() > deadline:
                return False
            time.sleep(0.001)
        return state == "T"

    assert is_stopped()
    worker.probabilities(1)
    assert is_stopped()


@pytest.mark.skipif(not process.STOPS, reason="elsewhere than on Linux workers are not stopped")
def test_a_stopped_worker_ends_with_its_parent():
    parent = (
        "from pathlib import Path; import os, numpy as np;"
        "from digitcli.bench.race.entry import Entry;"
        "from digitcli.bench.race.interpreter import python_command;"
        "from digitcli.bench.race.process import workers;"
        "images = np.zeros((1, 28, 28), np.uint8);"
        "running = workers(python_command('bench.fakes', 'main'), Path('weights.npz'), images);"
        "worker = running.__enter__()(Entry('fake'), 1);"
        "worker.info();"
        "print(worker._process.pid, flush=True);"
        "os.kill(os.getpid(), 9)"
    )
    code = f"import sys; sys.path[:] = {sys.path!r}; {parent}"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    place = Path("/proc", done.stdout.strip())
    deadline = time.monotonic() + 10
    while place.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert done.stdout.strip().isdigit(), done.stderr
    assert not place.exists() or place.joinpath("stat").read_text().split()[2] == "Z"
