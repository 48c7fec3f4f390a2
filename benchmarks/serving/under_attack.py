"""What ordinary clients notice while others send all that is hostile: hostile."""

from __future__ import annotations

import csv
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .client import Asked, ask_at
from .crowds import EXIT
from .queries import mixed
from .rows import Row, p99_row
from .server import Running, Watch
from .task import Task, check_answers, shuffled

PACE = 10  # attacks a second
_ORDINARY = 10  # requests a second of ordinary clients
_SOCKETS = 16  # their connections
GOOD = 3_000  # ms, p99 of ordinary clients: some hostile pictures take 2 s of a core
GROWTH = 64  # MiB of all processes: each keeps memory for large pictures until it is used again
STOP = 25  # seconds to stop in
_EVERY = 60.0  # seconds between looks at the memory
_ATTACKERS = Path(__file__).with_name("attackers.py")


@dataclass(frozen=True)
class _Found:
    asked: list[Asked]
    attackers: dict[str, Any]
    mib: list[float]
    stopped: float  # seconds
    code: int


def hostile(task: Task) -> Iterator[Row]:
    """Ordinary clients, SIGTERM and memory beside every kind of hostile request."""
    log, kept = task.folder / "log", task.folder / "corrections"
    with log.open("w") as file:
        options = ("--log", "json", "--corrections", str(kept))
        with task.server(*options, log=file) as server:
            for of in task.sets:
                check_answers(server.port, of)
            found = _attacked(server, task)
    yield from _answers(found)
    lines = log.read_text().splitlines()
    errors = [line for line in lines if "Traceback" in line or '"level": "error"' in line]
    raw = [line for line in lines if not line.startswith("{")]
    details = {"first": errors[:5], "no JSON": raw[:5]}
    note = f"{len(raw)} lines are no JSON"
    yield Row("hostile", "errors in the log", len(errors), 0, "", note=note, details=details)
    yield _memory(found.mib)
    yield Row("hostile", "SIGTERM", found.stopped, STOP, "s", faults=int(found.code != EXIT))
    yield _corrections(kept)


def _attacked(server: Running, task: Task) -> _Found:
    """Let all clients ask; stop the server while the hostile ones still do."""
    queries = mixed(task.digits, task.cheques, Path(task.weights).stem)
    seconds = 60 * task.minutes
    arguments = (server.port, seconds + 5, task.folder / "bombs", task.data.parent / "field-inputs")
    command = [sys.executable, _ATTACKERS, *arguments, Path(task.weights).stem, PACE]
    with subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True) as attackers:
        assert attackers.stdout is not None
        attackers.stdout.readline()
        with Watch(server, min(_EVERY, seconds / 10)) as watch:
            asked = ask_at(server.port, shuffled(queries), _ORDINARY, seconds, _SOCKETS)
        begin = time.perf_counter()
        server.stop()
        code = server.wait()
        stopped = time.perf_counter() - begin
        document = json.loads(attackers.stdout.readline() or "null")
    if document is None:
        sys.exit("the hostile clients ended before their time")
    return _Found(asked, document, watch.mib, stopped, code)


def _answers(found: _Found) -> Iterator[Row]:
    """Of ordinary clients, and of hostile ones."""
    yield p99_row("hostile", "ordinary clients", GOOD, found.asked, f"{_ORDINARY} a second")
    statuses, attackers = found.attackers["statuses"], found.attackers
    said = ", ".join(f"{status} {count:,}" for status, count in sorted(statuses.items()))
    count = sum(attackers["attacks"].values())
    bad = sum(n for status, n in statuses.items() if status.startswith("5") and status != "503")
    yield Row("hostile", "5xx but 503", bad, 0, "", note=f"{count:,} attacks; {said}")
    yield Row(
        "hostile",
        "undeclared answers",
        sum(attackers["faults"].values()),
        0,
        "",
        note="; ".join(f"{name}: {n}" for name, n in attackers["faults"].items()),
        details=attackers,
    )


def _memory(mib: list[float]) -> Row:
    """How it grew from the second quarter of the time to the last."""
    quarter = max(1, len(mib) // 4)
    early, late = (statistics.median(part) for part in (mib[quarter : 2 * quarter], mib[-quarter:]))
    return Row(
        "hostile",
        "memory",
        late - early,
        GROWTH,
        "MiB",
        note=f"{mib[0]:.0f} MiB at first, {early:.0f} in the second quarter, {late:.0f} in the "
        f"last, {max(mib):.0f} at most",
        details={"mib": mib},
    )


def _corrections(folder: Path) -> Row:
    """Whether the list of kept pictures names those that are there."""
    with (folder / "labels.csv").open(newline="") as file:
        names = [row[0] for row in csv.reader(file)][1:]
    there = {path.name for path in folder.iterdir()} - {"labels.csv", ".lock"}
    wrong = len(there ^ set(names)) + len(names) - len(set(names))
    return Row("hostile", "corrections", wrong, 0, "wrong", note=f"{len(names):,} kept")
