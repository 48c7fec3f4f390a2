"""Train a network into a run folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ..arguments import checked
from ..errors import UsageError
from ..training.run.history import Observer
from .choices import check_choice
from .training_request import Path_, request_of

if TYPE_CHECKING:
    from ..data.store import Split
    from ..report.run.facts import FinishedRun
    from ..training.recipes import Recipe
    from ..training.run.history import EpochRow
    from ..training.run.loop import RunOptions
    from ..training.run.points import StepPoint
    from ..training.run.resume import TrainingRequest
    from ..training.run.seeds import SeedsOutcome
    from ..training.run.task import Task

    Watch = Callable[[], AbstractContextManager[Observer]]


@dataclass(frozen=True)
class TrainedRun:
    """A run that is trained to the end.

    `history` has a row for each epoch of the run, `points` what was measured within them; both are
    empty where the run was finished already. `facts` are what its report says: None where there is
    no report, which is so for networks that find lines, for a run that was finished already, and on
    a machine of a cluster that writes no files (`is_chief` false).
    """

    folder: Path
    history: tuple[EpochRow, ...] = ()
    facts: FinishedRun | None = None
    is_chief: bool = True
    points: tuple[StepPoint, ...] = ()

    @property
    def weights(self) -> Path:
        """The weight file, which `digitcli.load` and `read` take."""
        return self.folder / "weights.npz"


@dataclass(frozen=True)
class TrainedSeeds:
    """Runs that differ by their seeds, those of this call, and what all of them say together."""

    folder: Path
    runs: tuple[TrainedRun, ...]
    outcome: SeedsOutcome


@checked
def train(
    preset: str | None = None,
    *,
    config: Path_ | None = None,
    data: str | None = None,
    out: Path_ | None = None,
    epochs: int | None = None,
    steps: int | None = None,
    batch_size: int | None = None,
    learning_rate: float | None = None,
    seed: int | None = None,
    target_accuracy: float | None = None,
    precision: Literal["float32", "bfloat16"] | None = None,
    jit: Literal["auto", "on", "off"] = "auto",
    settings: Mapping[str, Any] | None = None,
    seeds: int | None = None,
    ensemble: bool = False,
    resume: Path_ | None = None,
    fetch: bool = False,
    checkpoint_every: float = 60.0,
    observer: Observer | None = None,
) -> TrainedRun | TrainedSeeds:
    """Train a network with TensorFlow into a run folder; called again, it goes on from there.

    Options mean what they mean to `digitcli train`; `settings` are those of `--set`, as in
    {"mixture.strokes": 0.2}. `observer` is called while it trains. A run that misses its
    `target_accuracy` raises nothing: its history says so.

    Raises UsageError for an impossible option, DataError for data that are not here, ModelError for
    a preset or weights that cannot be used, MachineError when an extra is missing, the folder
    cannot be written or another process trains in it.
    """
    check_choice("jit", jit, ("auto", "on", "off"))
    request = request_of(
        settings or {},
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
        precision=precision,
    )
    from ..training.run.history import Unwatched
    from ..training.run.loop import RunOptions
    from ..training.run.resume import finished_request
    from .fetch import fetch as fetch_data
    from .fetch import missing_set

    watched = observer or Unwatched()
    if request.where:
        watched.on_note(request.where)
    how = RunOptions(checkpoint_seconds=checkpoint_every, jit=jit)
    if resume is not None and finished_request(request):
        return TrainedRun(request.folder)
    if fetch and missing_set(request.data):
        fetch_data(request.data)
    return train_request(request, how, lambda: nullcontext(watched), note=watched.on_note)


def train_request(
    request: TrainingRequest,
    how: RunOptions,
    watch: Watch,
    *,
    note: Callable[[str], None],
    each: Callable[[TrainedRun], None] | None = None,
) -> TrainedRun | TrainedSeeds:
    """Train what was requested; `watch` gives the observer of a run, `each` takes every run.

    Where another process took the folder in the meantime, the run gets the next number.
    """
    from ..training.run.numbering import in_own_folder
    from ..training.run.resume import BusyError
    from .pictures import with_pictures

    request, splits = with_pictures(request, note)
    try:
        return _train_all(request, how, watch, note, each, splits)
    except BusyError:
        if not request.named or (again := in_own_folder(request)).folder == request.folder:
            raise
    note(again.where)
    return train_request(again, how, watch, note=note, each=each)


def _train_all(
    request: TrainingRequest,
    how: RunOptions,
    watch: Watch,
    note: Callable[[str], None],
    each: Callable[[TrainedRun], None] | None,
    splits: tuple[Split, Split] | None,
) -> TrainedRun | TrainedSeeds:
    def one(folder: Path, recipe: Recipe) -> TrainedRun:
        with watch() as observer:
            outcome = _train_one(request, folder, recipe, how, observer, splits)
        if each is not None:
            each(outcome)
        return outcome

    if not request.seeds:
        return one(request.folder, request.recipe)
    if splits is None:
        raise UsageError("--seeds is for networks that read single digits", "train runs one by one")
    from ..training.run.seeds import train_seeds

    runs: list[TrainedRun] = []
    outcome = train_seeds(request, *splits, lambda *run: runs.append(one(*run)), note)
    return TrainedSeeds(request.folder, tuple(runs), outcome)


def _train_one(
    request: TrainingRequest,
    folder: Path,
    recipe: Recipe,
    how: RunOptions,
    observer: Observer,
    splits: tuple[Split, Split] | None,
) -> TrainedRun:
    """Train the request's run, or that of another seed in a folder of its own."""
    from ..report.run.folder import write_run_report
    from ..report.run.line_report import write_line_report
    from ..training.lines.task import LineTask
    from ..training.run.folder import train_into

    task = _task(request, recipe, splits)
    outcome = train_into(folder, task, observer, how, request.target)
    history, points = tuple(outcome.history), tuple(outcome.points)
    facts: FinishedRun | None = None
    if outcome.chief and isinstance(task, LineTask):
        facts = write_line_report(folder, history, task.checked, request.target, points)
    elif outcome.chief and splits:
        facts = write_run_report(folder, history, splits[1], request.target, points)
    return TrainedRun(folder, history, facts, outcome.chief, points)


def _task(request: TrainingRequest, recipe: Recipe, splits: tuple[Split, Split] | None) -> Task:
    """What the request's network learns. Raises UsageError where its data are of another kind."""
    from ..training.lines.task import DATA, LineTask
    from ..training.pages.task import PAGES, PageTask
    from ..training.run.digits import DigitTask

    if splits:
        return DigitTask(request.spec, recipe, *splits)
    data, does = (DATA, "reads lines") if request.spec.task == "line" else (PAGES, "finds lines")
    if request.data != data:
        raise UsageError(
            f"--data {request.data}: {request.spec.name} {does}, and learns drawn ones",
            hint=f"--data {data}; --set mixture.NAME=SHARE says who writes them",
        )
    task = LineTask if request.spec.task == "line" else PageTask
    return task(request.spec, recipe)
