"""`digitcli train`."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import UsageError

if TYPE_CHECKING:
    from ..data.store import Split
    from ..report.run.facts import FinishedRun
    from ..report.run.report_html import RunFacts
    from ..training.recipes import Recipe
    from ..training.run.resume import TrainingRequest
    from ..training.run.task import Task


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
            help="tiny, small (default), reader, best, deck, notebook, or a TOML file.",
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
            help="Data set; after commas more to learn from, with how much of each: "
            "mnist,strokes:0.3,fonts:0.2,FOLDER:0.2,outliers:0.3.",
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Run folder.")] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Passes over the data.")] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Optimizer steps.")] = None,
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
        typer.Option(metavar="DIR", help="Go on with the run in this folder; needs nothing else."),
    ] = None,
    checkpoint_every: Annotated[
        float, typer.Option(min=0, metavar="SECONDS", help="Save inside long epochs, too.")
    ] = 60.0,
) -> None:
    """Train a network with TensorFlow into a run folder; run it again to go on.

    Several GPUs share each batch. So do several machines whose TF_CONFIG names them all: start the
    same command on each; the first one writes the files. KERAS_BACKEND=jax trains on JAX.
    """
    from ..training.run.resume import reopen

    options = {
        "epochs": epochs,
        "steps": steps,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "seed": seed,
        "precision": precision and precision.value,
    }
    if resume is not None:
        others: dict[str, object] = {"preset": preset, "config": config, "data": data, "out": out}
        others |= options | {"set": settings, "seeds": seeds, "ensemble": ensemble or None}
        others["target_accuracy"] = target_accuracy
        _refuse_beside_resume(resume, others)
        request = reopen(resume)
    else:
        request = _request(preset, config, data, out, settings, options, target_accuracy)
        first = request.recipe.seed
        request = replace(
            request, seeds=tuple(range(first, first + (seeds or 0))), ensemble=ensemble
        )
        if ensemble and not seeds:
            raise UsageError("--ensemble needs several runs", "add --seeds 5")
    from ..report.run.folder import check_target

    how = {"checkpoint_seconds": checkpoint_every, "jit": jit.value}
    if request.seeds:
        _train_seeds(request, how)
    elif (resume is None or not _say_finished(request)) and (run := _train_one(request, how)):
        check_target(run)


def _request(
    preset: str | None,
    config: Path | None,
    data: str | None,
    out: Path | None,
    settings: list[str] | None,
    options: dict[str, Any],
    percent: float | None,
) -> TrainingRequest:
    """The request that the options of a new run make."""
    from ..training.mixture.shares import parse_data
    from ..training.recipes import parse_setting, with_changes
    from ..training.run.resume import TrainingRequest, open_preset
    from ..training.target import target_of

    if config and preset:
        raise UsageError("--preset and --config exclude each other", "choose one of them")
    chosen, recipe = open_preset(str(config) if config else preset or "small")
    changes: dict[str, Any] = dict(parse_setting(text) for text in settings or [])
    changes |= {name: value for name, value in options.items() if value is not None}
    name, shares = parse_data(data or chosen.data or "mnist")
    recipe = with_changes(recipe, ({"mixture": shares} if shares else {}) | changes)
    folder = out or Path("runs") / chosen.spec.name
    target = target_of(chosen, recipe, percent)
    return TrainingRequest(chosen.spec, recipe, name, folder, target=target)


def _refuse_beside_resume(folder: Path, others: dict[str, object]) -> None:
    """Refuse options that would change the run, and so its result."""
    given = [f"--{name.replace('_', '-')}" for name, value in others.items() if value is not None]
    if given:
        raise UsageError(
            f"--resume: {folder} goes on as its config.toml says, so {', '.join(given)} cannot "
            "be given",
            hint="only --checkpoint-every and --jit go with --resume",
        )


def _say_finished(request: TrainingRequest) -> bool:
    """Say that the run is finished, if it is; return whether it is."""
    from ..training.run.identity import described
    from ..training.run.resume import finished
    from .console import out as stdout

    weights = finished(request.folder, described(request.spec, request.recipe))
    if weights is None or request.target:
        return False  # a target is judged again
    from rich.text import Text

    line = f"{request.folder}: finished after {weights.trained['steps']:,} steps"
    stdout().print(
        Text(f"{line}; the weights are {request.folder / 'weights.npz'}"), soft_wrap=True
    )
    return True


def _train_one(
    request: TrainingRequest,
    how: dict[str, Any],
    folder: Path | None = None,
    recipe: Recipe | None = None,
) -> FinishedRun | None:
    """Train the request's run, or that of another seed in a folder of its own.

    Returns None on a worker of a cluster that is not its chief, and for a network that finds lines:
    they have no report.
    """
    from ..report.run.folder import summary, write_run_report
    from ..report.run.line_report import LineFacts, write_line_report
    from ..report.run.progress import TrainingReport
    from ..training.lines.task import LineTask
    from ..training.run.folder import train_into
    from ..training.run.loop import RunOptions
    from .console import err
    from .console import out as stdout

    folder, recipe = folder or request.folder, recipe or request.recipe
    task = _task(request, recipe)
    with TrainingReport(err()) as report:
        options = RunOptions(**how)
        outcome = train_into(folder, task, report, options, request.target)
    if not outcome.chief:
        return None
    if request.spec.task == "map":
        stdout().print(f"{folder / 'weights.npz'}", markup=False, soft_wrap=True)
        return None
    found: RunFacts | LineFacts
    if isinstance(task, LineTask):
        found = write_line_report(folder, outcome.history, task.checked, request.target)
    else:
        test = _splits(request)[1]
        found = write_run_report(folder, outcome.history, test, request.target)
    summary(stdout(), found)
    return found


def _task(request: TrainingRequest, recipe: Recipe) -> Task:
    """What the request's network learns. Raises UsageError where its data are of another kind."""
    from ..training.lines.task import DATA, LineTask
    from ..training.pages.task import PAGES, PageTask
    from ..training.run.digits import DigitTask

    if request.spec.task == "digit":
        return DigitTask(request.spec, recipe, *_splits(request))
    data, does = (DATA, "reads lines") if request.spec.task == "line" else (PAGES, "finds lines")
    if request.data != data:
        raise UsageError(
            f"--data {request.data}: {request.spec.name} {does}, and learns drawn ones",
            hint=f"--data {data}; --set mixture.NAME=SHARE says who writes them",
        )
    task = LineTask if request.spec.task == "line" else PageTask
    return task(request.spec, recipe)


def _splits(request: TrainingRequest) -> tuple[Split, Split]:
    from ..data.store import load_split

    return load_split(request.data, "train"), load_split(request.data, "test")


def _train_seeds(request: TrainingRequest, how: dict[str, Any]) -> None:
    from ..report.run.folder import check_target
    from ..report.run.seeds import seeds_table
    from ..training.run.seeds import train_seeds
    from .console import err
    from .console import out as stdout

    runs: list[FinishedRun] = []

    def one(folder: Path, recipe: Recipe) -> None:
        if (run := _train_one(request, how, folder, recipe)) is not None:
            runs.append(run)

    def note(text: str) -> None:
        err().print(text, markup=False, soft_wrap=True)

    if request.spec.task != "digit":
        raise UsageError("--seeds is for networks that read single digits", "train runs one by one")
    outcome = train_seeds(request, *_splits(request), one, note)
    stdout().print(seeds_table(outcome, request.folder))
    for run in runs:
        check_target(run)
