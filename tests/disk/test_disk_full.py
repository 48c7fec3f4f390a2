"""A disk that is full, or fails, at any call: nothing is lost, and one message says so.

Each operation is repeated in one process that has failing_disk.c loaded, with every call that
writes failing in turn: with ENOSPC from then on, after half of a write, with EDQUOT and EIO once.
"""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from importlib.util import find_spec

import pytest
from batch import kinds
from disk.failing_disk import FAULTS, FailingDisk
from disk.operations import NEEDS, OPERATIONS
from disk.promises import Row
from servers import served

pytestmark = pytest.mark.timeout(3600)

pytest.importorskip("starlette", reason="needs starlette (the serve extra)")

QUICK = (
    "save of weights",
    "fetch from a mirror",
    "serve's corrections",
    "predict --resume a.jsonl",
)


def rows_of(names, most, folder, environment) -> list[Row]:
    """A row for each operation, from a process with the library."""
    command = [sys.executable, "-m", "disk.worker", folder, str(most), *names]
    done = subprocess.run(
        command, env=environment, cwd=folder, stdout=subprocess.PIPE, text=True, check=True
    )
    return [Row(*json.loads(line)) for line in done.stdout.splitlines() if line.startswith("[")]


def test_a_sample_of_calls_keeps_every_promise(tmp_path, with_library):
    rows = rows_of(QUICK, 3, tmp_path, with_library)

    assert [row.operation for row in rows] == list(QUICK)
    assert [row.broken for row in rows] == [[]] * len(QUICK)
    assert all(row.injected >= 10 for row in rows), rows


@pytest.mark.slow
@pytest.mark.parametrize("name", OPERATIONS)
def test_every_call_keeps_every_promise(name, tmp_path, with_library, table):
    for package in NEEDS.get(name, ()):
        if find_spec(package) is None:
            pytest.skip(f"needs the package {package}")

    (row,) = rows_of([name], 0, tmp_path, with_library)

    table.append(row)
    assert row.broken == []
    assert row.injected >= row.calls > 0


BREAKS = """
import os, sys
from pathlib import Path
from disk.failing_disk import FAULTS, FailingDisk
folder, disk = Path(sys.argv[1]), FailingDisk()

def write():
    handle = os.open(folder / "a", os.O_RDWR | os.O_CREAT)
    try:
        os.write(handle, b"12345678")
        os.fsync(handle)
        os.rename(folder / "a", folder / "b")
    finally:
        os.close(handle)
        for name in "ab":
            (folder / name).unlink(missing_ok=True)

disk.arm(folder)
write()
(folder.parent / "elsewhere").write_bytes(b"not counted")
print(*disk.disarm())
for fault in FAULTS.values():
    for index in range(1, 5):
        disk.arm(folder, fault, index)
        try:
            write()
            said = "-"
        except OSError as error:
            said = error.errno
        print(said, *disk.disarm()[1:3])
"""


def test_the_library_lets_the_call_fail_that_it_is_told(tmp_path, with_library):
    (tmp_path / "here").mkdir()
    command = [sys.executable, "-c", BREAKS, str(tmp_path / "here")]
    done = subprocess.run(command, env=with_library, capture_output=True, text=True, check=True)

    first, *lines = (line.strip() for line in done.stdout.splitlines())
    assert first.split()[:2] == ["4", "0"]
    full, quota, broken = errno.ENOSPC, errno.EDQUOT, errno.EIO
    calls = ["open", "write", "fsync", "rename"]
    assert lines[:4] == [f"{full} 1 {call}" for call in calls]
    # After half a write the write itself has worked; the next call has not.
    assert lines[4:8] == [f"{full} {1 + (call == 'write')} {call}" for call in calls]
    assert lines[8:12] == [f"{quota} 1 {call}" for call in calls]
    assert lines[12:16] == [f"{broken} 1 {call}" for call in calls]
    assert lines[16:] == [f"{broken} 1 fsync", *["- 0"] * 3]


COMMANDS = (
    ("adapt", "--sheet", "out.png", "--force"),
    ("predict", "7.png", "--json", "--output", "out.json"),
    ("export", "-w", "tiny", "--to", "safetensors", "--out", "out.safetensors", "--force"),
)


@pytest.mark.slow
@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda arguments: arguments[0])
def test_a_command_of_its_own_ends_with_exit_6_and_two_lines(
    arguments, tmp_path, failing, with_library
):
    disk, folder = FailingDisk(failing[1]), tmp_path / "at"
    folder.mkdir()
    (folder / "7.png").write_bytes(kinds.PICTURES[7])

    def run(fault=None, index=0):
        disk.arm(folder, fault, index)
        command = [sys.executable, "-m", "digitcli", *arguments]
        done = subprocess.run(command, cwd=folder, env=with_library, capture_output=True, text=True)
        return done, disk.disarm()

    assert run()[0].returncode == 0
    calls = run()[1].calls
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    for index in range(1, calls):  # the last is the folder's fsync, after the new file is there
        done, counted = run(FAULTS["full from then on"], index)
        lines = done.stderr.splitlines()
        assert (done.returncode, counted.failed > 0) == (6, True), (index, done)
        assert [line.split(":")[0] for line in lines] == ["error", "hint"], done.stderr
        assert "no space left on device" in lines[0]
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert run()[0].returncode == 0


def test_a_server_says_507_and_keeps_what_it_has(tmp_path, failing, with_library, monkeypatch):
    for name, value in with_library.items():
        monkeypatch.setenv(name, value)
    disk, folder = FailingDisk(failing[1]), tmp_path / "mine"

    def files():
        return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != ".lock"}

    with served("--corrections", str(folder)) as client:
        assert client.post("/corrections?label=7", kinds.PICTURES[7]).status == 201
        before, index = files(), 0
        while True:
            index += 1
            disk.arm(folder, FAULTS["full from then on"], index)
            answer = client.post("/corrections?label=3", kinds.PICTURES[3])
            if disk.disarm().failed == 0:
                break
            assert answer.status == 507, (index, answer)
            assert "no space left on device" in answer.json["error"]
            kept = files()
            assert {name: kept.get(name) for name in before} in (before, dict(files_after(kept)))
            assert not [name for name in kept if name.endswith(".tmp")]
        assert (answer.status, answer.json["count"]) == (201, 2)
    assert index > 8
    assert len((folder / "labels.csv").read_text().splitlines()) == 3


def files_after(kept: dict[str, bytes]) -> list[tuple[str, bytes]]:
    """The files of before when the list is the new one already: only the folder's fsync failed."""
    table = kept["labels.csv"]
    return [(name, kept[name]) for name in kept if f"{name},7".encode() in table or "csv" in name]
