"""`digitcli train`."""

from __future__ import annotations

import os
import sys
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..report.kit.printer import PlainPrinter
from .common.verbosity import is_quiet

if TYPE_CHECKING:
    from ..api.train import TrainedRun, TrainedSeeds
    from ..training.run.resume import TrainingRequest


class Precision(str, Enum):
    """Of the products of convolutions and dense layers."""

    float32 = "float32"
    bfloat16 = "bfloat16"


class Jit(str, Enum):
    """Whether XLA compiles the training step."""

    auto = "auto"
    on = "on"
    off = "off"


def train(
    preset: Annotated[
        str | None,
        typer.Option(
            "--preset",
            "-p",
            help="small (default), another of `digitcli preset list`, or a TOML file.",
        ),
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="Replay the config.toml of an earlier run.")
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            "--data",
            "-d",
            help="Data set, or a source of your own; after commas more to learn from, with how "
            "much of each: mnist,strokes:0.3,fonts:0.2,PATH:0.2,outliers:0.3.",
        ),
    ] = None,
    transpose: Annotated[
        bool,
        typer.Option("--transpose", help="Of --data PATH: swap rows and columns of its pictures."),
    ] = False,
    invert: Annotated[
        bool, typer.Option("--invert", help="Of --data PATH: swap light and dark.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="Run folder; default: runs/NAME, or the next free runs/NAME-2 ..."
        ),
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="Passes over the data, of the whole run.")
    ] = None,
    steps: Annotated[
        int | None, typer.Option(min=1, help="Optimizer steps, of the whole run.")
    ] = None,
    batch_size: Annotated[int | None, typer.Option(min=1, help="Pictures per step.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Step size, or its peak.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed of all that is random.")] = None,
    target_accuracy: Annotated[
        float | None,
        typer.Option(
            metavar="PERCENT",
            help="Stop after the epoch that reaches this on validation pictures (without those: "
            "on test pictures); exit 8 if none does.",
        ),
    ] = None,
    precision: Annotated[
        Precision | None, typer.Option(help="Of the products; bfloat16 is quicker on newer CPUs.")
    ] = None,
    jit: Annotated[Jit, typer.Option(help="Compile with XLA; auto: where faster.")] = Jit.auto,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Any recipe setting.")
    ] = None,
    seeds: Annotated[
        int | None, typer.Option(min=2, max=1000, help="Train so many times, one seed each.")
    ] = None,
    ensemble: Annotated[
        bool, typer.Option("--ensemble", help="With --seeds: judge the mean of all runs too.")
    ] = False,
    resume: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Go on with the run in this folder; --epochs or --steps make it longer.",
        ),
    ] = None,
    fetch: Annotated[
        bool,
        typer.Option("--fetch", help="Fetch the data set first, where it is not here yet."),
    ] = False,
    checkpoint_every: Annotated[
        float, typer.Option(min=0, metavar="SECONDS", help="Save inside long epochs, too.")
    ] = 60.0,
) -> None:
    """Train a network with TensorFlow into a run folder; --resume goes on with a run.

    A source of your own is a folder with a labels.csv or folders 0 to 9, IDX files, a CSV of
    pixels, .npz, .npy, .mat or Parquet; in a list, PATH+transpose and PATH+invert say how one lies.

    Several GPUs share each batch. So do several machines whose TF_CONFIG names them all: start the
    same command on each; the first one writes the files. KERAS_BACKEND=jax trains on JAX.

    Examples:
        digitcli train --preset tiny
        digitcli train -p small --data mnist,strokes:0.3
    """
    from ..api.train import train_request
    from ..api.training_request import request_of
    from ..training.recipes import parse_setting
    from ..training.run.resume import finished_request
    from ..vision.labelled.source import mark_first

    data = mark_first(data, transpose=transpose, invert=invert)
    if resume is not None:
        _say(f"reading the run in {resume}")
    request = request_of(
        dict(parse_setting(text) for text in settings or []),
        preset=preset,
        config=config,
        data=data,
        out=out,
        target_accuracy=target_accuracy,
        seeds=seeds,
        ensemble=ensemble,
        resume=resume,
        epochs=epochs,
        steps=steps,
        batch_size=batch_size,
        learning_rate=learning_rate,
        seed=seed,
        precision=precision and precision.value,
    )
    if resume is not None and finished_request(request):
        _say_finished(request)
        return
    _announce(request)
    from ..report.run.progress import TrainingReport
    from ..training.run.loop import RunOptions
    from .console import err
    from .offer import fetch_if_missing

    fetch_if_missing(request.data, asked=fetch)

    def note(text: str) -> None:
        err().print(text, soft_wrap=not err().is_terminal)

    how = RunOptions(checkpoint_seconds=checkpoint_every, jit=jit.value)
    done = train_request(request, how, lambda: TrainingReport(err()), note=note, each=_show)
    _judge(done)


def _announce(request: TrainingRequest) -> None:
    """Say what is trained and where, before what takes seconds."""
    from ..training.lengths import in_words

    recipe = request.recipe
    length = in_words(recipe.epochs, recipe.steps)
    several = f", {len(request.seeds)} seeds" if request.seeds else ""
    _say(f"training {request.spec.name} on {request.data} for {length}{several}")
    _say(request.where or f"into {request.folder}")
    _say("loading " + ("JAX" if os.environ.get("KERAS_BACKEND") == "jax" else "TensorFlow"))


def _say(text: str) -> None:
    """Write a line to stderr at once, without Rich, which takes a tenth of a second to import."""
    if not is_quiet():
        PlainPrinter(sys.stderr).write((text, ""))
        sys.stderr.flush()


def _say_finished(request: TrainingRequest) -> None:
    """Say that the run was finished before."""
    from rich.text import Text

    from ..model.weights import load_weights
    from .console import out as stdout

    path = request.folder / "weights.npz"
    steps = load_weights(path).trained["steps"]
    line = f"{request.folder}: finished after {steps:,} steps; the weights are {path}"
    stdout().print(Text(line), soft_wrap=True)


def _show(run: TrainedRun) -> None:
    """Print what a run came to; nothing on a machine that writes no files."""
    from ..report.run.folder import summary
    from ..report.run.line_report import LineFacts
    from ..report.run.report_html import RunFacts
    from .console import out as stdout

    if isinstance(run.facts, RunFacts | LineFacts):
        summary(stdout(), run.facts)
    elif run.is_chief:
        stdout().print(f"{run.weights}", markup=False, soft_wrap=True)


def _judge(done: TrainedRun | TrainedSeeds) -> None:
    """Print what several runs say together; raise GateError where one misses its target."""
    from ..api.train import TrainedRun
    from ..report.run.folder import check_target
    from ..report.run.seeds import seeds_table
    from .console import out as stdout

    runs = (done,) if isinstance(done, TrainedRun) else done.runs
    if not isinstance(done, TrainedRun):
        stdout().print(seeds_table(done.outcome, done.folder))
    for run in runs:
        if run.facts is not None:
            check_target(run.facts)
