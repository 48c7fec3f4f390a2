"""Memory does not grow with the number of pictures that are read."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

import pytest
from memory.resident import FLAT, Watch, family, linux_only, resident
from pictures import digit_picture, encoded

from digitcli.inference.networks import Networks
from digitcli.vision.reader import Reader

pytestmark = linux_only

WARM, MOST = 20_000, 200_000  # pictures: what is loaded, and cached, is there after the first
SMALL = pytest.param(2_000, 5_000, id="5000")
LARGE = pytest.param(WARM, MOST, id="200000", marks=pytest.mark.slow)


def small_pictures() -> list[bytes]:
    """A thousand files of 28 x 28 pixels; some are damaged, some blank."""
    plain = [encoded(digit_picture(digit).resize((28, 28))) for digit in range(10)]
    shades = [bytes([*data[:-8], *data[-8:]]) for data in plain]
    damaged = [plain[3][:60], b"", encoded(digit_picture(1).point(lambda _: 255).resize((28, 28)))]
    return [*shades * 99, *damaged, *plain[:7]]


@pytest.mark.parametrize(("warm", "most"), [SMALL, LARGE])
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.timeout(1800)
def test_pictures_that_stream_through_the_reader_leave_nothing(warm, most, threads):
    reader = Reader.of(Networks(()), threads=threads)
    watch = Watch()

    for number, reading in enumerate(reader.read_many(islice(cycle(small_pictures()), most)), 1):
        assert reading.answer is not None
        if number == warm:
            watch.begin(resident())
        elif number > warm and number % 500 == 0:
            watch.add(resident())

    print(f"\nreader, {threads} threads, picture {warm:,} to {most:,}: {watch}")
    assert watch.growth <= FLAT


def lines_of(process: subprocess.Popen[bytes]) -> Iterator[int]:
    """The number of each line that a process prints."""
    assert process.stdout is not None
    for number, _ in enumerate(process.stdout, 1):
        yield number


# Few pictures say nothing: the processes that share a long list may start late.
@pytest.mark.parametrize(("warm", "most"), [LARGE])
@pytest.mark.timeout(1800)
def test_predict_of_a_long_list_takes_no_more_memory(tmp_path: Path, warm, most):
    for number, data in enumerate(small_pictures()):
        (tmp_path / f"{number}.png").write_bytes(data)
    names = [f"{number}.png" for number in range(1_000)]
    (tmp_path / "list.txt").write_text("\n".join(islice(cycle(names), most)) + "\n")
    command = [sys.executable, "-m", "digitcli", "predict", "@list.txt", "--csv"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=tmp_path, env=os.environ
    )
    watch = Watch()

    for number in lines_of(process):
        if number == warm:
            watch.begin(family(process.pid))
        elif number > warm and number % 500 == 0:
            watch.add(family(process.pid))
    process.stdout.close()

    print(f"\npredict, picture {warm:,} to {most:,}: {watch}")
    assert process.wait() == 7  # some are damaged
    assert number == most + 1
    assert watch.growth <= FLAT
