"""The report of a finished run: `report.html` and its three plots."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from ...data.store import Split
from ...errors import GateError
from ...evaluation.ensemble import engine_predictor
from ...evaluation.evaluate import evaluate
from ...files import atomic_write
from ...inference.engine import load
from ...training.run.history import EpochRow
from ...training.target import Target
from ..kit.format import duration, percent
from ..kit.text import visible
from .report_html import RunFacts, run_page, target_line

PAGES = ("report.html", "curves.png", "confusion.png", "errors.png")
FILES = ("weights.npz", "config.toml", "history.csv", *PAGES, "events")


def write_run_report(
    folder: Path, history: Sequence[EpochRow], test: Split, target: Target | None = None
) -> RunFacts:
    """Read the folder's `weights.npz` with the C++ engine, measure it, and write `PAGES`.

    The report is about the file, so it measures again what training measured. Returns the facts.
    Raises ModelError when the weights cannot be read, MachineError when the disk refuses.
    """
    from .confusion import draw_confusion
    from .curves import draw_curves
    from .mistakes import draw_mistakes

    engine = load(str(folder / "weights.npz"))
    result = evaluate(engine_predictor(engine, threads=0), test)
    facts = RunFacts(folder, engine.weights, tuple(history), result, test, engine.isa, target)
    plots = {
        "curves.png": draw_curves(history, target.percent if target else None),
        "confusion.png": draw_confusion(result.metrics),
        "errors.png": draw_mistakes(result, test),
    }
    files = {name: plot.png for name, plot in plots.items()}
    for name, content in {**files, "report.html": run_page(facts, plots)}.items():
        with atomic_write(folder / name) as file:
            file.write(content)
    return facts


def summary(console: Console, run: RunFacts) -> None:
    """Print the result in a few lines, and the files in the folder."""
    metrics = run.result.metrics
    low, high = metrics.interval
    lines = [
        Text.assemble(
            "test accuracy ",
            (percent(metrics.accuracy), "bold green"),
            f"  (95 % interval {100 * low:.2f} to {100 * high:.2f} %, {metrics.n:,} pictures)",
        )
    ]
    if run.target is not None:
        lines.append(Text(target_line(run.target, run.history)))
    epochs = run.history[-1].epoch
    lines.append(
        Text(f"trained {epochs} epoch{'s' * (epochs > 1)} in {duration(run.seconds)}; wrote ")
        + Text(visible(str(run.folder)))
    )
    lines += [Text(f"  {name}") for name in FILES if (run.folder / name).exists()]
    for line in lines:
        console.print(line, soft_wrap=True)


def check_target(run: RunFacts) -> None:
    """Raise GateError when the run had a target accuracy and its last epoch is below it."""
    if run.target is None or run.target.reached(run.history):
        return
    raise GateError(
        f"{run.folder}: {target_line(run.target, run.history)}",
        hint="the weights are written; more --epochs or another preset may get there",
    )
