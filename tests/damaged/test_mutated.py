"""Damaged pictures, archives and lists end with an answer or an error, within time and memory.

`make mutated` tries 20,000 of them in process, and a quarter of these over `serve`.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import pytest
from damaged import mutants
from pictures import digit_picture, encoded
from PIL import Image
from serve.servers import served

SECONDS, MEBIBYTES = 2.0, 64  # over the same picture as plain PNG
MANY = 20_000
_TOGETHER = 50  # files that one process reads; of those that take long, each again by itself

# Reads the files of a line, in a process of its own that has the modules and networks already.
READER = """
import json, os, resource, sys, traceback
from digitcli.inference.networks import Networks
from digitcli.vision.files.decode import decode_pixels
from digitcli.vision.files.sources import find_pictures
from digitcli.vision.reader import Reader

reader = Reader.of(Networks(["reader"]))
list(reader.read_many(find_pictures(["1.png"])))

def seconds():
    found = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in found)

def peak():
    with open("/proc/self/status") as file:
        own = next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))
    return max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024

def read(names):
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    answers, longest = [], 0
    for name in names:
        begin = seconds()
        try:
            readings = list(reader.read_many(find_pictures([name])))
            answers += [one.answer for one in readings]
        except Exception:
            traceback.print_exc()
            answers.append("traceback")
        longest = max(longest, seconds() - begin)
    print(json.dumps([longest, peak(), answers]), flush=True)

for line in sys.stdin:
    if not (child := os.fork()):
        read(json.loads(line))
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        print(json.dumps([999, 9999, ["ended by a signal"]]), flush=True)
"""


@dataclass
class Costs:
    """What so many files took: the most of a processor's seconds and of memory, and answers."""

    seconds: float = 0.0
    mebibytes: float = 0.0
    answers: Counter[str] = field(default_factory=Counter)


class Measured:
    """Reads files in processes of their own."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self._process, self.folder = process, folder

    def read(self, names: list[str]) -> Costs:
        """What reading them took; a name with @ is a list."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(names) + "\n")
        self._process.stdin.flush()
        seconds, mebibytes, answers = json.loads(self._process.stdout.readline())
        return Costs(seconds, mebibytes, Counter(answers))

    def plain(self, name: str) -> Costs:
        """What the plain PNG of the same size takes; of a file that is no picture, a small one."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what Pillow says of damage is no news here
                with Image.open(self.folder / name.removeprefix("@")) as picture:
                    size = picture.size
        except Exception:
            size = (28, 28)
        Image.new("RGB", size if size[0] * size[1] <= 16_000_000 else (28, 28)).save(
            self.folder / "plain.png"
        )
        return self.read(["plain.png"])


@contextmanager
def measured(folder: Path) -> Iterator[Measured]:
    """A process that reads the files of a folder."""
    for name in ("1.png", "a/2.png"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(encoded(digit_picture(int(name[-5]))))
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", READER],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        with process:
            yield Measured(process, folder)
            assert process.stdin is not None
            process.stdin.close()


def damaged(count: int) -> Iterator[tuple[str, bytes]]:
    """So many files and their kinds: pictures, one in five an archive, one in ten a list.

    No PDF: its pages are drawn, in a process with limits of its own, and are no picture's size.
    """
    rng = random.Random(17)
    kinds = {
        "picture": list(mutants.pictures().values()),
        "archive": [data for name, data in mutants.containers().items() if name != "pdf"],
        "list": list(mutants.lists(["1.png", "a/2.png", "none.png"]).values()),
    }
    for n in range(count):
        kind = "list" if n % 10 == 9 else "archive" if n % 5 == 3 else "picture"
        yield kind, mutants.mutated(rng.choice(kinds[kind]), rng, kinds[kind])


def written(folder: Path, count: int) -> Iterator[list[str]]:
    """Some of so many files at a time, by name, which are in the folder until the next ones are."""
    files = damaged(count)
    for first in range(0, count, _TOGETHER):
        names = []
        for n, (kind, data) in enumerate(islice(files, _TOGETHER), first):
            (folder / f"m{n}").write_bytes(data)
            names.append(f"@m{n}" if kind == "list" else f"m{n}")
        yield names
        for name in names:
            (folder / name.removeprefix("@")).unlink()


def excess(reading: Measured, names: list[str], idle: float) -> tuple[Costs, list[str]]:
    """What a file took at most, more than its plain PNG, all answers, and files over the budget."""
    together = reading.read(names)
    together.mebibytes -= idle
    if together.seconds < SECONDS / 2 and together.mebibytes < MEBIBYTES / 2:
        return together, []
    most, over = Costs(answers=together.answers), []
    for name in names:
        cost, plain = reading.read([name]), reading.plain(name)
        seconds, mebibytes = cost.seconds - plain.seconds, cost.mebibytes - plain.mebibytes
        most.seconds, most.mebibytes = max(most.seconds, seconds), max(most.mebibytes, mebibytes)
        if seconds >= SECONDS or mebibytes >= MEBIBYTES:
            over.append(f"{name}: {seconds:.2f} s, {mebibytes:.1f} MiB")
    return most, over


counts = pytest.mark.parametrize(
    "count", [100, pytest.param(MANY, marks=[pytest.mark.slow, pytest.mark.timeout(7_200)])]
)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="measures memory in /proc")
@counts
def test_damaged_files_are_answered_within_the_budget(count, tmp_path, capsys):
    most, over = Costs(), list[str]()
    with measured(tmp_path) as reading:
        idle = reading.read(["1.png"]).mebibytes
        for names in written(tmp_path, count):
            found, too_much = excess(reading, names, idle)
            most.seconds = max(most.seconds, found.seconds)
            most.mebibytes = max(most.mebibytes, found.mebibytes)
            most.answers += found.answers
            over += too_much
    with capsys.disabled():
        print(
            f"\n{count:,} files: {most.seconds:.2f} s, {most.mebibytes:.1f} MiB at most, "
            f"{dict(most.answers)}"
        )
    assert over == []
    assert most.answers["traceback"] + most.answers["ended by a signal"] == 0
    assert "Traceback" not in (tmp_path / "log").read_text()


@counts
def test_damaged_files_are_answered_over_http(count, tmp_path, capsys):
    pytest.importorskip("uvicorn", reason="needs the serve extra")
    statuses: Counter[int] = Counter()
    with (tmp_path / "log").open("w+") as log:
        with served("-q", "--log", "json", stderr=log) as client:
            for _, data in damaged(count // 4):
                answer = client.post("/read", data)
                statuses[answer.status] += 1
                assert answer.status in (200, 400), data
                assert answer.json
            assert client.post("/read", encoded(digit_picture(7))).status == 200
        log.seek(0)
        errors = [line for line in log if '"level": "error"' in line or "Traceback" in line]
    with capsys.disabled():
        print(f"\n{count // 4:,} files over HTTP: {dict(statuses)}")
    assert errors == []
