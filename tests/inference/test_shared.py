"""Sixteen threads at once on what engines share: answers, packed weights, and Python's own lock."""

from __future__ import annotations

import subprocess
import sys
import threading

import networks
import numpy as np
import pytest

from digitcli import _core

THREADS = 16
SIDES = [14, 15, 16, 18, 20, 22]


@pytest.fixture
def layers(conv, dense):
    """A network for pictures of every size."""
    return [
        conv(1, 8), networks.pool(), conv(8, 24), conv(24, 40, 5),
        networks.AVERAGE, dense(40, 10),
    ]  # fmt: skip


def at_once(ask):
    """Call ask(thread) in all threads, which begin together; what they answered, in order."""
    gate = threading.Barrier(THREADS)
    answers: list[object] = [None] * THREADS

    def work(thread):
        gate.wait()
        try:
            answers[thread] = ask(thread)
        except BaseException as error:
            answers[thread] = error

    workers = [threading.Thread(target=work, args=(thread,)) for thread in range(THREADS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return answers


def pictures(rng, count, side):
    return rng.integers(0, 256, (count, side, side), dtype=np.uint8)


def test_sixteen_threads_on_one_engine_get_the_answers_of_one(layers, rng):
    images = pictures(rng, 8, 14)
    engine = _core.Engine((14, 14, 1), 1 / 255, layers)
    expected = [engine.run(images[i : i + 1]).tobytes() for i in range(len(images))]

    def ask(thread):
        order = [(thread + turn) % len(images) for turn in range(2000)]
        return sum(engine.run(images[i : i + 1]).tobytes() != expected[i] for i in order)

    assert at_once(ask) == [0] * THREADS


def test_sixteen_threads_hand_buffers_on_without_python_between(dense, rng):
    """`profile` runs the engine again and again in C++, so that calls meet as they would rarely."""
    images = pictures(rng, 1, 1)
    engine = _core.Engine((1, 1, 1), 1 / 255, [dense(1, 2)])
    expected = engine.run(images).tobytes()

    def ask(thread):
        engine.profile(images, repeats=500_000)
        return engine.run(images).tobytes() == expected

    assert at_once(ask) == [True] * THREADS


def test_sixteen_threads_make_engines_of_one_network(layers, rng):
    images = {side: pictures(rng, 2, side) for side in SIDES}
    expected = {
        side: _core.Engine((side, side, 1), 1 / 255, layers).run(images[side]).tobytes()
        for side in SIDES
    }

    for _ in range(20):
        network = _core.Network((14, 14, 1), 1 / 255, layers)  # nothing is packed yet

        def ask(thread, network=network):
            sides = SIDES[thread % len(SIDES) :] + SIDES[: thread % len(SIDES)]
            found = [(side, network.at((side, side, 1)).run(images[side])) for side in sides]
            return [side for side, answer in found if answer.tobytes() != expected[side]]

        assert at_once(ask) == [[]] * THREADS


FREE = """
import sys, warnings
warnings.simplefilter("error")
from digitcli import _core
print(sys._is_gil_enabled())
"""


@pytest.mark.skipif(
    getattr(sys, "_is_gil_enabled", lambda: True)(), reason="this Python has a global lock"
)
def test_the_engine_does_not_switch_the_global_lock_on():
    done = subprocess.run([sys.executable, "-c", FREE], capture_output=True, text=True, timeout=60)

    assert (done.returncode, done.stdout.strip()) == (0, "False"), done.stderr
