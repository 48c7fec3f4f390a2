"""Runtimes x thread counts x batch sizes: first the answers, then the times."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from ...errors import DigitError, MachineError
from ..noise import noise_of
from ..runtimes import tolerance_of
from ..stopwatch import interleave
from .agreement import Agreement, compare
from .entry import Entry, RacePlan, RuntimeInfo, StartWorker, Worker
from .result import Failure, Result, Row

if TYPE_CHECKING:
    from ..runtimes import Probabilities


def run(
    plan: RacePlan,
    start_worker: StartWorker,
    progress: Callable[[str], None] = lambda message: None,
) -> Result:
    """Measure what `plan` says, with workers that `start_worker` starts.

    Thread counts come one after the other; within one, all entries are alive and take turns.
    An entry that fails becomes a `Failure`, and is not tried on the remaining thread counts; one
    without the plan's scope is left out. Raises DigitError when ours, the first, fails: there is
    nothing to compare the others with.
    """
    result = Result(plan)
    reference = None
    for threads in plan.threads:
        gone = {failure.entry for failure in result.failures} | set(result.left_out)
        alive = [entry for entry in plan.entries if entry not in gone]
        progress(f"threads {threads}: starting {', '.join(c.label for c in alive)}")
        with _started(alive, start_worker, threads, result) as running:
            reference = _compare(running, reference, result)
            for batch in plan.batches:
                progress(f"threads {threads}: batch {batch}")
                _race(running, batch, result)
    return result


@dataclass
class _Running:
    """An entry whose worker runs on one thread count."""

    entry: Entry
    threads: int
    worker: Worker
    info: RuntimeInfo = field(default_factory=lambda: RuntimeInfo("", "", ""))
    agreement: Agreement = field(default_factory=Agreement)


@contextlib.contextmanager
def _started(
    entries: list[Entry], start_worker: StartWorker, threads: int, result: Result
) -> Iterator[list[_Running]]:
    """All entries that can start; their workers are closed at the end."""
    with contextlib.ExitStack() as stack:
        running = []
        for entry in entries:
            worker = start_worker(entry, threads)
            stack.callback(worker.close)
            running.append(_Running(entry, threads, worker))
        for one in list(running):
            with _removed_on_failure(running, one, result):
                one.info = one.worker.info()
                _leave_out_if_unable(running, one, result)
        yield running


def _leave_out_if_unable(running: list[_Running], one: _Running, result: Result) -> None:
    """A peer without the plan's scope is no failure; ours without it is."""
    scope = result.plan.scope
    if scope in one.info.scopes:
        return
    if one.entry == result.plan.entries[0]:
        able = ", ".join(one.info.scopes)
        raise MachineError(
            f"{one.entry.label} has no scope {scope} with threads {one.threads}",
            f"choose another --scope: {able}",
        )
    running.remove(one)
    result.left_out.append(one.entry)


@contextlib.contextmanager
def _removed_on_failure(running: list[_Running], one: _Running, result: Result) -> Iterator[None]:
    """Remove an entry that fails from `running` and note why; ours may not fail."""
    try:
        yield
    except DigitError as error:
        if one.entry == result.plan.entries[0]:
            raise
        running.remove(one)
        failure = Failure(one.entry, one.threads, str(error), error.hint)
        result.failures.append(failure)


def _compare(
    running: list[_Running], reference: Probabilities | None, result: Result
) -> Probabilities | None:
    """Compare all answers with the reference: ours on the first thread count.

    Ours agree when all of our precision do: where two differ, it is unknown which one is right.
    """
    plan = result.plan
    for one in list(running):
        with _removed_on_failure(running, one, result):
            answers = one.worker.probabilities(plan.compared)
            reference = answers if reference is None else reference
            precision = one.entry.precision
            allowed = tolerance_of(one.entry.engine, one.entry.variant)
            one.agreement = compare(answers, reference, precision, plan.labels, allowed)
    ours = running[0]
    peers = [one.agreement for one in running if one.entry.precision == ours.entry.precision]
    ours.agreement = replace(
        ours.agreement,
        agrees=all(peer.agrees for peer in peers),
        difference=max(peer.difference for peer in peers),
    )
    return reference


def _race(running: list[_Running], batch: int, result: Result) -> None:
    """Time all entries on one batch size; when one fails, time the others from the start."""
    plan = result.plan
    while True:
        size = len(running)
        laps = {
            n: partial(_lap, running, one, batch, result) for n, one in enumerate(list(running))
        }
        try:
            timings = interleave(laps, seconds=plan.seconds, rounds=plan.rounds)
            break
        except _DropOutError:
            assert len(running) < size, "an entry that fails is removed"
    for one, timing in zip(running, timings.values(), strict=True):
        result.rows.append(
            Row(
                entry=one.entry,
                info=one.info,
                threads=one.threads,
                batch=batch,
                scope=plan.scope,
                timing=timing,
                noise=noise_of(timing),
                agreement=one.agreement,
                flops=plan.flops,
            )
        )


class _DropOutError(Exception):
    """An entry failed while it was timed."""


def _lap(
    running: list[_Running], one: _Running, batch: int, result: Result, repeats: int
) -> Sequence[float]:
    with _removed_on_failure(running, one, result):
        return one.worker.lap(batch, repeats)
    raise _DropOutError
