"""Threads: the same bits however the work is shared, and no thread that nobody asked for."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import networks
import numpy as np
import pytest

from digitcli import _core

TASKS = Path("/proc/self/task")
BATCHES = [0, 1, 2, 3, 7, 8, 9, 64, 65, 130]
SHAPE = (14, 14, 1)

linux_only = pytest.mark.skipif(not TASKS.is_dir(), reason="counts threads as Linux shows them")


@pytest.fixture
def layers(conv, dense):
    """A direct and two Winograd convolutions (the last on 7 x 7, several at once), dense ones."""
    picture = [conv(1, 9, 5), conv(9, 16, 3), networks.pool(), conv(16, 40, 5), networks.pool()]
    return [*picture, dense(9 * 40, 70, relu=True), dense(70, 10)]


@pytest.fixture
def images(rng):
    return rng.integers(0, 256, (130, *SHAPE[:2]), dtype=np.uint8)


def count_tasks():
    return len(list(TASKS.iterdir()))


def eventually(condition):
    """Does it become true? The kernel takes a moment to remove a thread that was joined."""
    deadline = time.monotonic() + 10
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


def run_script(script, *, env=None):
    command = [sys.executable, "-c", script]  # which finds what lies in its working directory
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        cwd=Path(networks.__file__).parent,
        env=os.environ | (env or {}),
        timeout=60,
    )


def test_the_network_here_takes_every_way_through_the_engine(layers):
    assert networks.plan(layers, SHAPE) == [
        ("conv", "direct"),
        ("conv+pool", "winograd F(4x4,3x3)"),
        ("conv+pool", "winograd F(4x4,5x5)"),
        ("dense", "dense"),
        ("dense", "dense"),
    ]


@pytest.mark.parametrize("threads", [1, 2, 3, 5])
def test_any_batch_on_any_number_of_threads_gives_the_same_bits(isa, layers, images, threads):
    engine = _core.Engine(SHAPE, 1 / 255, layers, isa)
    alone = np.concatenate([engine.run(images[i : i + 1]) for i in range(len(images))])

    for batch in BATCHES:
        first = 130 - batch  # at another place in another batch
        np.testing.assert_array_equal(
            engine.run(images[first:], threads=threads), alone[first:], err_msg=f"batch {batch}"
        )


@pytest.mark.parametrize(
    "without", [["winograd"], ["fuse"], ["blank"], ["fold", "winograd", "fuse", "blank"]]
)
def test_bits_do_not_depend_on_threads_without_a_pass(isa, layers, images, without):
    engine = _core.Engine(SHAPE, 1 / 255, layers, isa, without=without)
    expected = engine.run(images)

    for batch, threads in [(1, 2), (1, 3), (2, 3), (9, 2), (65, 3), (130, 5)]:
        np.testing.assert_array_equal(
            engine.run(images[:batch], threads=threads), expected[:batch], err_msg=str(batch)
        )


def test_python_threads_with_different_batches_share_an_engine(isa, layers, images):
    engine = _core.Engine(SHAPE, 1 / 255, layers, isa)
    expected = engine.run(images)
    wrong = []

    def ask(slot):
        for turn in range(6):
            batch = BATCHES[(slot + turn) % len(BATCHES)]
            answer = engine.run(images[:batch], threads=1 + (slot + turn) % 3)
            if not np.array_equal(answer, expected[:batch]):
                wrong.append((slot, batch))

    workers = [threading.Thread(target=ask, args=(slot,)) for slot in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert wrong == []


def test_engines_in_several_threads_come_and_go(layers, images):
    expected = _core.Engine(SHAPE, 1 / 255, layers).run(images[:9])
    wrong = []

    def live():
        for _ in range(10):
            engine = _core.Engine(SHAPE, 1 / 255, layers)
            if not np.array_equal(engine.run(images[:9], threads=3), expected):
                wrong.append(engine)

    workers = [threading.Thread(target=live) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert wrong == []


def test_more_threads_than_cores_give_the_same_bits(layers, images):
    engine = _core.Engine(SHAPE, 1 / 255, layers)
    many = 4 * (os.cpu_count() or 1) + 3

    np.testing.assert_array_equal(engine.run(images, threads=many), engine.run(images))
    np.testing.assert_array_equal(engine.run(images[:1], threads=many), engine.run(images[:1]))


@linux_only
@pytest.mark.parametrize("batch", [0, 1, 3])
def test_a_thousand_threads_for_a_few_pictures_are_not_started(layers, images, batch):
    engine = _core.Engine(SHAPE, 1 / 255, layers)
    before = count_tasks()

    start = time.monotonic()
    engine.run(images[:batch], threads=1024)

    assert time.monotonic() - start < 5
    assert count_tasks() - before < 64


@linux_only
def test_threads_wait_for_the_next_call_and_end_with_their_engine(layers, images):
    engine = _core.Engine(SHAPE, 1 / 255, layers)
    before = count_tasks()

    for _ in range(3):
        engine.run(images, threads=3)
        assert count_tasks() == before + 2  # the caller is the third

    del engine
    assert eventually(lambda: count_tasks() == before)


@linux_only
def test_one_thread_starts_no_other(layers, images):
    engine = _core.Engine(SHAPE, 1 / 255, layers)
    before = count_tasks()

    engine.run(images, threads=1)

    assert count_tasks() == before


FORK = """
import os, numpy as np, networks
from digitcli import _core
rng = np.random.default_rng(1)
layers = [networks.conv(rng, 1, 9, 5), networks.conv(rng, 9, 16), networks.pool()]
layers.append(networks.dense(rng, 49 * 16, 10))
images = rng.integers(0, 256, (70, 14, 14), dtype=np.uint8)
engine = _core.Engine((14, 14, 1), 1 / 255, layers)
if {warm}:
    engine.run(images, threads=2)
expected = engine.run(images)
child = os.fork()
right = all(
    np.array_equal(engine.run(images[:n], threads=2), expected[:n]) for n in (1, 70, 5, 70)
)
del engine
if child == 0:
    os._exit(0 if right else 3)
assert right
_, status = os.waitpid(child, 0)
print("child", os.waitstatus_to_exitcode(status))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs POSIX fork")
@pytest.mark.parametrize("warm", [True, False])
def test_a_forked_child_starts_threads_of_its_own(warm):
    done = run_script(FORK.format(warm=warm))

    assert (done.returncode, done.stdout.strip()) == (0, "child 0"), done.stderr


COUNTER = """
#include <atomic>
#include <cstdlib>
#include <new>

static std::atomic<long> calls{0};
extern "C" long allocations() { return calls; }

void* operator new(std::size_t size) {
  ++calls;
  if (void* p = std::malloc(size)) return p;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, std::align_val_t align) {
  ++calls;
  const std::size_t unit = static_cast<std::size_t>(align);
  if (void* p = std::aligned_alloc(unit, (size + unit - 1) / unit * unit)) return p;
  throw std::bad_alloc();
}
// Memory for kernels comes from calloc (cpp/base/aligned.h).
extern "C" void* __libc_calloc(std::size_t count, std::size_t size);
extern "C" void* calloc(std::size_t count, std::size_t size) {
  ++calls;
  return __libc_calloc(count, size);
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
"""

COUNT = """
import ctypes, numpy as np, networks
from digitcli import _core
allocations = ctypes.CDLL(None).allocations
rng = np.random.default_rng(1)
layers = [networks.conv(rng, 1, 9, 5), networks.conv(rng, 9, 16), networks.pool()]
layers += [networks.dense(rng, 49 * 16, 40, relu=True), networks.dense(rng, 40, 10)]
images = rng.integers(0, 256, (130, 14, 14), dtype=np.uint8)
engine = _core.Engine((14, 14, 1), 1 / 255, layers)

def count(batch, threads):
    before = allocations()
    engine.run(images[:batch], threads=threads)
    return allocations() - before

count(0, 1)
binding = count(0, 1)  # the boundary itself, which no picture reaches
first = count(130, 3)
print(first > binding, {count(n, t) - binding for n in (1, 2, 9, 130) for t in (1, 2, 3)})
"""


@linux_only
@pytest.mark.skipif("LD_PRELOAD" in os.environ, reason="replaces operator new, as a sanitizer does")
def test_a_call_allocates_nothing_once_the_engine_has_run(tmp_path):
    compiler = shutil.which("c++")
    if compiler is None:
        pytest.skip("needs a C++ compiler to count allocations")
    source, library = tmp_path / "counter.cpp", tmp_path / "counter.so"
    source.write_text(COUNTER)
    command = [compiler, "-std=c++20", "-shared", "-fPIC", "-o", library, source]
    subprocess.run(command, check=True, capture_output=True)

    done = run_script(COUNT, env={"LD_PRELOAD": str(library)})

    assert (done.returncode, done.stdout.strip()) == (0, "True {0}"), done.stdout + done.stderr
