"""What `digitcli bench` does with its options: measure, compare, draw, show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...errors import ExitCode
from .. import console
from . import options

if TYPE_CHECKING:
    from ...bench.pictures import Pictures
    from ...bench.race.job import Job
    from ...bench.race.peer_files import PeerFiles
    from ...bench.race.perform import Outcome
    from ...bench.runtimes import Images


def run(asked: options.BenchOptions) -> Outcome:
    """Check everything that can be wrong, measure, then compare and draw."""
    from ...bench.pictures import load_pictures
    from ...bench.throttled import with_waits
    from ...report.bench import plot as bench_plot

    threshold, job = options.threshold_of(asked), options.job_of(asked)
    base = options.base_of(asked)
    if asked.plot is not None:
        bench_plot.check(asked.plot)
    pictures = load_pictures(job.data, job.pictures)
    outcome = with_waits(lambda: _MEASURE[asked.view](job, pictures))
    if base is not None:
        outcome = _compared(outcome, base, str(asked.compare), threshold)
    if asked.plot is not None:
        bench_plot.draw(outcome.document, asked.plot)
    return outcome


def _progress(line: str) -> None:
    console.err().print(console.visible(line), markup=False)


def _calls(job: Job, pictures: Pictures) -> Outcome:
    from ...bench.pictures import load_calibration
    from ...bench.race.interpreter import python_command
    from ...bench.race.perform import perform
    from ...bench.race.process import workers

    command = python_command("digitcli.cli.bench.worker", "main")
    make = _peer_files(job, lambda: load_calibration(pictures.source))
    peer_files = None if job.is_int8 else make  # other runtimes read no int8 weights
    with workers(
        command, job.weights, pictures.images, peer_files, scope=job.scope, pin=job.pin
    ) as start_worker:
        return perform(job, start_worker, pictures, _progress)


def _peer_files(job: Job, calibration: Callable[[], Images]) -> PeerFiles:
    """What makes the files that other runtimes read."""
    from ...bench.race.interpreter import python_command
    from ...bench.race.peer_files import PeerFiles

    return PeerFiles(python_command("digitcli.cli.bench.worker", "make"), job.weights, calibration)


def _layers(job: Job, pictures: Pictures) -> Outcome:
    from ...bench import profile
    from ...inference.engine import load
    from ...machine import affinity

    if job.pin:
        affinity.pin(max(job.threads))
    return profile.perform(job, load(str(job.weights)), pictures)


def _cold(job: Job, pictures: Pictures) -> Outcome:
    from ...bench.cold import coldstart

    peer_files = _peer_files(job, lambda: pictures.images[:1])
    return coldstart.perform(job, pictures, peer_files, _progress)


_MEASURE = {"calls": _calls, "layers": _layers, "cold": _cold}


def _compared(
    outcome: Outcome, base: dict[str, Any], name: str, threshold: float | None
) -> Outcome:
    """The outcome with its comparison; other errors come before that of the gate."""
    from ...bench.compare import compare, gate, notes_on

    comparison = compare(base, outcome.document, threshold=threshold or 1.0, name=name)
    notes = [*notes_on(comparison), *outcome.document["notes"]]
    document = {**outcome.document, "comparison": comparison, "notes": notes}
    failed = gate(comparison) if threshold is not None else None
    partial = outcome.error is not None and outcome.error.exit_code == ExitCode.PARTIAL
    error = failed if failed is not None and (outcome.error is None or partial) else outcome.error
    return replace(outcome, document=document, error=error)


def show(document: dict[str, Any], form: options.Form) -> None:
    """Print a document of any of the three schemas on stdout, its conditions on stderr."""
    from ...report.bench import document as report

    if form == "json":
        console.print_json(document)
    elif form == "csv":
        console.print_data(report.csv(document))
    elif form == "markdown":
        console.print_data(report.markdown(document))
    else:
        for grid in report.grids(document):
            console.out().print(grid.table())
        for line in report.conditions_of(document):
            console.err().print(console.visible(line), markup=False, soft_wrap=True)
