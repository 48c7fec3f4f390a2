from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from digitcli.bench.cold import coldstart
from digitcli.bench.cold.coldstart import Launcher
from digitcli.bench.cold.scripts import SCRIPTS
from digitcli.bench.pictures import Pictures
from digitcli.bench.race.job import Job
from digitcli.errors import ExitCode, MachineError

PICTURES = Pictures(np.zeros((1, 28, 28), np.uint8), np.zeros(1, np.uint8), "mnist", 1)


def job(*against: str, rounds: int = 2) -> Job:
    settings = {"flops": 1, "data": "mnist", "batches": (1,), "threads": (1,), "seconds": 0.0}
    return Job(weights=Path("w.npz"), network="tiny", against=against, rounds=rounds, **settings)


def answer(**changes):
    plain = {"seconds": 0.1, "peak_bytes": 2**20, "code": 0, "stdout": "7\n", "last_words": ""}
    return plain | changes


@pytest.fixture
def start(monkeypatch):
    """Perform a job with programs that answer as `answers` says; all are installed."""

    def run(wanted: Job, answers=lambda engine: answer(), file=lambda name, folder: folder / name):
        launched = []

        def launch(self, command):
            code = {script.code: engine for engine, script in SCRIPTS.items()}
            launched.append(code.get(command[2], "digitcli"))
            return answers(launched[-1])

        monkeypatch.setattr(coldstart, "is_installed", lambda engine: True)
        monkeypatch.setattr(Launcher, "_launch", launch)
        return coldstart.perform(wanted, PICTURES, SimpleNamespace(file=file)), launched

    return run


def test_programs_are_started_in_turns_after_one_start_that_does_not_count(start):
    outcome, launched = start(job("tensorflow", rounds=3))

    ours, peer = "digitcli", "tensorflow"
    assert launched == [ours, peer, ours, peer, peer, ours, ours, peer]
    assert [(row["engine"], row["repeats"]) for row in outcome.document["rows"]] == [
        (ours, 3),
        (peer, 3),
    ]
    assert outcome.error is None


def test_a_row_has_times_peak_and_ratio(start):
    slow = {"tensorflow": answer(seconds=3.0, peak_bytes=600 * 2**20)}

    outcome, _ = start(job("tensorflow"), lambda engine: slow.get(engine, answer()))

    ours, peer = outcome.document["rows"]
    assert (ours["median_ms"], ours["peak_mib"], ours["times_ours"]) == (100.0, 1.0, 1.0)
    assert (peer["median_ms"], peer["peak_mib"], peer["times_ours"]) == (3000.0, 600.0, 30.0)


def test_a_system_that_does_not_tell_the_peak_has_none(start):
    outcome, _ = start(job(), lambda engine: answer(peak_bytes=None))

    assert outcome.document["rows"][0]["peak_mib"] is None


def test_our_answer_is_read_from_its_json(start):
    document = json.dumps({"results": [{"text": "7"}]})

    outcome, _ = start(
        job("litert"), lambda engine: answer(stdout=document if engine == "digitcli" else "7")
    )

    assert [row["digit"] for row in outcome.document["rows"]] == [7, 7]
    assert outcome.document["agrees"]


def test_another_answer_ends_with_exit_8(start):
    outcome, _ = start(job("litert"), lambda engine: answer(stdout=str(len(engine))))

    assert outcome.error is not None
    assert outcome.error.exit_code == ExitCode.GATE
    assert "litert: another answer" in str(outcome.error)


def test_a_peer_that_crashes_is_named_and_the_others_go_on(start):
    crash = {"openvino": answer(code=-11, last_words="segmentation fault")}

    outcome, _ = start(job("openvino", "litert"), lambda engine: crash.get(engine, answer()))

    document = outcome.document
    assert [row["engine"] for row in document["rows"]] == ["digitcli", "litert"]
    assert document["failures"][0]["engine"] == "openvino"
    assert "exit code -11; its last words: segmentation fault" in document["notes"][0]
    assert outcome.error is not None
    assert outcome.error.exit_code == ExitCode.PARTIAL


def test_a_peer_that_crashes_later_is_left_out_too(start):
    calls = []

    def answers(engine: str):
        calls.append(engine)
        return answer(code=1 if engine == "litert" and calls.count("litert") > 2 else 0)

    outcome, _ = start(job("litert", rounds=4), answers)

    assert [row["engine"] for row in outcome.document["rows"]] == ["digitcli"]


def test_a_peer_whose_file_cannot_be_made_is_named(start):
    def file(name: str, folder: Path) -> Path:
        raise MachineError(f"nothing writes {name}")

    outcome, _ = start(job("litert"), file=file)

    assert outcome.document["notes"] == ["nothing writes uint8.tflite"]


def test_nothing_is_measured_when_our_own_program_fails(start):
    with pytest.raises(MachineError, match="digitcli: the process ended with exit code 4"):
        start(job(), lambda engine: answer(code=4))


def test_a_package_that_is_not_installed_is_named_with_its_remedy(monkeypatch):
    monkeypatch.setattr(coldstart, "is_installed", lambda engine: False)

    with pytest.raises(MachineError, match="litert is not installed") as caught:
        coldstart._script("litert")

    assert "digitcli[bench]" in caught.value.hint


@pytest.mark.parametrize("engine", SCRIPTS)
def test_every_script_is_sound_python(engine):
    compile(SCRIPTS[engine].code, engine, "exec")


needs_wait4 = pytest.mark.skipif(not hasattr(os, "wait4"), reason="the system has no wait4")


@needs_wait4
def test_the_peak_is_the_programs_own_and_not_ours():
    ours = np.ones(200 * 2**20, np.uint8)  # what a child would inherit from a fork
    with Launcher() as launch:
        small = launch([sys.executable, "-S", "-c", "print(3)"])
        large = launch([sys.executable, "-S", "-c", "print(len(b'x' * 10**8))"])

    assert ours.nbytes > small["peak_bytes"] > 2**20
    assert large["peak_bytes"] > small["peak_bytes"] + 0.9e8
    assert (small["stdout"], small["code"]) == ("3\n", 0)


def test_a_program_is_timed_from_start_to_end():
    with Launcher() as launch:
        done = launch([sys.executable, "-S", "-c", "import time; time.sleep(0.3)"])

    assert 0.3 <= done["seconds"] < 10


def test_exit_codes_signals_and_last_words_come_back():
    with Launcher() as launch:
        failed = launch([sys.executable, "-S", "-c", "import sys; sys.exit('oh no')"])
        killed = launch([sys.executable, "-S", "-c", "import os, signal; os.kill(os.getpid(), 9)"])
        missing = launch(["/no/such/program"])

    assert (failed["code"], failed["last_words"]) == (1, "oh no")
    assert killed["code"] == -9 or os.name == "nt"
    assert missing["code"] == 127
    assert "/no/such/program" in missing["last_words"]


def test_a_program_that_hangs_is_killed(monkeypatch):
    monkeypatch.setattr(coldstart, "PATIENCE", 0.5)
    with Launcher() as launch:
        done = launch([sys.executable, "-S", "-c", "import time; time.sleep(60)"])

    assert done["code"] != 0
    assert done["seconds"] < 30


def test_the_launcher_ends_with_its_parent():
    with Launcher() as launch:
        launcher = launch.__self__
        assert isinstance(launcher._process, subprocess.Popen)

    assert launcher._process.returncode is not None
