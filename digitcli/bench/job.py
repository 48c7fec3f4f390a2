"""One run of `digitcli bench`, from a weight file's name to a `digitcli.bench/1` document."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import DigitError, GateError, PartialError
from . import machine
from .plan import Candidate, Hire, Plan
from .result import Failure, Result
from .runtimes import TENSORFLOW_VARIANTS
from .sweep import TOLERANCE, run

SCHEMA = "digitcli.bench/1"
OURS = "digitcli"
VARIANTS: dict[str, tuple[str, ...]] = {"tensorflow": TENSORFLOW_VARIANTS}  # of each peer
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

    @property
    def pictures(self) -> int:
        """How many pictures the comparison and the largest batch need."""
        return max(COMPARED, *self.batches)

    @property
    def plan(self) -> Plan:
        """Ours first, then every way of calling every peer."""
        peers = [Candidate(engine, way) for engine in self.against for way in VARIANTS[engine]]
        return Plan(
            candidates=(Candidate(OURS), *peers),
            batches=self.batches,
            threads=self.threads,
            flops=self.flops,
            compared=COMPARED,
            seconds=self.seconds,
            rounds=self.rounds,
        )


@dataclass(frozen=True)
class Outcome:
    """The document, and the error that it ends with, if any."""

    document: dict[str, Any]
    error: DigitError | None


def perform(
    job: Job, hire: Hire, source: str, progress: Callable[[str], None] = lambda message: None
) -> Outcome:
    """Run the sweep and describe it; `source` names the data set that the pictures came from."""
    conditions = machine.capture()
    result = run(job.plan, hire, progress)
    document = {
        "schema": SCHEMA,
        "machine": {**conditions.to_json(), "isa": _isa(result)},
        "network": job.network,
        "weights": str(job.weights),
        "data": source,
        "flops_per_image": job.flops,
        "compared_images": COMPARED,
        "tolerance": TOLERANCE,
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
    wrong = [row for row in result.rows if not row.agrees and row.candidate.engine != OURS]
    if not result.agrees:
        names = sorted({f"{row.candidate.engine} {row.introduction.variant}" for row in wrong})
        worst = max(row.difference for row in result.rows)
        return GateError(
            f"{', '.join(names) or OURS}: answers differ, the largest difference of two "
            f"probabilities is {worst:.2g}, at most {TOLERANCE:g} expected",
            "a wrong answer has no speed: do not quote these times",
        )
    if result.failures:
        messages = dict.fromkeys(_sentence(failure) for failure in result.failures)
        hints: Sequence[str] = [failure.hint for failure in result.failures if failure.hint]
        return PartialError("; ".join(messages), hints[0] if hints else "")
    return None
