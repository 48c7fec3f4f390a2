"""The runs of several seeds as a table: each accuracy, their mean, and their ensemble."""

from __future__ import annotations

from pathlib import Path

from rich.console import Group
from rich.table import Table
from rich.text import Text

from ...evaluation.metrics import Metrics
from ...evaluation.spread import Spread
from ...training.run.seeds import SeedsOutcome
from ..kit.format import percent
from ..kit.text import visible


def seeds_table(outcome: SeedsOutcome, folder: Path) -> Group:
    """A line for each run, the mean with its 95 % interval, the ensemble, and the best run."""
    table = Table(box=None, pad_edge=False)
    table.add_column("run")
    for title in ("epochs", "validation", "test"):
        table.add_column(title, justify="right")
    for run in outcome.runs:
        validation = percent(run.validation_accuracy, 3)
        table.add_row(run.folder, str(run.epochs), validation, percent(run.test_accuracy, 3))
    parts = (outcome.validation, outcome.test)
    table.add_row("mean", "", *(percent(part.mean if part else None, 3) for part in parts))
    table.add_row(
        "deviation", "", *(percent(part.deviation if part else None, 3) for part in parts)
    )
    table.add_row("95 % interval of the mean", "", *(_interval(part) for part in parts))
    if outcome.ensemble:
        both = [outcome.ensemble.get(part) for part in ("validation", "test")]
        table.add_row("ensemble of all", "", *(percent(m.accuracy if m else None, 3) for m in both))
        table.add_row("95 % interval", "", *(_interval(metrics) for metrics in both))
    return Group(table, Text(visible(_best(outcome, folder))))


def _best(outcome: SeedsOutcome, folder: Path) -> str:
    if outcome.best is None:
        return f"wrote {folder}; without validation pictures no run can be called the best"
    return f"wrote {folder}; best by validation: {folder / outcome.best.folder / 'weights.npz'}"


def _interval(part: Spread | Metrics | None) -> str:
    return "-" if part is None else " to ".join(f"{100 * end:.3f}" for end in part.interval)
