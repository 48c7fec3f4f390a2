"""`digitcli bench`: how fast a network is here, beside TensorFlow."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import UsageError
from . import console

if TYPE_CHECKING:
    from ..bench.job import Job

MOST_IMAGES = 65_536  # in one batch
MOST_THREADS = 1_024
MOST_SECONDS = 3_600


def bench(
    weights: Annotated[str, typer.Option("--weights", "-w", help="Name or file.")] = "small",
    data: Annotated[str, typer.Option(help="Data set whose test pictures are used.")] = "mnist",
    against: Annotated[
        str, typer.Option(help="Peers, comma-separated; all: what is installed; or none.")
    ] = "tensorflow",
    precision: Annotated[str, typer.Option(help="Of fp32, bf16, int8.")] = "fp32",
    batch: Annotated[str, typer.Option(help="Pictures per call, comma-separated.")] = "1,64,1024",
    threads: Annotated[str, typer.Option(help="Thread counts; 0: all usable cores.")] = "1,0",
    seconds: Annotated[float, typer.Option(help="Time for each row.")] = 1.0,
    rounds: Annotated[int, typer.Option(min=1, max=100_000, help="Turns at least.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown.")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the result to this file.")
    ] = None,
) -> None:
    """Measure how fast a network runs here, beside TensorFlow with the same weights.

    Answers are compared first. A batch larger than the data set repeats its pictures.
    """
    from ..bench.job import COMPARED, perform
    from ..bench.pictures import load_calibration, load_labels, load_pictures
    from ..bench.process import python_command, workers
    from ..bench.workshop import Workshop

    if as_json and as_markdown:
        raise UsageError("--json and --markdown exclude each other", "choose one of them")
    job = _job(weights, data, against, precision, batch, threads, seconds, rounds)
    images, source = load_pictures(job.data, job.pictures)
    labels = load_labels(source, COMPARED)
    command, maker = (
        python_command("digitcli.cli.bench_worker", name) for name in ("main", "make")
    )
    workshop = Workshop(maker, job.weights, lambda: load_calibration(source))
    with console.output_to(output), workers(command, job.weights, images, workshop) as hire:
        outcome = perform(job, hire, source, console.err().print, labels)
        _show(outcome.document, as_json, as_markdown)
    if outcome.error is not None:
        raise outcome.error


def _job(
    weights: str,
    data: str,
    against: str,
    precision: str,
    batch: str,
    threads: str,
    seconds: float,
    rounds: int,
) -> Job:
    """The options as a job, checked before anything is started."""
    from ..bench.job import Job
    from ..bench.runtimes import PEERS, PRECISIONS, is_installed
    from ..inference.cores import usable_cores
    from ..model.weights import find_weights, load_weights
    from .lists import choices, whole_numbers

    if not 0 <= seconds <= MOST_SECONDS:  # also not for nan, which would pass Click's own check
        raise UsageError(f"--seconds: expected 0 to {MOST_SECONDS:,}, got {seconds:g}")
    counts = whole_numbers("--threads", threads, least=0, most=MOST_THREADS)
    batches = whole_numbers("--batch", batch, least=1, most=MOST_IMAGES)
    named = choices("--against", against, (*PEERS, "all"), or_none=True)
    peers = tuple(
        name for name in PEERS if name in named or ("all" in named and is_installed(name))
    )
    precisions = choices("--precision", precision, PRECISIONS)
    path = find_weights(weights)
    spec = load_weights(path).spec
    return Job(
        weights=path,
        network=spec.name,
        flops=spec.flops,
        data=data,
        against=peers,
        batches=batches,
        threads=tuple(dict.fromkeys(count or usable_cores() for count in counts)),
        seconds=seconds,
        rounds=rounds,
        precisions=precisions,
        missing=tuple(name for name in PEERS if "all" in named and name not in peers),
    )


def _show(document: dict[str, Any], as_json: bool, as_markdown: bool) -> None:
    from ..report import bench as report

    if as_json:
        console.print_json(document)
    elif as_markdown:
        typer.echo(report.markdown(document), nl=False)
    else:
        console.out().print(report.table(document))
        for line in report.conditions_of(document):
            console.err().print(console.visible(line), markup=False, soft_wrap=True)
