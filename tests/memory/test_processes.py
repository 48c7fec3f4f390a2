"""Engines and readers in forked and spawned processes: the same bits, and an end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs POSIX fork")

_BEGIN = """
import multiprocessing, os, pickle, sys, threading, time, warnings
import numpy as np
from digitcli.inference.engine import Engine
from digitcli.inference.networks import Networks
from digitcli.model.weights import load_named
from digitcli.vision.reader import Reader
from pictures import digit_picture, encoded
warnings.simplefilter("ignore", DeprecationWarning)  # of forks with threads; here on purpose

IMAGES = np.random.default_rng(0).integers(0, 256, (70, 28, 28), dtype=np.uint8)
LINE = encoded(digit_picture(7, 90, 300))
PICTURE = encoded(digit_picture(7))

def bits(engine, reader, threads):
    rows = engine.predict(IMAGES, threads).probabilities.tobytes()
    read = [one.text for one in reader.read_many([PICTURE, LINE, PICTURE])]
    return rows, read

def made(threads=2):
    return Engine(load_named("tiny")), Reader.of(Networks(()), threads=threads)
"""

_FORK = """
engine, reader = made()
expected = bits(engine, reader, 2)
assert bits(engine, reader, 1) == expected
for _ in range({times}):
    if not (child := os.fork()):
        right = bits(engine, reader, 1) == expected == bits(engine, reader, 2)
        os._exit(0 if right else 3)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status == 0, status
assert bits(engine, reader, 2) == expected
print("right")
"""

_POOL = """
engine, reader = made()

def in_child(threads):
    return bits(engine, reader, threads)

def with_its_own(packed):
    return bits(pickle.loads(packed), made()[1], 2)

if __name__ == "__main__":
    method = "{method}"
    expected = bits(engine, reader, 2)
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert pool.map(in_child, [1, 2, 1, 2]) == [expected] * 4
        assert pool.map(with_its_own, [pickle.dumps(engine)] * 2) == [expected] * 2
    print("right")
"""

# While the parent forks, its threads are at work in the engines and make plans for other widths.
_BUSY = """
from digitcli.inference.line_engine import LineEngine
engine, reader = made()
lines = LineEngine(load_named("line"))
expected = bits(engine, reader, 2)
going = True

def work(number):
    random = np.random.default_rng(number)
    while going:
        engine.predict(IMAGES, 2)
        width = 32 * int(random.integers(2, 90))
        lines.columns(np.zeros((1, lines.height, width), np.uint8))

threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
for thread in threads:
    thread.start()
lost = 0
for number in range({times}):
    time.sleep(0.003 * (number % 5))
    if not (child := os.fork()):
        right = bits(engine, reader, 1) == expected == bits(engine, reader, 2)
        for step in range(3):
            lines.columns(np.zeros((1, lines.height, 32 * (3 + 7 * step + number % 9)), np.uint8))
        os._exit(0 if right else 3)
    end = time.monotonic() + 20
    while (found := os.waitpid(child, os.WNOHANG))[0] == 0 and time.monotonic() < end:
        time.sleep(0.005)
    if found[0] == 0:
        os.kill(child, 9)
        os.waitpid(child, 0)
        lost += 1
    else:
        assert os.waitstatus_to_exitcode(found[1]) == 0, found
going = False
for thread in threads:
    thread.join()
assert lost == 0, f"{{lost}} of {times} children did not end"
print("right")
"""


def run(script: str, tmp_path: Path, seconds: float = 120) -> subprocess.CompletedProcess[str]:
    path = tmp_path / "script.py"
    path.write_text(_BEGIN + script)
    places = os.pathsep.join([str(Path(__file__).resolve().parents[1]), str(tmp_path)])
    return subprocess.run(
        [sys.executable, str(path)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": places},
        timeout=seconds,
    )


@posix
def test_a_forked_child_reads_the_same_bits_and_ends(tmp_path):
    done = run(_FORK.format(times=5), tmp_path)

    assert (done.returncode, done.stdout) == (0, "right\n"), done.stderr


@pytest.mark.parametrize(
    "method", [pytest.param("fork", marks=posix), "spawn", pytest.param("forkserver", marks=posix)]
)
def test_processes_of_multiprocessing_read_the_same_bits(method, tmp_path):
    done = run(_POOL.format(method=method), tmp_path)

    assert (done.returncode, done.stdout) == (0, "right\n"), done.stderr


@posix
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_child_ends_that_forked_while_threads_were_at_work(tmp_path):
    done = run(_BUSY.format(times=100), tmp_path, 800)

    print(f"\n100 forks while three threads compute: {done.stdout.strip() or done.stderr[-300:]}")
    assert (done.returncode, done.stdout) == (0, "right\n"), done.stderr
