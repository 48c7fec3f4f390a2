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
from ...inference.engine import load
from ...training.run.history import EpochRow
from ...training.run.points import StepPoint
from ...training.target import Target
from ..kit.format import duration, percent
from ..kit.text import visible
from .facts import FinishedRun, target_line, write_pages
from .line_report import LineFacts
from .report_html import RunFacts, run_page

PAGES = ("report.html", "curves.png", "confusion.png", "errors.png")
FILES = ("weights.npz", "config.toml", "history.csv", "steps.csv", *PAGES, "lengths.png", "events")


def write_run_report(
    folder: Path,
    history: Sequence[EpochRow],
    test: Split,
    target: Target | None = None,
    points: Sequence[StepPoint] = (),
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
    facts = RunFacts(
        folder=folder,
        weights=engine.weights,
        history=tuple(history),
        isa=engine.isa,
        target=target,
        result=result,
        test=test,
    )
    plots = {
        "curves.png": draw_curves(history, target.percent if target else None, points),
        "confusion.png": draw_confusion(result.metrics, result.classes),
        "errors.png": draw_mistakes(result, test),
    }
    write_pages(folder, plots, run_page(facts, plots))
    return facts


def summary(console: Console, run: RunFacts | LineFacts) -> None:
    """Print the result in a few lines, and the files in the folder."""
    if isinstance(run, RunFacts):
        metrics = run.result.metrics
        result = "test accuracy ", metrics.accuracy, metrics.interval, f"{metrics.n:,} pictures"
    else:
        exact = run.metrics.exact
        lines_of = f"{exact.n:,} lines in other hands"
        result = "numbers exact ", exact.value or 0.0, exact.interval or (0.0, 1.0), lines_of
    title, share, (low, high), what = result
    lines = [
        Text.assemble(
            title,
            (percent(share), "bold green"),
            f"  (95 % interval {100 * low:.2f} to {100 * high:.2f} %, {what})",
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
        console.print(line, soft_wrap=not console.is_terminal)


def check_target(run: FinishedRun) -> None:
    """Raise GateError when the run had a target accuracy and its last epoch is below it."""
    if run.target is None or run.target.reached(run.history):
        return
    raise GateError(
        f"{run.folder}: {target_line(run.target, run.history)}",
        hint="the weights are written; more --epochs or another preset may get there",
    )
