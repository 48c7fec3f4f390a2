"""What a reader of the numbers should know, one sentence each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...machine.affinity import can_pin
from ...machine.conditions import Machine
from ..noise import EXPLAINED
from ..runtimes import TOLERANCE, install, tolerance_of
from .result import Failure, Result

if TYPE_CHECKING:
    from ..pictures import Pictures
    from .job import Job


def notes_of(job: Job, result: Result, conditions: Machine, pictures: Pictures) -> list[str]:
    """All notes of one run, those about single entries first."""
    return [
        *dict.fromkeys(sentence(failure) for failure in result.failures),
        *_left_out(job, result),
        *_tolerances(result),
        *_data(job, pictures),
        *_machine(job, conditions),
        *_warnings(result),
    ]


def sentence(failure: Failure) -> str:
    """The error and its runtime; a missing package is the same for all ways of calling it."""
    named = failure.error.startswith(failure.entry.engine)
    return failure.error if named else f"{failure.entry.label}: {failure.error}"


def _left_out(job: Job, result: Result) -> Iterator[str]:
    if job.missing:
        yield f"not installed, so left out: {', '.join(job.missing)}; {install(*job.missing)}"
    yield from job.lacks
    names = ", ".join(entry.label for entry in result.left_out)
    if names:
        yield f"left out, because they have no scope {result.plan.scope}: {names}"


def _tolerances(result: Result) -> Iterator[str]:
    """One sentence for each way of calling a runtime whose fp32 is less exact."""
    for entry in dict.fromkeys(row.entry for row in result.rows if row.entry.precision == "fp32"):
        allowed = tolerance_of(entry.engine, entry.variant)
        if allowed != TOLERANCE:
            yield f"{entry.label}: its probabilities may differ by {allowed:g}, as its fp32 rounds"


def _data(job: Job, pictures: Pictures) -> Iterator[str]:
    source = pictures.source
    if source != job.data:
        yield f"{job.data} is not here, so {source} was used: `digitcli fetch {job.data}`"
    if max(job.batches) > pictures.distinct:
        yield (
            f"batch {max(job.batches):,} is larger than the data "
            f"({pictures.distinct:,} pictures of {source}): they repeat"
        )
    if job.compared > pictures.distinct:
        yield f"--check {job.compared:,}: {source} has {pictures.distinct:,} pictures"


def _machine(job: Job, conditions: Machine) -> Iterator[str]:
    cores = conditions.usable_cores
    if job.scope == "kernel" and job.threads != (1,):
        yield "--scope kernel is timed on one thread, whatever --threads says"
    elif max(job.threads) > cores:
        yield f"{max(job.threads)} threads share {cores} usable core{'s' if cores > 1 else ''}"
    if conditions.load is not None and conditions.load > 0.5 * cores:
        yield f"the machine was busy before the start (load {conditions.load})"
    if job.pin and not can_pin():
        yield "--pin: this system does not let a process choose its cores, so nobody is pinned"


def _warnings(result: Result) -> Iterator[str]:
    """One sentence for each kind of noise, with the rows that have it."""
    for kind, meaning in EXPLAINED.items():
        rows = [row.label for row in result.rows if kind in row.noise.warnings]
        if rows:
            count = f"{len(rows)} of {len(result.rows)} rows"
            yield f"{kind}: {meaning}, in {count} ({rows[0]}{'; ...' * (len(rows) > 1)})"
