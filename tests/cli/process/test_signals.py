"""Ctrl-C and SIGTERM at random moments: commands end within two seconds and leave no half file.

Twelve commands, thirty moments each: ten in the first half second, ten anywhere, ten in the last
half second. `make signals` runs it and prints what it found; DIGITCLI_SIGNAL_SEED repeats a run.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from sheets import filled, photograph

MOMENTS = 30
EDGE = 0.5  # seconds that count as the beginning, and as the end
MOST = 2.0  # seconds from the signal to the end of the process
SEED = int(os.environ.get("DIGITCLI_SIGNAL_SEED", random.randrange(10**6)))

# What each command writes; a name that ends in a slash is a folder that may be there in part.
COMMANDS = {
    "adapt": (
        "adapt --from photo.jpg --out my.npz --weights tiny --data synthetic --steps 20 --json",
        ["my.npz"],
    ),
    "bench": (
        "bench --weights tiny --data synthetic --against none --batch 1 --seconds 0.3 --rounds 2 "
        "--json -o bench.json",
        ["bench.json"],
    ),
    "data preview": ("data preview --data synthetic --rows 2 --out sheet.png", ["sheet.png"]),
    "eval": (
        "eval --data synthetic --json -o eval.json --reliability curve.png",
        ["eval.json", "curve.png"],
    ),
    "export": ("export --weights small --out small.onnx", ["small.onnx"]),
    "fetch": ("fetch synthetic --dir fetched", ["fetched/"]),
    "info": ("info --json", []),
    "predict": (
        "predict pictures --annotate drawn --steps steps --review review.csv --csv -o answers.csv",
        ["drawn/", "steps/", "review.csv", "answers.csv"],
    ),
    "predict --resume": ("predict @many.txt --resume answers.jsonl", ["answers.jsonl"]),
    "quantize": ("quantize small --data synthetic --out small8.npz", ["small8.npz"]),
    "show": ("show small pictures/seven.png --out page.html", ["page.html"]),
    "train": ("train --preset tiny --data synthetic --steps 60 --out run", ["run/"]),
}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.train,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks Linux's /proc"),
]


@pytest.fixture(scope="module")
def place(tmp_path_factory, repository) -> Path:
    """A folder with the inputs of all commands."""
    pytest.importorskip("tensorflow", reason="needs TensorFlow (the train extra)")
    folder = tmp_path_factory.mktemp("signals") / "place"
    shutil.copytree(repository / "samples", folder / "pictures")
    names = sorted(str(path) for path in (folder / "pictures").glob("*.png"))
    (folder / "many.txt").write_text("".join(f"{name}\n" for name in names * 100))
    photograph(filled(columns=4)[0], turn=180).save(folder / "photo.jpg", quality=80)
    done = subprocess.run(
        [sys.executable, "-m", "digitcli", "fetch", "synthetic"],
        cwd=folder,
        env=os.environ | {"DIGITCLI_DATA": str(folder.parent / "data")},
        check=False,
    )
    assert done.returncode == 0
    return folder


@dataclass(frozen=True)
class Ended:
    """A process that was sent a signal: how it ended, and its folder."""

    code: int
    seconds: float
    out: str
    err: str
    files: dict[str, bytes]
    leftovers: list[str]


class Stage:
    """Runs one command, each time in a fresh copy of the folder."""

    def __init__(self, place: Path, tmp_path: Path, command: str) -> None:
        self.place, self.tmp_path, self.command = place, tmp_path, command
        self.inputs = self._files(place)
        self.boots: list[float] = []

    def run(self, moment: float | None = None, number: int = signal.SIGINT) -> Ended:
        """Send the signal `moment` seconds after the start, but not before the program began."""
        folder, temporary = self.tmp_path / "here", self.tmp_path / "tmp"
        shutil.copytree(self.place, folder)
        temporary.mkdir()
        env = os.environ | {"DIGITCLI_DATA": str(self.place.parent / "data")}
        env |= {"TMPDIR": str(temporary)}
        start = sent = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "digitcli", *self.command.split()],
            cwd=folder,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        if moment is not None:
            while process.poll() is None and not catches_sigterm(process.pid):
                time.sleep(0.0005)
            self.boots.append(time.monotonic() - start)
            time.sleep(max(0.0, start + moment - time.monotonic()))
            sent = time.monotonic()
            process.send_signal(number)
        out, err = process.communicate(timeout=120)
        seconds = time.monotonic() - sent
        files = {k: v for k, v in self._files(folder).items() if self.inputs.get(k) != v}
        lost = [name for name in self.inputs if not (folder / name).exists()]
        leftovers = [str(path) for path in (*folder.rglob(".*.tmp"), *temporary.rglob("*"), *lost)]
        for used in (folder, temporary):
            shutil.rmtree(used)
        return Ended(process.returncode, seconds, out, err, files, leftovers)

    @staticmethod
    def _files(folder: Path) -> dict[str, bytes]:
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file() and path.name != ".lock"
        }


def catches_sigterm(pid: int) -> bool:
    """Whether the program has begun; before that the interpreter handles signals."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1)


def moments(seconds: float, random_: random.Random) -> list[float]:
    """Ten in the first half second, ten anywhere, ten in the last half second."""
    third = MOMENTS // 3
    first = [random_.uniform(0, min(EDGE, seconds)) for _ in range(third)]
    last = [random_.uniform(max(0.0, seconds - EDGE), seconds * 1.02) for _ in range(third)]
    return [*first, *(random_.uniform(0, seconds) for _ in range(MOMENTS - 2 * third)), *last]


def faults(ended: Ended, whole: Ended, number: int, outputs: list[str]) -> list[str]:
    """What is wrong about the end of an interrupted process."""
    found = []
    if ended.code not in (128 + number, 0):
        found.append(f"exit code {ended.code}")
    if ended.seconds > MOST and ended.code != 0:
        found.append(f"took {ended.seconds:.2f} s")
    found += [f"says {w!r}" for w in ("Traceback", "ignored", "internal error") if w in ended.err]
    if left := set(ended.leftovers) - set(whole.leftovers):
        found.append(f"left or lost {sorted(left)}")
    missing = [name for name in whole.files if name not in ended.files and "tfevents" not in name]
    if ended.code == 0 and missing:
        found.append(f"exit code 0 without {missing}")
    for name, content in ended.files.items():
        folder = any(out.endswith("/") and name.startswith(out) for out in outputs)
        if name not in outputs and not folder:
            found.append(f"{name} is there")
        elif not is_whole(name, content, whole.files.get(name)):
            found.append(f"{name} has {len(content)} bytes")
    if "--json" in outputs and ended.out:
        json.loads(ended.out)
    return found


def is_whole(name: str, content: bytes, expected: bytes | None) -> bool:
    """Whether a file is that of a whole run, or of the same kind if it has times in it."""
    if name.endswith(".jsonl"):
        return all(json.loads(line) for line in content.splitlines()) and content.endswith(b"\n")
    if name.endswith(".json") and not name.startswith("run/"):
        return bool(json.loads(content)) and content.endswith(b"}\n")
    if name.startswith("run/") or name in ("my.npz", "page.html"):
        return len(content) > 0
    return content == expected


@pytest.mark.parametrize("name", COMMANDS)
def test_signals_at_thirty_random_moments_end_the_command_cleanly(place, tmp_path, name, capsys):
    command, outputs = COMMANDS[name]
    stage = Stage(place, tmp_path, command)
    start = time.monotonic()
    whole = stage.run()
    seconds = time.monotonic() - start
    assert whole.code == 0, whole.err
    random_ = random.Random(f"{SEED} {name}")
    wrong, codes, slowest = [], Counter(), 0.0

    for at, moment in enumerate(moments(seconds, random_)):
        number = (signal.SIGINT, signal.SIGTERM)[at % 2]
        ended = stage.run(moment, number)
        codes[ended.code] += 1
        slowest = max(slowest, ended.seconds if ended.code else 0)
        if found := faults(ended, whole, number, outputs):
            wrong.append(f"{number.name} after {moment:.3f} s: {'; '.join(found)}\n{ended.err}")

    boot = sorted(stage.boots)[len(stage.boots) // 2]
    with capsys.disabled():
        print(
            f"\n{name}: {MOMENTS - len(wrong)} of {MOMENTS} right; runs {seconds:.2f} s, begins "
            f"after {1e3 * boot:.0f} ms, slowest end {slowest:.2f} s, exit codes {dict(codes)}"
        )
    assert not wrong, f"seed {SEED}\n" + "\n".join(wrong)
