"""One run of `digitcli bench`, from a weight file's name to a `digitcli.bench/1` document."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import DigitError, GateError, PartialError
from . import machine
from .agreement import LEAST_EQUAL, TOLERANCE
from .plan import Candidate, Hire, Plan
from .result import Failure, Result, Row
from .runtimes import INSTALL, OURS, RUNTIMES, Precision
from .sweep import run

if TYPE_CHECKING:
    from .runtimes import Labels

SCHEMA = "digitcli.bench/1"
COMPARED = 1_000  # pictures on which all engines must agree before anybody is timed


@dataclass(frozen=True)
class Job:
    """What the user asked for."""

    weights: Path
    network: str
    flops: int
    data: str
    against: tuple[str, ...]
    batches: tuple[int, ...]
    threads: tuple[int, ...]
    seconds: float
    rounds: int
    precisions: tuple[Precision, ...] = ("fp32",)
    missing: tuple[str, ...] = ()  # peers that would have been taken, had they been installed

    @property
    def pictures(self) -> int:
        """How many pictures the comparison and the largest batch need."""
        return max(COMPARED, *self.batches)

    @property
    def plan(self) -> Plan:
        """Ours in fp32 first, the reference; then everybody in each precision."""
        return Plan(
            candidates=tuple(dict.fromkeys((Candidate(OURS), *self._candidates()))),
            batches=self.batches,
            threads=self.threads,
            flops=self.flops,
            compared=COMPARED,
            seconds=self.seconds,
            rounds=self.rounds,
        )

    def _candidates(self) -> list[Candidate]:
        """Ours and every way of calling every peer, in the precisions that each of them has."""
        return [
            Candidate(engine, variant, precision)
            for precision in self.precisions
            for engine in (OURS, *self.against)
            if precision in RUNTIMES[engine].ways
            for variant in RUNTIMES[engine].ways[precision].variants
        ]

    @property
    def lacks(self) -> list[str]:
        """One sentence for each precision that some of the peers do not have."""
        sentences = []
        for precision in self.precisions:
            names = [name for name in self.against if precision not in RUNTIMES[name].ways]
            if names:
                sentences.append(f"no {precision} in {', '.join(names)}")
        return sentences


@dataclass(frozen=True)
class Outcome:
    """The document, and the error that it ends with, if any."""

    document: dict[str, Any]
    error: DigitError | None


def perform(
    job: Job,
    hire: Hire,
    source: str,
    progress: Callable[[str], None] = lambda message: None,
    labels: Labels | None = None,
) -> Outcome:
    """Run the sweep and describe it.

    `source` names the data set that the pictures came from; `labels` are the digits on the pictures
    that are compared, where accuracy is wanted.
    """
    conditions = machine.capture()
    result = run(replace(job.plan, labels=labels), hire, progress)
    document = {
        "schema": SCHEMA,
        "machine": {**conditions.to_json(), "isa": _isa(result)},
        "network": job.network,
        "weights": str(job.weights),
        "data": source,
        "flops_per_image": job.flops,
        "compared_images": COMPARED,
        "tolerance": TOLERANCE,
        "least_equal": LEAST_EQUAL,
        "seconds_per_row": job.seconds,
        "least_rounds": job.rounds,
        "agrees": result.agrees,
        **result.to_json(),
        "notes": _notes(job, result, conditions, source),
    }
    return Outcome(document, _verdict(result))


def _isa(result: Result) -> str | None:
    ours = [row.introduction.variant for row in result.rows if row.candidate.engine == OURS]
    return ours[0] if ours else None


def _notes(job: Job, result: Result, conditions: machine.Machine, source: str) -> list[str]:
    """What a reader of the numbers should know, one sentence each."""
    notes = list(dict.fromkeys(_sentence(failure) for failure in result.failures))
    if job.missing:
        notes.append(f"not installed, so left out: {', '.join(job.missing)}; {INSTALL}")
    notes += job.lacks
    if source != job.data:
        notes.append(f"{job.data} is not here, so {source} was used: `digitcli fetch {job.data}`")
    cores = conditions.usable_cores
    if max(job.threads) > cores:
        notes.append(f"{max(job.threads)} threads share {cores} usable cores")
    if conditions.load is not None and conditions.load > 0.5 * cores:
        notes.append(f"the machine was busy before the start (load {conditions.load})")
    return notes


def _sentence(failure: Failure) -> str:
    """The error, and whose it is; a missing package is the same for all ways of calling it."""
    named = failure.error.startswith(failure.candidate.engine)
    return failure.error if named else f"{failure.candidate.label}: {failure.error}"


def _verdict(result: Result) -> DigitError | None:
    """Exit 8 when answers differ; exit 7 when somebody could not be measured."""
    if not result.agrees:
        wrong = [row for row in result.rows if not row.agrees]
        return GateError(
            "; ".join(_disagreement(wrong, precision) for precision in _precisions(wrong)),
            "a wrong answer has no speed: do not quote these times",
        )
    if result.failures:
        messages = dict.fromkeys(_sentence(failure) for failure in result.failures)
        hints: Sequence[str] = [failure.hint for failure in result.failures if failure.hint]
        return PartialError("; ".join(messages), hints[0] if hints else "")
    return None


def _precisions(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(row.candidate.precision for row in rows))


def _disagreement(wrong: Sequence[Row], precision: str) -> str:
    """Who differs in one precision, and by how much; it is never our reference alone."""
    rows = [row for row in wrong if row.candidate.precision == precision]
    rivals = [row for row in rows if row.candidate != Candidate(OURS)]
    names = sorted({f"{row.candidate.engine} {row.introduction.variant}" for row in rivals})
    who = ", ".join(names) or OURS
    if precision == "fp32":
        worst = max(row.difference for row in rows)
        return (
            f"{who}: answers differ, the largest difference of two probabilities is {worst:.2g}, "
            f"at most {TOLERANCE:g} expected"
        )
    least = min(row.equal for row in rows)
    return f"{who}, {precision}: {least:.2%} of the digits are ours, {LEAST_EQUAL:.0%} expected"
