"""SIGKILL at any moment: the run that goes on ends with the very bytes of the undisturbed one.

Real processes of the command line, real signals; `make test-resume` runs this and prints a table.
"""

from __future__ import annotations

import csv
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

pytestmark = [pytest.mark.train, pytest.mark.slow]
if find_spec("tensorflow") is None:
    pytest.skip("needs TensorFlow (the train extra)", allow_module_level=True)
if not hasattr(signal, "SIGKILL"):
    pytest.skip("needs SIGKILL", allow_module_level=True)

NETWORK = """
name = "killed"
layers = [
  { type = "conv", filters = 4, kernel = 5, stride = 2, batch_norm = true },
  { type = "dense", units = 16, activation = "relu", dropout = 0.4 },
  { type = "dense", units = 10 },
]

[training]
optimizer = "adamw"
learning_rate = 0.005
schedule = "one_cycle"
average = 0.99
augmentation = { rotation = 8, shift = 1, noise = 0.02 }
batch_size = 50
epochs = 3
validation = 8_000
seed = 5
"""
STEPS = 3 * 4_000 // 50
OFTEN = ["--checkpoint-every", "0.05"]

STARTING, TRAINING = 4, 26  # kills before and after the first checkpoint
MOMENTS = [
    *(("start-up", number, STARTING) for number in range(STARTING)),
    *(("training", number, TRAINING) for number in range(TRAINING)),
]

# Kills its own process at the n-th time that something is about to happen to a file.
DRIVER = """
import fnmatch, os, runpy, signal, sys
event, pattern, left = sys.argv[1], sys.argv[2], int(sys.argv[3])
def watch(name, arguments):
    global left
    if name != event:
        return
    path = str(arguments[1] if name == "os.rename" else arguments[0])
    writes = name != "open" or pattern.endswith("/checkpoints") or "r" not in str(arguments[1])
    if writes and fnmatch.fnmatch(path, pattern):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(watch)
sys.argv[:] = ["digitcli", *sys.argv[4:]]
runpy.run_module("digitcli", run_name="__main__")
"""


@dataclass(frozen=True)
class Whole:
    """The undisturbed run: its folder, and its seconds to the first checkpoint."""

    folder: Path
    first_checkpoint: float


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("killed")
    (folder / "killed.toml").write_text(NETWORK)
    subprocess.run(command("fetch", "synthetic"), cwd=folder, env=environment(folder), check=True)
    return folder


@pytest.fixture(scope="module")
def whole(place):
    process, start = begin(place, "whole"), time.monotonic()
    wait_for_step(process, place / "whole", 0)
    first = time.monotonic() - start
    output, _ = process.communicate(timeout=240)
    assert process.returncode == 0, output
    return Whole(place / "whole", first)


@pytest.fixture(scope="module")
def table():
    rows: list[tuple[str, str, str, str]] = []
    yield rows
    print(
        "\n\nkilled                                found there           went on from   weights.npz"
    )
    for row in rows:
        print("{:<37} {:<21} {:<14} {}".format(*row))
    equal = sum(row[3] == "identical" for row in rows)
    print(f"{equal} of {len(rows)} bit-identical with the undisturbed run's")


def environment(place):
    return os.environ | {"DIGITCLI_DATA": str(place / "data")}


def command(*arguments):
    return [sys.executable, "-m", "digitcli", *arguments]


def fresh(out, often=True):
    options = ["--preset", "killed.toml", "--data", "synthetic", "--out", out]
    return ["train", *options, *(OFTEN if often else [])]


def begin(place, out, driver=(), often=False):
    arguments = fresh(out, often)
    line = [sys.executable, "-c", DRIVER, *driver, *arguments] if driver else command(*arguments)
    return subprocess.Popen(
        line,
        **{"cwd": place, "env": environment(place), "text": True},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def wait_for_step(process, folder, step):
    """Return when a checkpoint of at least this step is there, or the process has ended."""
    while not any(int(p.name[5:]) >= step for p in (folder / "checkpoints").glob("step-*")):
        if process.poll() is not None:
            return
        time.sleep(0.002)


def kill_at(place, out, whole, phase, share):
    """Start a run and kill it after this share of a phase; one that was quicker is tried again.

    Training is measured by its own steps, since the machine may be busier at one time than another;
    its last tenth is what comes after them.
    """
    for attempt in range(5):
        process = begin(place, f"{out}-{attempt}", often=True)
        if phase == "start-up":
            time.sleep(share * whole.first_checkpoint)
        else:
            done = share / 0.9
            wait_for_step(process, place / f"{out}-{attempt}", round(min(done, 1) * STEPS))
            # Up to as long as it is between two checkpoints, or as weights and curves take.
            spare = random.Random(f"{out} {attempt}").random() * (0.1 if done < 1 else 1.0)
            time.sleep(spare * 0.5**attempt)
        process.kill()
        process.communicate()
        if process.returncode == -signal.SIGKILL:
            return place / f"{out}-{attempt}"
    pytest.fail("five runs ended before they could be killed")


def found_in(folder):
    """What the kill left: the newest checkpoint, and whether one was just being written."""
    steps = sorted(path.name for path in (folder / "checkpoints").glob("step-*"))
    newest = f"step {int(steps[-1][5:])}" if steps else "no checkpoint"
    cut = any((folder / "checkpoints").glob(".step-*"))
    return newest + (", one half done" if cut else "")


def go_on(place, folder):
    """Resume as the user is told to; where nothing is saved yet, the first command once more."""
    run = {"cwd": place, "env": environment(place), "capture_output": True, "text": True}
    done = subprocess.run(command("train", "--resume", folder.name), timeout=240, **run)
    if done.returncode == 2:
        assert "no run to go on with" in done.stderr or "no checkpoints" in done.stderr
        done = subprocess.run(command(*fresh(folder.name)), timeout=240, **run)
        assert done.returncode == 0, done.stderr
        return done, "the start"
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("going on after")]
    if "finished after" in done.stdout or "already trained" in done.stderr:
        return done, "the end"
    return done, lines[0].removeprefix("going on after ") if lines else "step 0"


def measured(folder):
    """history.csv without what the clock says."""
    rows = csv.DictReader((folder / "history.csv").read_text().splitlines())
    return [{k: v for k, v in row.items() if k not in ("seconds", "images_per_s")} for row in rows]


def compare(whole, folder, table, label, found, start):
    same = (folder / "weights.npz").read_bytes() == (whole.folder / "weights.npz").read_bytes()
    table.append((label, found, start, "identical" if same else "DIFFERENT"))
    assert same
    assert measured(folder) == measured(whole.folder)
    left = [path.name for path in folder.rglob("*.tmp")]
    assert not left
    assert len(list((folder / "checkpoints").iterdir())) == 2
    assert {path.name for path in folder.iterdir()} == {
        path.name for path in whole.folder.iterdir()
    }


@pytest.mark.parametrize(("phase", "number", "count"), MOMENTS)
def test_a_run_killed_at_a_random_moment_goes_on_to_the_same_bytes(
    place, whole, table, phase, number, count
):
    share = (number + random.Random(f"{phase} {number}").random()) / count

    folder = kill_at(place, f"{phase}-{number}", whole, phase, share)
    found = found_in(folder)
    _, start = go_on(place, folder)

    compare(whole, folder, table, f"{phase}, at {share:.0%}", found, start)


@pytest.mark.parametrize(
    ("moment", "event", "pattern", "nth"),
    [
        ("before the first checkpoint", "open", "*/.step-000000000.*/state.npz", 1),
        ("before the variables are written", "open", "*/.step-*.tmp/state.npz", 5),
        ("after the variables", "open", "*/.step-*.tmp/meta.json", 5),
        ("before the manifest", "open", "*/.step-*.tmp/manifest.json", 5),
        ("before it gets its name", "os.rename", "*/checkpoints/step-*", 5),
        ("after it got its name", "open", "*/checkpoints", 5),
        ("while an old one is removed", "shutil.rmtree", "*/.step-*.removed.tmp", 3),
        ("before weights.npz gets its name", "os.rename", "*/weights.npz", 1),
        ("before report.html gets its name", "os.rename", "*/report.html", 1),
    ],
)
def test_a_run_killed_inside_a_write_goes_on_to_the_same_bytes(
    place, whole, table, moment, event, pattern, nth
):
    name = moment.replace(" ", "-")
    process = begin(place, name, (event, pattern, str(nth)), often=True)
    output, _ = process.communicate(timeout=240)

    assert process.returncode == -signal.SIGKILL, output
    found = found_in(place / name)
    _, start = go_on(place, place / name)

    compare(whole, place / name, table, moment, found, start)


@pytest.mark.parametrize("file", ["state.npz", "meta.json", "manifest.json"])
def test_after_a_truncated_checkpoint_the_one_before_is_used_and_named(place, whole, table, file):
    folder = kill_at(place, f"cut-{file}", whole, "training", 0.6)
    newest = max((folder / "checkpoints").glob("step-*")) / file
    newest.write_bytes(newest.read_bytes()[: newest.stat().st_size // 2])

    done, start = go_on(place, folder)

    assert f"{newest.parent.name}: damaged ({file}: " in done.stderr
    assert "using the one before" in done.stderr
    compare(whole, folder, table, f"truncated {file}", "newest is damaged", start)
