"""How many a second, and how long one waits: throughput, latency and tail."""

from __future__ import annotations

import itertools
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

import digitcli
from digitcli.bench.stopwatch import interleave, lap

from .client import Client, ask_at
from .queries import Pictures
from .rows import Row, p99_row
from .server import Running
from .task import Task, check_answers, shuffled

SHARE = 80  # % of read_many's pictures a second, at least
OVERHEAD = 0.5  # ms beside digitcli.read, at most
TAIL = 250  # ms, p99 at 80 % of the capacity
CONNECTIONS = 32
_WAITING = 256  # connections of the client that does not wait
_SCRIPT = Path(__file__).with_name("rotate.lua")


def throughput(task: Task) -> Iterator[Row]:
    """Answers a second to 32 connections, beside `read_many` on the same cores, turn by turn."""
    with task.server() as server:
        for of in task.sets:
            check_answers(server.port, of)
            wrk(server, of, 1)
            rates: dict[str, list[float]] = {"server": [], "bytes": [], "paths": []}
            faults = 0
            for _ in range(task.turns):
                rate, errors = wrk(server, of, task.seconds)
                faults += errors
                rates["server"].append(rate)
                for kind, sources in (("bytes", of.files), ("paths", of.paths)):
                    rates[kind].append(read_for(task.seconds, sources, task.weights))
            median = {kind: statistics.median(found) for kind, found in rates.items()}
            task.capacity[of.name] = median["server"]
            yield Row(
                "throughput",
                of.name,
                100 * median["server"] / median["bytes"],
                SHARE,
                "%",
                at_most=False,
                faults=faults,
                note=f"server {median['server']:,.0f} a second, read_many {median['bytes']:,.0f}, "
                f"from paths {median['paths']:,.0f}",
                details={"a_second": median, "turns": rates},
            )


def wrk(server: Running, of: Pictures, seconds: float) -> tuple[float, int]:
    """Right answers a second to 32 connections, and how many others and errors there were."""
    whole = max(1, round(seconds))
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{whole}s", "-s", str(_SCRIPT)]
    command += [f"http://127.0.0.1:{server.port}", "--", str(of.folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"wrk: exit code {done.returncode} ({(done.stderr or done.stdout).strip()})")
    took, answers, others, errors = done.stdout.split("\n")[-2].split()
    return (int(answers) - int(others)) / float(took), int(others) + int(errors)


def read_for(seconds: float, sources: Iterable[bytes | Path], weights: str) -> float:
    """Pictures a second that `digitcli.read_many` reads on all cores."""
    begin = time.perf_counter()

    def until() -> Iterator[bytes | Path]:
        for source in itertools.cycle(sources):
            if time.perf_counter() - begin >= seconds:
                return
            yield source

    count = sum(1 for _ in digitcli.read_many(until(), threads=0, weights=weights))
    return count / (time.perf_counter() - begin)


def latency(task: Task) -> Iterator[Row]:
    """What HTTP adds to one picture, for one client on one connection."""
    with task.server() as server:
        check_answers(server.port, task.digits)
        client = Client(server.port)
        requests = itertools.cycle(query.request for query in task.digits.queries)
        files = itertools.cycle(task.digits.files)
        timings = interleave(
            {
                "server": partial(lap, lambda: client.ask(next(requests))),
                "read": partial(lap, lambda: digitcli.read(next(files), weights=task.weights)),
            },
            seconds=task.seconds,
            rounds=task.turns,
        )
        client.close()
    ours, read = (1e3 * timings[key].median for key in ("server", "read"))
    yield Row(
        "latency",
        task.digits.name,
        ours - read,
        OVERHEAD,
        "ms",
        note=f"p50 {ours:.3f} ms, digitcli.read {read:.3f} ms",
        details={
            key: {"p50_ms": 1e3 * one.median, "p99_ms": 1e3 * one.p99, "spread": one.spread}
            for key, one in timings.items()
        },
    )


def tail(task: Task) -> Iterator[Row]:
    """The slowest of a hundred at 80 % of the capacity, asked by a client that does not wait."""
    with task.server() as server:
        for of in task.sets:
            check_answers(server.port, of)
            if of.name not in task.capacity:
                wrk(server, of, 1)
                task.capacity[of.name] = wrk(server, of, task.seconds)[0]
            rate = 0.8 * task.capacity[of.name]
            seconds = task.turns * task.seconds
            begin = time.process_time()
            found = ask_at(server.port, shuffled(of.queries), rate, seconds, _WAITING)
            share = 100 * (time.process_time() - begin) / seconds
            note = f"{rate:,.0f} a second by a client that takes {share:.0f} % of a core"
            yield p99_row("tail", of.name, TAIL, found, note)
