"""No picture file costs more than 64 MiB and 2 s over the same picture as a plain PNG."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import hostile
import numpy as np
import pytest
from PIL import Image
from vision.files.hostile_pictures import HOSTILE, Hostile

from digitcli.errors import DataError
from digitcli.vision.files import confined
from digitcli.vision.files.decode import decode

SECONDS = 2.0  # of a processor
MEBIBYTES = 64

# Reads one file after the other, each in a process of its own that has the modules already.
READER = """
import json, os, resource, signal, sys
import PIL.Image
from digitcli.errors import DataError
from digitcli.vision.files.decode import decode_pixels

def read(path):
    signal.alarm(60)
    resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
    try:
        shape, error = decode_pixels(path).shape, ""
    except DataError as caught:
        shape, error = (), str(caught)
    used = resource.getrusage(resource.RUSAGE_SELF)
    theirs = resource.getrusage(resource.RUSAGE_CHILDREN)
    with open("/proc/self/status") as file:
        peak = next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))
    seconds = used.ru_utime + used.ru_stime + theirs.ru_utime + theirs.ru_stime
    print(json.dumps([seconds, max(peak, theirs.ru_maxrss) / 1024, shape, error]), flush=True)

for line in sys.stdin:
    if not (child := os.fork()):
        read(line.rstrip())
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        print(json.dumps([999, 9999, [], "it ended by a signal or a bug"]), flush=True)
"""


class Cost(NamedTuple):
    seconds: float
    mebibytes: float
    shape: list[int]
    error: str


@pytest.fixture(scope="module")
def cost_of(tmp_path_factory) -> Iterator[Callable[[bytes], Cost]]:
    """Reads bytes as a file, in a process of its own."""
    path = tmp_path_factory.mktemp("hostile") / "x"
    command = [sys.executable, "-c", READER]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=path.parent, **pipes) as reader:

        def cost(data: bytes) -> Cost:
            path.write_bytes(data)
            reader.stdin.write(f"{path}\n")
            reader.stdin.flush()
            return Cost(*json.loads(reader.stdout.readline()))

        yield cost
        reader.stdin.close()


@pytest.fixture(scope="module")
def plain_cost(cost_of, tmp_path_factory) -> Callable[[str, tuple[int, int]], Cost]:
    """What the plain picture of a mode and size costs."""

    @cache
    def cost(mode: str, size: tuple[int, int]) -> Cost:
        path = tmp_path_factory.mktemp("plain") / "plain.png"
        Image.new(mode, size).save(path)
        return cost_of(path.read_bytes())

    return cost


def marked(name: str, case: Hostile) -> object:
    return pytest.param(name, marks=[pytest.mark.slow] if case.slow else [])


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="measures memory in /proc")
@pytest.mark.parametrize("name", [marked(*item) for item in HOSTILE.items()])
def test_a_hostile_file_costs_little_more_than_the_plain_picture(name, cost_of, plain_cost):
    case = HOSTILE[name]
    data = case.make()

    plain, cost = plain_cost(case.mode, case.size), cost_of(data)

    assert len(data) <= hostile.FILE  # a larger one is not read at all
    assert cost.seconds - plain.seconds < SECONDS
    assert cost.mebibytes - plain.mebibytes < MEBIBYTES
    assert case.refused in cost.error
    assert bool(cost.error) == bool(case.refused), cost.error


@pytest.mark.skipif(not confined.can_confine(), reason="limits memory as Linux does")
def test_a_large_lossless_webp_is_decoded_elsewhere_to_the_same_pixels(monkeypatch):
    noise = np.random.default_rng(5).integers(0, 256, (500, 400, 4), np.uint8)
    data = io.BytesIO()
    Image.fromarray(noise, "RGBA").save(data, "WEBP", lossless=True, quality=0, method=0)
    asked = []
    elsewhere = confined.decode_confined
    monkeypatch.setattr(
        confined, "decode_confined", lambda *call: asked.append(call) or elsewhere(*call)
    )

    confined_pixels = decode(data.getvalue())
    monkeypatch.setattr(confined, "can_confine", lambda: False)

    assert len(asked) == 1
    assert (confined_pixels == decode(data.getvalue())).all()
    assert (data.getvalue()[:4], confined_pixels.shape) == (b"RIFF", (500, 400))


@pytest.mark.skipif(not confined.can_confine(), reason="limits memory as Linux does")
def test_a_damaged_picture_that_is_decoded_elsewhere_says_what_is_wrong():
    noise = np.random.default_rng(5).integers(0, 256, (500, 400, 3), np.uint8)
    data = io.BytesIO()
    Image.fromarray(noise).save(data, "WEBP", lossless=True, quality=0, method=0)

    with pytest.raises(DataError, match="not a whole WebP picture .*MiB of memory"):
        decode(data.getvalue()[:-50_000])
