"""`digitcli bench`: how fast a network is here, beside TensorFlow."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from .. import console
from ..options import JsonOption, NetworkOption
from .options import THREADS


def bench(
    weights: NetworkOption = "small",
    data: Annotated[str, typer.Option(help="Data set whose test pictures are used.")] = "mnist",
    against: Annotated[
        str, typer.Option(help="Peers, comma-separated; all: what is installed; or none.")
    ] = "tensorflow",
    precision: Annotated[str, typer.Option(help="Of fp32, bf16, int8.")] = "fp32",
    batch: Annotated[str, typer.Option(help="Pictures per call, comma-separated.")] = "1,64,1024",
    threads: Annotated[str, typer.Option(help="Thread counts; 0: all usable cores.")] = THREADS,
    seconds: Annotated[float, typer.Option(help="Time for each row.")] = 1.0,
    rounds: Annotated[int, typer.Option(min=1, max=100_000, help="Turns at least.")] = 10,
    scope: Annotated[
        Literal["kernel", "model", "end-to-end"],
        typer.Option(help="Time the layers alone, uint8 to probabilities, or PNG to answer."),
    ] = "model",
    check: Annotated[
        int, typer.Option(min=1, max=65_536, help="Pictures on which answers are compared.")
    ] = 1_000,
    pin: Annotated[bool, typer.Option("--pin", help="Keep processes on their own cores.")] = False,
    layers: Annotated[
        bool, typer.Option("--layers", help="Time our layers instead, beside the machine's peak.")
    ] = False,
    cold: Annotated[
        bool, typer.Option("--cold", help="Time whole processes instead, --rounds times each.")
    ] = False,
    as_json: JsonOption = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the rows as CSV.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown.")] = False,
    plot: Annotated[
        Path | None, typer.Option(help="Draw throughput over batch into this .png or .svg.")
    ] = None,
    compare: Annotated[
        Path | None, typer.Option(help="Show what changed since this --json document.")
    ] = None,
    fail_if: Annotated[
        str | None, typer.Option(metavar="PERCENT", help="Exit 8 if a row is so much slower: 5%.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the result to this file.")
    ] = None,
) -> None:
    """Measure how fast a network runs here, beside TensorFlow with the same weights.

    Answers are compared first. A batch larger than the data set repeats its pictures. With
    --compare, a row is slower when its ratio of medians exceeds --fail-if and the noise: the 95 %
    intervals of both medians. A base file from another machine or network is compared too, and
    the notes say so.

    Examples:
        digitcli bench --weights small --against all
        digitcli bench -w deck --batch 1,64 --json -o deck.json
    """
    from . import options
    from . import run as bench_run

    form = options.form_of(as_json, as_csv, as_markdown)
    asked = options.BenchOptions(
        weights=weights,
        data=data,
        against=against,
        precision=precision,
        batch=batch,
        threads=threads,
        seconds=seconds,
        rounds=rounds,
        scope=scope,
        check=check,
        pin=pin,
        layers=layers,
        cold=cold,
        plot=plot,
        compare=compare,
        fail_if=fail_if,
    )
    options.check_outputs(asked, output)
    with console.output_to(output):
        outcome = bench_run.run(asked)
        bench_run.show(outcome.document, form)
    if outcome.error is not None:
        raise outcome.error
