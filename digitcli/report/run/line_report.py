"""The report of a finished run that learnt lines: how lines of other hands are read."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ...evaluation.strings import StringMetrics, measure_strings
from ...inference.line_engine import LineEngine
from ...model.weights import load_weights
from ...training.lines.batches import Drawn
from ...training.lines.checks import read_drawn
from ...training.run.history import EpochRow
from ...training.run.points import StepPoint
from ...training.target import Target
from ..kit.format import duration, percent
from ..kit.markup import render
from .facts import (
    Figure,
    FinishedRun,
    Pairs,
    about_curves,
    epochs_of,
    length_pairs,
    machine_pairs,
    network_table,
    recipe_pairs,
    target_line,
    usual_commands,
    write_pages,
)

if TYPE_CHECKING:
    from ..kit.plots import Plot


@dataclass(frozen=True, kw_only=True)
class LineFacts(FinishedRun):
    """A finished run that learnt lines; `metrics` are of drawn ones in hands not learnt from."""

    metrics: StringMetrics


def write_line_report(
    folder: Path,
    history: Sequence[EpochRow],
    lines: Sequence[Drawn],
    target: Target | None = None,
    points: Sequence[StepPoint] = (),
) -> LineFacts:
    """Read `lines` with the folder's `weights.npz` and the C++ engine; write plots and page.

    Raises DataError without lines, ModelError when the weights cannot be read, MachineError when
    the disk refuses.
    """
    from .curves import draw_curves
    from .strings import draw_lengths, draw_string_confusion, draw_worst_lines

    engine = LineEngine(load_weights(folder / "weights.npz"))
    metrics = measure_strings(read_drawn(engine, lines))
    run = LineFacts(
        folder=folder,
        weights=engine.weights,
        history=tuple(history),
        isa=engine.isa,
        target=target,
        metrics=metrics,
    )
    plots = {
        "curves.png": draw_curves(history, target.percent if target else None, points),
        "confusion.png": draw_string_confusion(metrics),
        "lengths.png": draw_lengths(metrics),
        "errors.png": draw_worst_lines([line.picture for line in lines], metrics),
    }
    write_pages(folder, plots, _page(run, plots))
    return run


def _page(run: LineFacts, plots: Mapping[str, Plot]) -> bytes:
    metrics = run.metrics
    return render(
        "run.html",
        title=f"{run.weights.spec.name} on drawn lines",
        accuracy=percent(metrics.exact.value or 0.0),
        lead=(
            "Trained on lines that were drawn for it, and saved as weights.npz. That file is "
            f"measured by digitcli's C++ engine on {metrics.n:,} drawn lines in hands that taught "
            "nothing."
        ),
        headline=_headline(run),
        result=_result(run),
        curves=Figure(plots["curves.png"], *about_curves(run)),
        confusions=Figure(plots["confusion.png"], *_about_confusion(metrics)),
        lengths=Figure(
            plots["lengths.png"],
            "Errors over the length of the label.",
            "The share of numbers that are not exact, and the edits for each 100 digits, with 95 % "
            "intervals.",
        ),
        mistakes=Figure(
            plots["errors.png"],
            f"{min(24, len(metrics.worst))} lines that were not read exactly.",
            "The mistakes made with most confidence: the label, and what was read.",
        ),
        calibration=None,
        network=network_table(run),
        recipe=recipe_pairs(run),
        data=_data(run),
        machine=machine_pairs(run),
        commands=list(_commands(run)),
    )


def _headline(run: LineFacts) -> Pairs:
    metrics, spec = run.metrics, run.weights.spec
    low, high = metrics.exact.interval or (0.0, 1.0)
    return [
        (percent(metrics.exact.value or 0.0), "of the numbers exact"),
        (f"{100 * low:.2f} to {100 * high:.2f} %", "95 % interval"),
        (percent(metrics.digits.accuracy or 0.0), "of the digits"),
        (f"{spec.parameters:,}", "parameters"),
        (f"{spec.flops / 1e6:.0f} MFLOP", f"for a line {spec.steps[0].input_shape[1]} pixels wide"),
        (duration(run.seconds), f"training, {epochs_of(run)}"),
    ]


def _result(run: LineFacts) -> Pairs:
    metrics = run.metrics
    low, high = metrics.exact.interval or (0.0, 1.0)
    pairs = [
        (
            "exact",
            f"{percent(metrics.exact.value or 0.0)} ({metrics.exact.count:,} of {metrics.n:,})",
        ),
        ("95 % interval", f"{percent(low)} to {percent(high)} (Wilson)"),
        ("digits", f"{percent(metrics.digits.accuracy or 0.0)} by edit distance"),
        ("edits", _edits(metrics)),
        ("answered at confidence 0.5", f"{metrics.answered.count:,} of {metrics.n:,}"),
        ("of these wrong", percent(metrics.wrong.value or 0.0)),
        ("computed by", f"the C++ engine, {run.isa}, {run.weights.precision}"),
    ]
    checked = run.weights.trained.get("validation_accuracy")
    if checked is not None:
        pairs.append(("lines exact in training, separators too", percent(checked)))
    if run.target is not None:
        pairs.append(("target", target_line(run.target, run.history)))
    return [*pairs, *length_pairs(run)]


def _edits(metrics: StringMetrics) -> str:
    return (
        f"{metrics.substitutions} substitutions, {metrics.insertions} insertions, "
        f"{metrics.deletions} deletions"
    )


def _about_confusion(metrics: StringMetrics) -> tuple[str, str]:
    return (
        f"A table of 11 times 11 counts: {_edits(metrics)}.",
        "A row for each digit of the labels, a column for each that was read; the last row are "
        "insertions, the last column deletions.",
    )


def _data(run: LineFacts) -> Pairs:
    hands = run.weights.trained.get("data", {}).get("hands", {})
    return [("drawn in the hands of", ""), *((name, digest) for name, digest in hands.items())]


def _commands(run: LineFacts) -> Iterator[str]:
    folder = shlex.quote(str(run.folder))
    yield "# read a picture, and measure on your own ones"
    yield f"digitcli predict --weights {folder} picture.png"
    yield f"digitcli eval --weights {folder} --data FOLDER"
    yield from usual_commands(run)
