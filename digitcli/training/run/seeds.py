"""The same run with several seeds: the spread of its accuracy, and the ensemble of all."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ...data.store import Split
from ...errors import DigitError, UsageError
from ...evaluation.ensemble import mean_probabilities
from ...evaluation.metrics import Metrics, measure
from ...evaluation.spread import Spread, spread
from ...files import atomic_write, folder_lock, remove_stale
from ...inference.engine import Engine
from ...model.weights import Weights, load_weights
from ..cluster.tf_config import read_tf_config
from ..recipes import Recipe
from .identity import identity
from .pictures import divide
from .resume import (
    SEEDS_FILE,
    TrainingRequest,
    busy,
    finished,
    folder_name,
    resume_hint,
    run_config,
    write_config,
)

SCHEMA = "digitcli.seeds/1"

TrainOne = Callable[[Path, Recipe], object]


@dataclass(frozen=True)
class SeedRun:
    """One of the runs; accuracies are fractions, None where nothing was validated."""

    seed: int
    folder: str
    epochs: int
    validation_accuracy: float | None
    test_accuracy: float


@dataclass(frozen=True)
class SeedsOutcome:
    """All runs. `best` is chosen by validation accuracy, never by test; None without validation."""

    runs: tuple[SeedRun, ...]
    validation: Spread | None
    test: Spread
    best: SeedRun | None
    ensemble: dict[str, Metrics]

    def to_json(self) -> dict[str, Any]:
        """The results as seeds.json has them."""
        return {
            "runs": [asdict(run) for run in self.runs],
            "validation": self.validation and self.validation.to_json(),
            "test": self.test.to_json(),
            "best": self.best and self.best.folder,
            "ensemble_of_all": {
                part: {
                    "n": metrics.n,
                    "accuracy": metrics.accuracy,
                    "interval": list(metrics.interval),
                }
                for part, metrics in self.ensemble.items()
            },
        }


def train_seeds(
    request: TrainingRequest,
    train: Split,
    test: Split,
    train_one: TrainOne,
    note: Callable[[str], None],
) -> SeedsOutcome:
    """Call `train_one(folder, recipe)` for each seed that is not finished, and summarise.

    The runs are `seed-0`, `seed-1` ... in the request's folder. Raises UsageError when that holds a
    single run, MachineError when it cannot be written or another process trains there.
    """
    if read_tf_config(os.environ) is not None:
        raise UsageError(
            "--seeds: the workers of TF_CONFIG train one run at a time",
            hint="unset TF_CONFIG, or train each --seed by itself",
        )
    with folder_lock(request.folder, busy(request.folder)):
        if any((request.folder / name).exists() for name in ("checkpoints", "weights.npz")):
            raise UsageError(
                f"{request.folder}: holds a single run, not those of several seeds",
                hint="choose another --out",
            )
        remove_stale(request.folder, "*")
        write_config(
            request.folder, run_config(request.spec, request.recipe, request.data, request.target)
        )
        _write(request, {"complete": False})
        weights = [_run(request, seed, train, test, train_one, note) for seed in request.seeds]
        ensemble = _ensemble(request, weights, train, test) if request.ensemble else {}
        outcome = summary(request.seeds, weights, ensemble)
        _write(request, {"complete": True, **outcome.to_json()})
        return outcome


def summary(
    seeds: Sequence[int], weights: Sequence[Weights], ensemble: dict[str, Metrics]
) -> SeedsOutcome:
    """Summarise finished runs by the records in their weights."""
    runs = tuple(
        SeedRun(
            seed,
            folder_name(seed),
            one.trained["epochs"],
            one.trained["validation_accuracy"],
            one.trained["test"]["accuracy"],
        )
        for seed, one in zip(seeds, weights, strict=True)
    )
    checked = [run.validation_accuracy for run in runs if run.validation_accuracy is not None]
    return SeedsOutcome(
        runs=runs,
        validation=spread(checked) if checked else None,
        test=spread([run.test_accuracy for run in runs]),
        best=max(runs, key=lambda run: run.validation_accuracy or 0.0) if checked else None,
        ensemble=ensemble,
    )


def _run(
    request: TrainingRequest,
    seed: int,
    train: Split,
    test: Split,
    train_one: TrainOne,
    note: Callable[[str], None],
) -> Weights:
    """The weights of one seed's run, trained now unless it is finished."""
    folder, recipe = request.folder / folder_name(seed), replace(request.recipe, seed=seed)
    found = finished(folder, identity(request.spec, recipe, train, test))
    if found is not None:
        note(f"{folder}: finished already")
        return found
    note(f"seed {seed}, run {request.seeds.index(seed) + 1} of {len(request.seeds)}, in {folder}")
    try:
        train_one(folder, recipe)
    except DigitError as error:
        error.hint = error.hint.replace(resume_hint(folder), resume_hint(request.folder))
        raise
    return load_weights(folder / "weights.npz")


def _ensemble(
    request: TrainingRequest, weights: Sequence[Weights], train: Split, test: Split
) -> dict[str, Metrics]:
    """How good the mean of all runs is on the validation pictures that none learnt, and on test."""
    parts = {"test": (test.images, test.labels)}
    if request.recipe.validation:
        _, check = divide(train, request.recipe)
        parts = {"validation": (train.images[check], train.labels[check]), **parts}
    engines = [Engine(one) for one in weights]
    return {
        part: measure(mean_probabilities(engines, images, threads=0), labels)
        for part, (images, labels) in parts.items()
    }


def _write(request: TrainingRequest, results: dict[str, Any]) -> None:
    document = {
        "schema": SCHEMA,
        "seeds": list(request.seeds),
        "ensemble": request.ensemble,
        **results,
    }
    with atomic_write(request.folder / SEEDS_FILE) as file:
        file.write(json.dumps(document, indent=2, allow_nan=False).encode() + b"\n")
