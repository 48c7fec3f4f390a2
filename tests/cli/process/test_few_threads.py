"""A system that refuses threads or processes: the same answers by fewer, or an error."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pictures import digit_picture, save_template_weights

from digitcli.vision.parallel import in_order

REFUSED = "the system refuses another thread or process"
ENTER = (
    "import os, sys; open({procs!r}, 'w').write(str(os.getpid())); "
    "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
)
PREDICT = ["-m", "digitcli", "predict", "files", "-w", "templates.npz", "--csv", "--quiet"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Weights and 40 pictures."""
    found = tmp_path_factory.mktemp("few")
    (found / "files").mkdir()
    digit_picture(7).save(found / "seven.png")
    save_template_weights(found / "templates.npz")
    for number in range(40):
        shutil.copy(found / "seven.png", found / "files" / f"{number:02}.png")
    return found


@pytest.fixture
def limited(folder):
    """Run Python in a control group that may have so many threads, processes included."""
    top = Path("/sys/fs/cgroup")
    top = top / "pids" if (top / "pids" / "cgroup.procs").exists() else top
    group = top / f"digitcli-test-{os.getpid()}"
    try:
        group.mkdir()
    except OSError:
        pytest.skip("control groups cannot be made here")

    def run(most, *arguments):
        if not (group / "pids.max").exists():
            pytest.skip("control groups here do not limit processes")
        (group / "pids.max").write_text(str(most))
        enter = ENTER.format(procs=str(group / "cgroup.procs"))
        command = [sys.executable, "-c", enter, *arguments]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)

    yield run
    deadline = time.monotonic() + 5  # a process that has just ended is still in it
    while group.is_dir() and time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            group.rmdir()
        time.sleep(0.02)


@pytest.mark.parametrize("most", [1, 3])  # the second waits for signals
def test_predict_reads_many_files_by_the_threads_that_it_gets(limited, most):
    done = limited(most, *PREDICT, "--threads", "1000")

    assert done.returncode == 0, done.stderr
    rows = done.stdout.splitlines()[1:]
    assert [row.split(",")[:2] for row in rows] == [[f"files/{n:02}.png", "7"] for n in range(40)]


@pytest.mark.parametrize("most", [1, 4])
def test_an_engine_gives_the_same_bits_by_the_threads_that_it_gets(limited, most):
    code = (
        "import numpy as np, os; from digitcli.inference.engine import load; "
        "engine = load('tiny'); images = np.full((3000, 28, 28), 200, np.uint8); "
        "one, all = (engine.predict(images, threads=n).probabilities for n in (1, 1000)); "
        "print((one == all).all(), len(os.listdir('/proc/self/task')))"
    )

    done = limited(most, "-c", f"import os; os.environ['OPENBLAS_NUM_THREADS'] = '1'; {code}")

    assert done.stdout.split() == ["True", str(most)], done.stderr


@pytest.mark.parametrize(("most", "view"), [(1, "--pin"), (3, "--pin"), (2, "--cold")])
def test_bench_without_a_process_says_what_was_refused(limited, most, view):
    options = ["-w", "templates.npz", "--data", "synthetic", "--against", "none", "--check", "1"]

    done = limited(most, "-m", "digitcli", "bench", *options, "--rounds", "1", view)

    assert done.returncode == 6, done.stderr
    assert REFUSED in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("allowed", [0, 1, 3])
def test_batches_for_which_there_is_no_thread_are_done_once_and_in_order(monkeypatch, allowed):
    from threading import Thread

    started, done = [], []
    start = Thread.start

    def start_or_refuse(self):
        if len(started) >= allowed:
            raise RuntimeError("can't start new thread")
        started.append(self)
        start(self)

    def work(batch, stopped):
        done.extend(batch)
        return batch

    monkeypatch.setattr(Thread, "start", start_or_refuse)

    assert list(in_order(work, range(2_000), 1_000)) == list(range(2_000))
    assert sorted(done) == list(range(2_000))


def test_a_process_that_gets_no_second_thread_answers_and_ends_at_a_signal(folder):
    code = (
        "import _thread, os, signal, sys\n"
        'def refuse(*_): raise RuntimeError("can\'t start new thread")\n'
        "_thread.start_new_thread = refuse\n"
        "from digitcli.cli import start\n"
        "run = start._run\n"
        "start._run = lambda: run() or os.kill(os.getpid(), signal.SIGTERM)\n"
        "sys.argv[1:] = ['--version']\n"
        "start.entry_point()"
    )

    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)

    assert done.returncode == 143, done.stderr
    assert done.stdout.startswith("digitcli ")
    assert done.stderr == ""
