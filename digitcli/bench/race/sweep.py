"""Runtimes x thread counts x batch sizes: first the answers, then the times."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from ...errors import DigitError, MachineError
from ..noise import noise_of
from ..stopwatch import interleave
from .agreement import Agreement, compare
from .plan import Candidate, Contestant, Hire, Introduction, Plan
from .result import Failure, Result, Row

if TYPE_CHECKING:
    from ..runtimes import Probabilities


def run(plan: Plan, hire: Hire, progress: Callable[[str], None] = lambda message: None) -> Result:
    """Measure what `plan` says, with contestants that `hire` brings.

    Thread counts come one after the other; within one, all candidates are alive and take turns.
    A candidate that fails becomes a `Failure`, and is not tried on the remaining thread counts; one
    that has not the plan's scope is left out. Raises DigitError when ours, the first, fails: there
    is nothing to compare the others with.
    """
    result = Result(plan)
    reference = None
    for threads in plan.threads:
        gone = {failure.candidate for failure in result.failures} | set(result.left_out)
        alive = [candidate for candidate in plan.candidates if candidate not in gone]
        progress(f"threads {threads}: starting {', '.join(c.label for c in alive)}")
        with _crew(alive, hire, threads, result) as crew:
            reference = _compare(crew, reference, result)
            for batch in plan.batches:
                progress(f"threads {threads}: batch {batch}")
                _race(crew, batch, result)
    return result


@dataclass
class _Member:
    """One candidate of the crew on one thread count."""

    candidate: Candidate
    threads: int
    contestant: Contestant
    introduction: Introduction = field(default_factory=lambda: Introduction("", "", ""))
    agreement: Agreement = field(default_factory=Agreement)


@contextlib.contextmanager
def _crew(
    candidates: list[Candidate], hire: Hire, threads: int, result: Result
) -> Iterator[list[_Member]]:
    """All candidates that can start; every one of them is sent home at the end."""
    with contextlib.ExitStack() as stack:
        crew = []
        for candidate in candidates:
            contestant = hire(candidate, threads)
            stack.callback(contestant.close)
            crew.append(_Member(candidate, threads, contestant))
        for member in list(crew):
            with _dismissed_on_failure(crew, member, result):
                member.introduction = member.contestant.introduction()
                _leave_out_if_unable(crew, member, result)
        yield crew


def _leave_out_if_unable(crew: list[_Member], member: _Member, result: Result) -> None:
    """A peer without the plan's scope is no failure; ours without it is."""
    scope = result.plan.scope
    if scope in member.introduction.scopes:
        return
    if member.candidate == result.plan.candidates[0]:
        able = ", ".join(member.introduction.scopes)
        raise MachineError(
            f"{member.candidate.label} has no scope {scope} with threads {member.threads}",
            f"choose another --scope: {able}",
        )
    crew.remove(member)
    result.left_out.append(member.candidate)


@contextlib.contextmanager
def _dismissed_on_failure(crew: list[_Member], member: _Member, result: Result) -> Iterator[None]:
    """Take a member that fails out of the crew and note why; ours may not fail."""
    try:
        yield
    except DigitError as error:
        if member.candidate == result.plan.candidates[0]:
            raise
        crew.remove(member)
        failure = Failure(member.candidate, member.threads, str(error), error.hint)
        result.failures.append(failure)


def _compare(
    crew: list[_Member], reference: Probabilities | None, result: Result
) -> Probabilities | None:
    """Compare every member's answers with the reference: ours on the first thread count.

    We agree when everybody of our precision does: where two differ, nobody here knows who is right.
    """
    plan = result.plan
    for member in list(crew):
        with _dismissed_on_failure(crew, member, result):
            answers = member.contestant.probabilities(plan.compared)
            reference = answers if reference is None else reference
            precision = member.candidate.precision
            member.agreement = compare(answers, reference, precision, plan.labels)
    ours = crew[0]
    rivals = [one.agreement for one in crew if one.candidate.precision == ours.candidate.precision]
    ours.agreement = replace(
        ours.agreement,
        agrees=all(rival.agrees for rival in rivals),
        difference=max(rival.difference for rival in rivals),
    )
    return reference


def _race(crew: list[_Member], batch: int, result: Result) -> None:
    """Time all members on one batch size; without those that fail on the way, from the start."""
    plan = result.plan
    while True:
        size = len(crew)
        laps = {
            n: partial(_lap, crew, member, batch, result) for n, member in enumerate(list(crew))
        }
        try:
            timings = interleave(laps, seconds=plan.seconds, rounds=plan.rounds)
            break
        except _DropOutError:
            assert len(crew) < size, "who drops out leaves the crew"
    for member, timing in zip(crew, timings.values(), strict=True):
        result.rows.append(
            Row(
                candidate=member.candidate,
                introduction=member.introduction,
                threads=member.threads,
                batch=batch,
                scope=plan.scope,
                timing=timing,
                noise=noise_of(timing),
                agreement=member.agreement,
                flops=plan.flops,
            )
        )


class _DropOutError(Exception):
    """A member failed in the middle of a race."""


def _lap(
    crew: list[_Member], member: _Member, batch: int, result: Result, repeats: int
) -> Sequence[float]:
    with _dismissed_on_failure(crew, member, result):
        return member.contestant.lap(batch, repeats)
    raise _DropOutError
