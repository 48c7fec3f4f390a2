"""Run folders read back: what was requested, and whether it is finished. Loads no TensorFlow."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ...errors import MachineError, ModelError, UsageError
from ...files import atomic_write
from ...files.opening import read_regular
from ...model.presets import MOST_BYTES, Preset, load_preset
from ...model.spec import NetworkSpec
from ...model.weights import Weights, load_weights
from ..recipes import Recipe, recipe_from_table
from ..target import Target, target_of

SEEDS_FILE = "seeds.json"
MOST_SEEDS_BYTES = 1 << 20  # a thousand runs have 200,000
LAST_FILE = "report.html"  # a run folder with this file has all its files


@dataclass(frozen=True)
class TrainingRequest:
    """What `digitcli train` does: one run in `folder`, or one for each of `seeds` below it.

    `named` is true where digitcli chose the folder's name, and then `where` may say why, in words.
    """

    spec: NetworkSpec
    recipe: Recipe
    data: str
    folder: Path
    seeds: tuple[int, ...] = ()
    ensemble: bool = False
    target: Target | None = None
    named: bool = False
    where: str = ""


class BusyError(MachineError):
    """Another process trains in the folder."""


def run_config(
    spec: NetworkSpec, recipe: Recipe, data: str, target: Target | None = None
) -> dict[str, Any]:
    """A run as a preset: `digitcli train --config` replays it."""
    network = spec.to_json()
    return {
        "name": network["name"],
        "data": data,
        **({"target_accuracy": target.percent} if target else {}),
        **({} if spec.names_digits else {"classes": network["classes"]}),
        **({} if spec.task == "digit" else {name: network[name] for name in ("task", "input")}),
        "scale": network["scale"],
        "training": recipe.to_table(),
        "layers": network["layers"],
    }


def open_preset(name_or_path: str) -> tuple[Preset, Recipe]:
    """A preset, and its recipe; UsageError or ModelError naming the file and the setting."""
    preset = load_preset(name_or_path)
    try:
        return preset, recipe_from_table(preset.training)
    except ModelError as error:
        raise ModelError(f"{name_or_path}: {error}", error.hint) from error


def reopen(folder: Path) -> TrainingRequest:
    """The request that began the run, or the runs of several seeds, in `folder`.

    Raises UsageError when there is no run to go on with, ModelError when what describes it is
    damaged.
    """
    config, seeds = folder / "config.toml", folder / SEEDS_FILE
    if not config.is_file():
        raise UsageError(
            f"{folder}: no run to go on with (it has no config.toml)",
            hint="name the folder that a run was given with --out",
        )
    if not seeds.exists() and not any((folder / "checkpoints").glob("step-*")):
        quoted = shlex.quote(str(config)), shlex.quote(str(folder))
        raise UsageError(
            f"{folder}: no checkpoints, so nothing to go on from",
            hint=f"`digitcli train --config {quoted[0]} --out {quoted[1]}` starts it again",
        )
    preset, recipe = open_preset(str(config))
    target = target_of(preset, recipe)
    request = TrainingRequest(preset.spec, recipe, preset.data or "mnist", folder, target=target)
    return _with_seeds(request, seeds) if seeds.exists() else request


def _with_seeds(request: TrainingRequest, path: Path) -> TrainingRequest:
    try:
        document = json.loads(read_regular(path, MOST_SEEDS_BYTES))
        seeds = tuple(int(seed) for seed in document["seeds"])
        ensemble = bool(document["ensemble"])
        if len(set(seeds)) < 2:
            raise ValueError("fewer than two seeds")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{path}: not readable ({error})", hint="repeat the command that started these runs"
        ) from error
    return replace(request, seeds=seeds, ensemble=ensemble)


def finished(folder: Path, wanted: Mapping[str, Any]) -> Weights | None:
    """The weights of the run in `folder` if it is trained to the end and has all its files.

    `wanted` is the run's `identity`, or a part of it: where a shorter run has ended, a longer one
    is not finished.
    """
    from .checkpoint import newest_checkpoint

    path = folder / "weights.npz"
    if not path.is_file():
        return None
    try:
        found, _ = newest_checkpoint(folder / "checkpoints")
        weights = load_weights(path)
    except ModelError:
        return None
    if found is None or found.step < found.meta["total_steps"]:
        return None
    if weights.spec.task != "map" and not (folder / LAST_FILE).is_file():
        return None
    same = all(found.meta["identity"].get(part) == value for part, value in wanted.items())
    return weights if same and weights.trained.get("steps") == found.step else None


def finished_request(request: TrainingRequest) -> bool:
    """Whether nothing is left to do: a run is trained to the end and has no target to judge."""
    from .identity import described

    if request.seeds or request.target:
        return False
    return finished(request.folder, described(request.spec, request.recipe)) is not None


def folder_name(seed: int) -> str:
    """The name of the folder of a seed's run, in that of several seeds."""
    return f"seed-{seed}"


def busy(folder: Path) -> BusyError:
    """The error for a second trainer in a folder."""
    return BusyError(
        f"{folder}: another training run is using this folder", hint="choose another --out"
    )


def resume_hint(folder: Path) -> str:
    """The command that goes on from the checkpoints in `folder`."""
    return f"`digitcli train --resume {shlex.quote(str(folder))}` goes on from there"


def is_config(path: Path, config: Mapping[str, Any]) -> bool:
    """Whether the file at `path` is what `write_config` writes."""
    import tomli_w

    try:
        return read_regular(path, MOST_BYTES) == tomli_w.dumps(config).encode()
    except OSError:
        return False


def write_config(folder: Path, config: Mapping[str, Any]) -> None:
    """Write `config.toml`, which replays the run."""
    import tomli_w

    with atomic_write(folder / "config.toml") as file:
        tomli_w.dump(config, file)
