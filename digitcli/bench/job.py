"""One run of `digitcli bench`, from a weight file's name to a `digitcli.bench/1` document."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import DigitError, GateError, PartialError
from . import machine
from .affinity import can_pin
from .answers import SAME_DIGITS, TOLERANCE
from .notes import notes_of, sentence
from .pictures import Pictures
from .plan import Candidate, Hire, Plan
from .result import Result, Row
from .runtimes import TENSORFLOW_VARIANTS
from .scope import Scope
from .sweep import run

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
    weights_sha256: str = ""  # of the weight file
    scope: Scope = "model"
    compared: int = COMPARED
    pin: bool = False

    @property
    def pictures(self) -> int:
        """How many pictures the comparison and the largest batch need."""
        return max(self.compared, *self.batches)

    def plan(self, pictures: Pictures) -> Plan:
        """Ours first, then every way of calling every peer."""
        peers = [Candidate(engine, way) for engine in self.against for way in VARIANTS[engine]]
        return Plan(
            candidates=(Candidate(OURS), *peers),
            batches=self.batches,
            threads=(1,) if self.scope == "kernel" else self.threads,  # as the engine times itself
            flops=self.flops,
            compared=min(self.compared, pictures.distinct),
            labels=pictures.labels[: min(self.compared, pictures.distinct)].tobytes(),
            scope=self.scope,
            seconds=self.seconds,
            rounds=self.rounds,
        )


@dataclass(frozen=True)
class Outcome:
    """The document, and the error that it ends with, if any."""

    document: dict[str, Any]
    error: DigitError | None


def perform(
    job: Job,
    hire: Hire,
    pictures: Pictures,
    progress: Callable[[str], None] = lambda message: None,
) -> Outcome:
    """Run the sweep with workers that have `pictures`, and describe it."""
    conditions = machine.capture()
    result = run(job.plan(pictures), hire, progress)
    document = {
        "schema": SCHEMA,
        "machine": {**conditions.to_json(), "isa": _isa(result)},
        "network": job.network,
        "weights": str(job.weights),
        "weights_sha256": job.weights_sha256,
        "data": pictures.source,
        "flops_per_image": job.flops,
        "scope": job.scope,
        "pinned": job.pin and can_pin(),
        "compared_images": result.plan.compared,
        "tolerance": TOLERANCE,
        "same_digits_expected": SAME_DIGITS,  # of what computes in less than float32
        "seconds_per_row": job.seconds,
        "least_rounds": job.rounds,
        "agrees": result.agrees,
        **result.to_json(),
        "notes": notes_of(job, result, conditions, pictures),
    }
    return Outcome(document, _verdict(result))


def _isa(result: Result) -> str | None:
    ours = [row.introduction.variant for row in result.rows if row.candidate.engine == OURS]
    return ours[0] if ours else None


def _verdict(result: Result) -> DigitError | None:
    """Exit 8 when answers differ; exit 7 when somebody could not be measured."""
    wrong = [r for r in result.rows if not r.verdict.agrees and r.candidate.engine != OURS]
    if not result.agrees:
        names = sorted({f"{row.candidate.engine} {row.introduction.variant}" for row in wrong})
        return GateError(
            f"{', '.join(names) or OURS}: answers differ, {_worst(wrong or result.rows)}",
            "a wrong answer has no speed: do not quote these times",
        )
    if result.failures:
        messages = dict.fromkeys(sentence(failure) for failure in result.failures)
        hints: Sequence[str] = [failure.hint for failure in result.failures if failure.hint]
        return PartialError("; ".join(messages), hints[0] if hints else "")
    return None


def _worst(rows: Sequence[Row]) -> str:
    """The worst of some wrong answers, and what was expected."""
    exact = [row.verdict.difference for row in rows if row.verdict.exact]
    if exact:
        found = f"the largest difference of two probabilities is {max(exact):.2g}"
        return f"{found}, at most {TOLERANCE:g} expected"
    same = min(row.verdict.same_digits for row in rows)
    return f"{same:.2%} of the digits are the same, at least {SAME_DIGITS:.0%} expected"
