"""`digitcli train`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import UsageError


def train(
    preset: Annotated[
        str | None,
        typer.Option("--preset", "-p", help="notebook, deck, small (default), or a TOML file."),
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="Replay the config.toml of an earlier run.")
    ] = None,
    data: Annotated[str | None, typer.Option("--data", "-d", help="Data set.")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Run folder.")] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Passes over the data.")] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Optimizer steps.")] = None,
    batch_size: Annotated[int | None, typer.Option(min=1, help="Pictures per step.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Step size, or its peak.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed of all that is random.")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Any recipe setting.")
    ] = None,
) -> None:
    """Train a network with TensorFlow into a run folder; run it again to go on."""
    from ..model.presets import load_preset
    from ..training.recipes import parse_setting, recipe_from_table, with_changes

    if config and preset:
        raise UsageError("--preset and --config exclude each other", "choose one of them")
    chosen = load_preset(str(config) if config else preset or "small")
    changes: dict[str, Any] = dict(parse_setting(text) for text in settings or [])
    options = {
        "epochs": epochs,
        "steps": steps,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "seed": seed,
    }
    changes |= {name: value for name, value in options.items() if value is not None}
    recipe = with_changes(recipe_from_table(chosen.training), changes)
    folder = out or Path("runs") / chosen.spec.name
    data = data or chosen.data or "mnist"

    from ..data.store import load_split
    from ..report.training import TrainingReport
    from ..training.runs import train_into
    from .console import err
    from .console import out as stdout

    splits = load_split(data, "train"), load_split(data, "test")
    with TrainingReport(err()) as report:
        outcome = train_into(folder, chosen.spec, recipe, *splits, report)
    report.summary(stdout(), outcome, folder)
