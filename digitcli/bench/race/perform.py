"""One run of `digitcli bench`, from what was asked for to a `digitcli.bench/1` document."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ...errors import DigitError, GateError, PartialError
from ...machine import conditions as machine
from ...machine.affinity import can_pin
from ..pictures import Pictures
from ..runtimes import OURS, TOLERANCE, tolerance_of
from .agreement import LEAST_EQUAL
from .entry import Entry, StartWorker
from .job import Job
from .notes import notes_of, sentence
from .result import Result, Row
from .sweep import run

SCHEMA = "digitcli.bench/1"


@dataclass(frozen=True)
class Outcome:
    """The document, and the error that it ends with, if any."""

    document: dict[str, Any]
    error: DigitError | None


def perform(
    job: Job,
    start_worker: StartWorker,
    pictures: Pictures,
    progress: Callable[[str], None] = lambda message: None,
) -> Outcome:
    """Run the sweep with workers that have `pictures`, and describe it."""
    conditions = machine.capture()
    result = run(job.plan(pictures), start_worker, progress)
    document = {
        "schema": SCHEMA,
        "machine": {**conditions.to_json(), "isa": _isa(result)},
        **job.facts(pictures),
        "flops_per_image": job.flops,
        "scope": job.scope,
        "pinned": job.pin and can_pin(),
        "compared_images": result.plan.compared,
        "tolerance": TOLERANCE,
        "least_equal": LEAST_EQUAL,
        "seconds_per_row": job.seconds,
        "least_rounds": job.rounds,
        "agrees": result.agrees,
        **result.to_json(),
        "notes": notes_of(job, result, conditions, pictures),
    }
    return Outcome(document, _verdict(result))


def _isa(result: Result) -> str | None:
    ours = [row.info.variant for row in result.rows if row.entry.engine == OURS]
    return ours[0] if ours else None


def _verdict(result: Result) -> DigitError | None:
    """Exit 8 when answers differ; exit 7 when a runtime could not be measured."""
    if not result.agrees:
        wrong = [row for row in result.rows if not row.agreement.agrees]
        return GateError(
            "; ".join(_disagreement(wrong, precision) for precision in _precisions(wrong)),
            "a wrong answer has no speed: do not quote these times",
        )
    if result.failures:
        messages = dict.fromkeys(sentence(failure) for failure in result.failures)
        hints: Sequence[str] = [failure.hint for failure in result.failures if failure.hint]
        return PartialError("; ".join(messages), hints[0] if hints else "")
    return None


def _precisions(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(row.entry.precision for row in rows))


def _disagreement(wrong: Sequence[Row], precision: str) -> str:
    """Which runtimes differ in one precision, and by how much; never our reference alone."""
    rows = [row for row in wrong if row.entry.precision == precision]
    peers = [row for row in rows if row.entry != Entry(OURS)]
    names = sorted({f"{row.entry.engine} {row.info.variant}" for row in peers})
    who = ", ".join(names) or OURS
    if precision == "fp32":
        worst = max(peers or rows, key=lambda row: row.agreement.difference)
        allowed = tolerance_of(worst.entry.engine, worst.entry.variant)
        return (
            f"{who}: answers differ, the largest difference of two probabilities is "
            f"{worst.agreement.difference:.2g}, at most {allowed:g} expected"
        )
    least = min(row.agreement.equal for row in rows)
    return f"{who}, {precision}: {least:.2%} of the digits are ours, {LEAST_EQUAL:.0%} expected"
