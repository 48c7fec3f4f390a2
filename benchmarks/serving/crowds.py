"""Many clients, slow clients, long runs and the end: connections, slow, soak and stop."""

from __future__ import annotations

import asyncio
import json
import random
import resource
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from .client import Asked, Connection, ask_at
from .queries import Query, mixed
from .rows import BUSY, Row, faults_of, p99_row
from .server import Running, Watch
from .speed import wrk
from .task import Task, check_answers, shuffled

MANY = 1_000  # connections
_EACH = 5  # requests on each
GOOD = 1_000  # ms, p99 beside the slow ones
GROWTH = 64  # MiB that they may cost
_PACE = 50  # requests a second of the client beside them
_SOCKETS = 16  # its connections
SOAK = 1  # MiB in ten minutes
_SOAK_PACE = 35  # requests a second
_FIRST = 5  # minutes that do not count
_STOPPED = 32  # clients at work when the server is stopped
EXIT = 128 + signal.SIGTERM
_SLOW = Path(__file__).with_name("slow_clients.py")


def connections(task: Task) -> Iterator[Row]:
    """1,000 connections at once: every answer is right or 503, and none is cut off."""
    with task.server() as server:
        check_answers(server.port, task.digits)
        _allow_files(MANY + 100)
        found = asyncio.run(_crowd(server.port, shuffled(task.digits.queries)))
    counts = Counter(one.answer.status for one in found)
    yield Row(
        "connections",
        f"{MANY:,} at once",
        faults_of(found),
        0,
        "wrong",
        note=f"{counts[200]:,} answers, {counts[BUSY]:,} times 503, {counts[0]} cut off",
        details={"statuses": dict(counts)},
    )


async def _crowd(port: int, queries: Iterator[Query]) -> list[Asked]:
    """Open all, then let all ask; who gets 503 waits for up to a second."""
    crowd = await asyncio.gather(*(Connection.open(port) for _ in range(MANY)))
    found: list[Asked] = []

    async def ask(connection: Connection, each: list[Query]) -> None:
        for query in each:
            begin = time.perf_counter()
            answer = await connection.ask(query.request)
            found.append(Asked(query, answer, time.perf_counter() - begin))
            if answer.status == BUSY:
                await asyncio.sleep(random.random())
        connection.close()

    await asyncio.gather(*(ask(one, list(islice(queries, _EACH))) for one in crowd))
    return found


def _allow_files(count: int) -> None:
    """Let this process open so many files. Ends the program where the system does not."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))
        except ValueError:
            sys.exit(f"{count} open files are needed, {hard} are allowed: run `ulimit -Hn`")


def slow(task: Task) -> Iterator[Row]:
    """What a client notices of 500 that send a byte a second and ten that upload 100 MB."""
    seconds = task.turns * task.seconds
    with task.server() as server:
        for of in task.sets:
            check_answers(server.port, of)
        wrk(server, task.digits, 2)  # it has its processes now
        before = server.mib()
        command = [sys.executable, str(_SLOW), str(server.port), str(seconds)]
        with (
            subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as hostile,
            Watch(server) as watch,
        ):
            assert hostile.stdout is not None
            hostile.stdout.readline()
            found = ask_at(server.port, shuffled(task.digits.queries), _PACE, seconds, _SOCKETS)
            counts = json.loads(hostile.stdout.readline())
    said = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
    yield p99_row("slow", "a client beside them", GOOD, found, f"{_PACE} a second")
    most = max(watch.mib)
    yield Row(
        "slow",
        "memory",
        most - before,
        GROWTH,
        "MiB",
        note=f"from {before:.1f} to {most:.1f} MiB at most; {said}",
        details={"before_mib": before, "most_mib": most, "hostile": counts},
    )


def soak(task: Task) -> Iterator[Row]:
    """How memory grows while all kinds of requests come, one in ten of them no picture."""
    queries = mixed(task.digits, task.cheques, Path(task.weights).stem)
    seconds, every = 60 * task.minutes, min(10.0, task.minutes)
    with task.server() as server:
        check_answers(server.port, task.cheques)
        with Watch(server, every) as watch:
            found = ask_at(server.port, shuffled(queries), _SOAK_PACE, seconds, _SOCKETS)
    first = min(60.0 * _FIRST, seconds / 6)
    times = [n * every for n in range(len(watch.mib))]
    kept = [(at, mib) for at, mib in zip(times, watch.mib, strict=True) if at >= first]
    slope = statistics.linear_regression(*zip(*kept, strict=True)).slope
    yield Row(
        "soak",
        f"{task.minutes:g} minutes",
        600 * slope,
        SOAK,
        "MiB in 10 min",
        faults=faults_of(found),
        note=f"{len(found):,} requests; {kept[0][1]:.1f} MiB after {first / 60:.2g} minutes, "
        f"{kept[-1][1]:.1f} at the end, {max(watch.mib):.1f} at most",
        details={"requests": len(found), "every_seconds": every, "mib": watch.mib},
    )


def stop(task: Task) -> Iterator[Row]:
    """SIGTERM while 32 clients are at work: what was sent before is answered, the exit code is 143.

    A request that follows the signal may find its connection closed: as long as no byte of an
    answer came, nothing was begun, and it counts as late.
    """
    counts: Counter[str] = Counter()
    codes = []
    for turn in range(task.turns):
        with task.server() as server:
            check_answers(server.port, task.digits)
            queries = [*task.digits.queries[: len(task.cheques.queries)], *task.cheques.queries]
            counts += asyncio.run(_stopped(server, shuffled(queries, turn), task.seconds / 2))
            codes.append(server.wait())
    kinds = ("answered", "answered after it", "503", "late", "lost", "wrong")
    said = ", ".join(f"{name} {counts[name]:,}" for name in kinds)
    yield Row(
        "stop",
        f"SIGTERM, {task.turns} times",
        counts["lost"] + counts["wrong"],
        0,
        "lost",
        note=said,
        details=dict(counts),
    )
    others = sum(code != EXIT for code in codes)
    unit = f"not {EXIT}"
    yield Row("stop", "exit codes", others, 0, unit, note=f"{codes}", details={"codes": codes})


async def _stopped(server: Running, queries: Iterator[Query], seconds: float) -> Counter[str]:
    """Stop the server after some seconds of work: how many requests ended in which way."""
    counts: Counter[str] = Counter()
    signalled = False

    async def ask(connection: Connection) -> None:
        while connection.is_open:
            query, is_early = next(queries), not signalled
            answer = await connection.ask(query.request)
            if answer.status == 0:
                counts["lost" if is_early or answer.body else "late"] += 1
            elif answer.status == BUSY:
                counts["503"] += 1
            else:
                counts["answered" if query.is_right(answer) else "wrong"] += 1
                counts["answered after it"] += signalled

    crowd = await asyncio.gather(*(Connection.open(server.port) for _ in range(_STOPPED)))
    tasks = [asyncio.ensure_future(ask(one)) for one in crowd]
    await asyncio.sleep(seconds * random.uniform(0.5, 1.5))
    signalled = True
    server.stop()
    await asyncio.gather(*tasks)
    return counts
