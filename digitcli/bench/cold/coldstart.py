"""Whole processes, from start to answer: ours beside the shortest script of every other runtime.

All answer one picture. `digitcli predict` reads it from a PNG file, decodes and normalises it; the
scripts of the others get its 784 bytes as they are, which is less work. Each peer loads a file in a
format of its own, which is made before anything is timed.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from ...errors import DigitError, GateError, MachineError, PartialError
from ...files import scratch_folder
from ...inference.engine import default_isa
from ...machine import conditions as machine
from ..noise import noise_of
from ..pictures import as_files
from ..race.interpreter import WorkerError
from ..race.job import Job
from ..race.perform import Outcome
from ..runtimes import OURS, install, is_installed
from ..stopwatch import Timing
from . import launcher
from .scripts import SCRIPTS, Script

if TYPE_CHECKING:
    from ..pictures import Pictures
    from ..race.peer_files import PeerFiles

SCHEMA = "digitcli.bench-cold/1"
PATIENCE = 300.0  # seconds for one process
# Quiet, and on the CPU as all others; nothing that changes what is loaded.
ENVIRONMENT = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}

# A command -> what launcher.py answers.
Launch: TypeAlias = Callable[[Sequence[str]], dict[str, Any]]


@dataclass
class Starter:
    """One program to be started again and again."""

    engine: str
    command: list[str]
    ask: list[str]  # the same program, so that its answer can be read
    digit: int | None = None
    seconds: list[float] = field(default_factory=list)
    peaks: list[int] = field(default_factory=list)


def perform(
    job: Job,
    pictures: Pictures,
    peer_files: PeerFiles,
    progress: Callable[[str], None] = lambda line: None,
) -> Outcome:
    """Start every program `job.rounds` times in turns, and describe it."""
    conditions = machine.capture(default_isa())
    failures: dict[str, DigitError] = {}
    with scratch_folder("bench") as folder, Launcher() as launch:
        starters = _starters(job, pictures, folder, peer_files, failures)
        starters = _first_answers(starters, launch, failures, progress)
        _race(starters, launch, job.rounds, failures, progress)
    rows = [_row(starter, starters[0]) for starter in starters if starter.engine not in failures]
    document = {
        "schema": SCHEMA,
        "machine": conditions.to_json(),
        **job.facts(pictures),
        "agrees": all(row["agrees"] for row in rows),
        "rows": rows,
        "failures": [
            {"engine": engine, "error": str(error), "hint": error.hint}
            for engine, error in failures.items()
        ],
        "notes": [*_missing(job), *(str(error) for error in failures.values())],
    }
    return Outcome(document, _verdict(document, failures))


def _missing(job: Job) -> list[str]:
    names = ", ".join(job.missing)
    return [f"not installed, so left out: {names}; {install(*job.missing)}"] if names else []


class Launcher:
    """The parent's side of launcher.py."""

    def __enter__(self) -> Launch:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", launcher.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env=os.environ | ENVIRONMENT,
        )
        return self._launch

    def __exit__(self, *error: object) -> None:
        self._process.kill()
        with contextlib.suppress(OSError):
            self._process.communicate()

    def _launch(self, command: Sequence[str]) -> dict[str, Any]:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None, "Popen was asked for a pipe"
        assert stdout is not None, "Popen was asked for a pipe"
        stdin.write(json.dumps({"command": list(command), "timeout": PATIENCE}) + "\n")
        stdin.flush()
        line = stdout.readline()
        if not line:
            raise MachineError("the process that starts others died")
        answer: dict[str, Any] = json.loads(line)
        return answer


def _starters(
    job: Job,
    pictures: Pictures,
    folder: Path,
    peer_files: PeerFiles,
    failures: dict[str, DigitError],
) -> list[Starter]:
    """All programs, ours first, with the files that they read."""
    sample, raw = folder / "sample.png", folder / "picture.u8"
    sample.write_bytes(as_files(pictures.images[:1])[0])
    raw.write_bytes(pictures.images[0].tobytes())
    predict = [sys.executable, "-m", "digitcli", "predict", str(sample), "--digits", "one"]
    predict += ["--weights", str(job.weights)]
    starters = [Starter(OURS, predict, [*predict, "--json"])]
    for engine in job.against:
        with _noted(engine, failures):
            script = _script(engine)
            model = peer_files.file(script.file, folder)
            command = [sys.executable, "-c", script.code, str(model), str(raw)]
            starters.append(Starter(engine, command, command))
    return starters


def _script(engine: str) -> Script:
    if not is_installed(engine):
        raise MachineError(f"{engine} is not installed", install(engine))
    return SCRIPTS[engine]


@contextlib.contextmanager
def _noted(engine: str, failures: dict[str, DigitError]) -> Iterator[None]:
    """Note a peer's failure and go on; a failure of ours ends the run."""
    try:
        yield
    except DigitError as error:
        if engine == OURS:
            raise
        failures[engine] = error


def _first_answers(
    starters: Sequence[Starter],
    launch: Launch,
    failures: dict[str, DigitError],
    progress: Callable[[str], None],
) -> list[Starter]:
    """Start each once, which fills the page cache, and read its answer."""
    alive = []
    for starter in starters:
        progress(f"{starter.engine}: first start")
        with _noted(starter.engine, failures):
            starter.digit = _digit(_launched(starter.engine, starter.ask, launch))
            alive.append(starter)
    return alive


def _launched(engine: str, command: Sequence[str], launch: Launch) -> dict[str, Any]:
    """Start a program. Raises WorkerError, with what it said last, when it fails."""
    done = launch(command)
    if done["code"] != 0:
        with contextlib.suppress(ValueError, LookupError, TypeError):  # ours tells what went wrong
            said = json.loads(done["stdout"])
            raise WorkerError(said["error"], said["hint"], said["exit_code"])
        last = f"; its last words: {done['last_words']}" if done["last_words"] else ""
        raise WorkerError(f"{engine}: the process ended with exit code {done['code']}{last}")
    return done


def _digit(done: Mapping[str, Any]) -> int | None:
    """The digit that a program printed, alone or in a `digitcli.predict/1` document."""
    text = done["stdout"].strip().rpartition("\n")[2]
    with contextlib.suppress(ValueError, LookupError, TypeError):
        answer = json.loads(text)
        return int(answer["results"][0]["text"]) if isinstance(answer, dict) else int(answer)
    return None


def _race(
    starters: list[Starter],
    launch: Launch,
    rounds: int,
    failures: dict[str, DigitError],
    progress: Callable[[str], None],
) -> None:
    """Start all in turns; another one begins in each round."""
    order = list(starters)
    for number in range(rounds):
        progress(f"round {number + 1} of {rounds}")
        for starter in order:
            if starter.engine in failures:
                continue
            with _noted(starter.engine, failures):
                done = _launched(starter.engine, starter.command, launch)
                starter.seconds.append(done["seconds"])
                if done["peak_bytes"] is not None:
                    starter.peaks.append(done["peak_bytes"])
        order = order[1:] + order[:1]


def _row(starter: Starter, ours: Starter) -> dict[str, Any]:
    timing = Timing(tuple(starter.seconds))
    noise = noise_of(timing)
    package = SCRIPTS[starter.engine].package if starter.engine in SCRIPTS else starter.engine
    return {
        "engine": starter.engine,
        "version": machine.versions((package,)).get(package),
        "median_ms": round(timing.median * 1e3, 2),
        "min_ms": round(timing.fastest * 1e3, 2),
        "p90_ms": round(timing.p90 * 1e3, 2),
        "spread": round(timing.spread, 4),
        "repeats": len(timing.seconds),
        "median_interval_ms": [round(end * 1e3, 2) for end in noise.interval],
        "warnings": list(noise.warnings),
        "peak_mib": round(max(starter.peaks) / 2**20, 1) if starter.peaks else None,
        "times_ours": round(timing.median / Timing(tuple(ours.seconds)).median, 2),
        "digit": starter.digit,
        "agrees": starter.digit is not None and starter.digit == ours.digit,
    }


def _verdict(document: dict[str, Any], failures: Mapping[str, DigitError]) -> DigitError | None:
    wrong = [row["engine"] for row in document["rows"] if not row["agrees"]]
    if wrong:
        return GateError(
            f"{', '.join(wrong)}: another answer than {OURS}'s",
            "a wrong answer has no speed: do not quote these times",
        )
    if failures:
        hints = [error.hint for error in failures.values() if error.hint]
        return PartialError("; ".join(map(str, failures.values())), hints[0] if hints else "")
    return None
