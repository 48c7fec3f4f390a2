"""From the options of `train` to what is to be trained."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from ..errors import UsageError
from .choices import spec_for

if TYPE_CHECKING:
    from ..training.run.resume import TrainingRequest

Path_: TypeAlias = str | os.PathLike[str]


def request_of(
    settings: Mapping[str, Any],
    *,
    preset: str | None,
    config: Path_ | None,
    data: str | None,
    out: Path_ | None,
    target_accuracy: float | None,
    seeds: int | None,
    ensemble: bool,
    resume: Path_ | None,
    **options: Any,
) -> TrainingRequest:
    """What is to be trained; `options` are recipe settings with options of their own.

    Raises UsageError for options that contradict each other, and what reading them raises.
    """
    from ..training.run.longer import asked_again, longer
    from ..training.run.numbering import in_own_folder
    from ..training.run.resume import reopen

    if resume is not None:
        epochs, steps = options.pop("epochs", None), options.pop("steps", None)
        others = {"preset": preset, "config": config, "data": data, "out": out, **options}
        others |= {"set": settings or None, "seeds": seeds, "ensemble": ensemble or None}
        others["target_accuracy"] = target_accuracy
        _refuse_beside_resume(Path(resume), others)
        return longer(reopen(Path(resume)), epochs, steps)
    if ensemble and not seeds:
        raise UsageError("--ensemble needs several runs", "add --seeds 5")
    if config and preset:
        raise UsageError("--preset and --config exclude each other", "choose one of them")
    if seeds is not None and seeds < 2:
        raise UsageError(f"--seeds must be at least 2, got {seeds}")
    opened = os.fspath(config) if config else preset or "small"
    request = _new(opened, {**settings, **_given(options)}, data, out, target_accuracy)
    first = request.recipe.seed
    several = tuple(range(first, first + (seeds or 0)))
    request = replace(request, seeds=several, ensemble=ensemble)
    return asked_again(request) if out else in_own_folder(request)


def _given(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _new(
    preset: str,
    changes: dict[str, Any],
    data: str | None,
    out: Path_ | None,
    percent: float | None,
) -> TrainingRequest:
    """The request for a new run by a preset, some settings of which are changed."""
    from ..training.mixture.shares import parse_data
    from ..training.recipes import with_changes
    from ..training.run.numbering import RUNS
    from ..training.run.resume import TrainingRequest, open_preset
    from ..training.target import target_of

    chosen, recipe = open_preset(preset)
    name, shares = parse_data(data or chosen.data or "mnist")
    spec = spec_for(chosen.spec, name)
    recipe = with_changes(recipe, ({"mixture": shares} if shares else {}) | changes)
    folder = Path(out) if out else RUNS
    target = target_of(chosen, recipe, percent)
    return TrainingRequest(spec, recipe, name, folder, target=target)


def _refuse_beside_resume(folder: Path, others: Mapping[str, object]) -> None:
    """Refuse options that would change what the run has done already."""
    given = [f"--{name.replace('_', '-')}" for name in _given(others)]
    if given:
        raise UsageError(
            f"--resume: {folder} goes on as its config.toml says, so {', '.join(given)} cannot "
            "be given",
            hint="--epochs or --steps make it longer; else only --checkpoint-every and --jit go "
            "with --resume",
        )
