"""Memory that threads freed goes back to the system."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

SCRIPT = """
import ctypes, sys, threading
from digitcli.machine.allocator import give_large_pieces_back

if sys.argv[1] == "yes":
    assert give_large_pieces_back()
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]

def take_and_free(gate):
    ctypes.memset(large := libc.malloc(30 << 20), 1, 30 << 20)  # glibc takes note of its size
    libc.free(large)
    kept = [libc.malloc(4 << 20) for _ in range(10)]
    top = libc.malloc(64)  # above them, so that their heap cannot shrink
    for piece in kept:
        ctypes.memset(piece, 1, 4 << 20)
    for piece in kept:
        libc.free(piece)
    gate.wait()
    gate.wait()

gate = threading.Barrier(7)
for _ in range(6):
    threading.Thread(target=take_and_free, args=(gate,)).start()
gate.wait()
with open("/proc/self/status") as file:
    print(next(int(line.split()[1]) >> 10 for line in file if line.startswith("VmRSS")))
gate.wait()
"""


def mebibytes(*arguments):
    command = [sys.executable, "-c", SCRIPT, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=sys.prefix)
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="mallopt is glibc's")
def test_threads_keep_no_large_pieces_that_they_freed():
    assert mebibytes("no") > 150  # what it is against
    assert mebibytes("yes") < 80


HOLES = """
import ctypes
from digitcli.machine.allocator import give_free_pages_back

libc = ctypes.CDLL(None)
libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]

def mebibytes():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) >> 10 for line in file if line.startswith("VmRSS"))

def take_and_free():
    pieces = [libc.malloc(50_000) for _ in range(2_000)]
    for piece in pieces:
        ctypes.memset(piece, 1, 50_000)
    for piece in pieces[:-1]:  # above which nothing is free
        libc.free(piece)

for every in (5, 5, 0):
    take_and_free()
    before = mebibytes()
    give_free_pages_back(every)
    print(before - mebibytes())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="malloc_trim is glibc's")
def test_free_pages_below_a_piece_in_use_go_back_now_and_then():
    command = [sys.executable, "-c", HOLES]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=sys.prefix)
    first, too_soon, later = map(int, done.stdout.split())
    assert first > 50
    assert too_soon == 0
    assert later > 50
