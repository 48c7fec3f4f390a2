"""The values of `report.html`, a whole run in one file (report/templates/run.html)."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from ...data.catalog import CATALOG
from ...data.store import Split
from ...evaluation.evaluate import Evaluation
from ...signs import DIGITS
from ..kit.format import duration, percent
from ..kit.markup import render
from .facts import (
    Figure,
    FinishedRun,
    Pairs,
    Table,
    about_curves,
    epochs_of,
    length_pairs,
    machine_pairs,
    name_of_data,
    network_table,
    plain,
    recipe_pairs,
    target_line,
    usual_commands,
)

if TYPE_CHECKING:
    from ..kit.plots import Plot


@dataclass(frozen=True, kw_only=True)
class RunFacts(FinishedRun):
    """A finished run that learnt single digits.

    `result` is that of `weights` on all of `test`, computed on the instruction set `isa`.
    """

    result: Evaluation
    test: Split


class Calibration(NamedTuple):
    """What the weight file records of its calibration."""

    text: str
    table: Table


def run_page(run: RunFacts, plots: Mapping[str, Plot]) -> bytes:
    """The page as HTML; `plots` has `curves.png`, `confusion.png` and `errors.png`."""
    trained = run.weights.trained
    return render(
        "run.html",
        title=f"{run.weights.spec.name} on {run.test.name}",
        accuracy=percent(run.result.metrics.accuracy),
        lead=_lead(run),
        headline=_headline(run),
        result=_result(run),
        curves=Figure(plots["curves.png"], *about_curves(run)),
        confusions=Figure(plots["confusion.png"], *_about_confusion(run)),
        lengths=None,
        mistakes=Figure(plots["errors.png"], *_about_errors(run)),
        calibration=_calibration(trained.get("calibration")),
        network=network_table(run),
        recipe=recipe_pairs(run),
        data=_data(run),
        machine=machine_pairs(run),
        commands=list(_commands(run)),
    )


def _lead(run: RunFacts) -> str:
    return (
        f"Trained on {name_of_data(run)} and saved as weights.npz. The accuracy of that file is "
        f"measured by digitcli's C++ engine on {len(run.test.labels):,} test pictures, which were "
        "not used for training."
    )


def _headline(run: RunFacts) -> Pairs:
    """The numbers at the top, each with its name."""
    metrics, spec = run.result.metrics, run.weights.spec
    low, high = metrics.interval
    return [
        (percent(metrics.accuracy), "test accuracy"),
        (f"{100 * low:.2f} to {100 * high:.2f} %", "95 % interval"),
        (f"{metrics.n - metrics.correct:,} of {metrics.n:,}", "read wrongly"),
        (f"{spec.parameters:,}", "parameters"),
        (f"{spec.flops / 1e6:.2f} MFLOP", "for one picture"),
        (duration(run.seconds), f"training, {epochs_of(run)}"),
    ]


def _result(run: RunFacts) -> Pairs:
    metrics, trained = run.result.metrics, run.weights.trained
    low, high = metrics.interval
    pairs = [
        ("test accuracy", f"{percent(metrics.accuracy)} ({metrics.correct:,} of {metrics.n:,})"),
        ("95 % interval", f"{percent(low)} to {percent(high)} (Wilson)"),
        ("cross-entropy", f"{metrics.loss:.4f}"),
        ("computed by", f"the C++ engine, {run.isa}, {run.weights.precision}"),
    ]
    if "test" in trained:
        pairs.append(("the same in training", percent(trained["test"]["accuracy"])))
    if trained.get("validation_accuracy") is not None:
        pairs.append(("validation accuracy", percent(trained["validation_accuracy"])))
    if run.target is not None:
        pairs.append(("target", target_line(run.target, run.history)))
    return [*pairs, *length_pairs(run)]


def _about_confusion(run: RunFacts) -> tuple[str, str]:
    metrics = run.result.metrics
    count, classes = len(run.result.classes), run.result.classes
    what = "digit" if classes == DIGITS else "class"
    alt = (
        f"A table of {count} times {count} counts: {metrics.correct:,} of {metrics.n:,} on the "
        "diagonal."
    )
    caption = (
        f"A row for each label, a column for each {what} that was read. Mistakes are shaded by "
        "their number; right answers are not."
    )
    return alt, caption


def _about_errors(run: RunFacts) -> tuple[str, str]:
    labels, probabilities = run.test.labels, run.result.probabilities
    names = run.result.classes
    alt = [
        f"picture {index:,}: label {names[labels[index]]}, read as "
        f"{names[probabilities[index].argmax()]}"
        for index in run.result.metrics.mistakes[:24]
    ]
    caption = (
        "The mistakes made with most confidence, with the probability of the guess and of the "
        "label. Pictures are numbered as in their file, from 0."
    )
    return "; ".join(alt) or "no picture was read wrongly", caption if alt else ""


def _calibration(record: Mapping[str, Any] | None) -> Calibration | None:
    """The weight file's record of its calibration, where it has one."""
    if not record:
        return None
    names = {
        "ece": "expected calibration error",
        "brier": "Brier score",
        "nll": "negative log-likelihood",
    }
    rows = [
        (title, *(plain(record.get(f"{key}_{when}")) for when in ("before", "after")))
        for key, title in names.items()
    ]
    pictures = f"{record['n']:,} " if "n" in record else ""
    text = (
        f"Logits are divided by a temperature of {plain(record.get('temperature'))}, fitted on "
        f"{pictures}{record.get('split', 'validation')} pictures, on which this was measured:"
    )
    return Calibration(text, Table(("", "before", "after"), rows))


def _data(run: RunFacts) -> Pairs:
    learnt = run.weights.trained.get("data", {})
    return [
        ("training", name_of_data(run)),
        ("its images, sha256", learnt.get("sha256", "unknown")),
        ("test", f"{run.test.name}, {len(run.test.labels):,} pictures"),
        ("its images, sha256", run.test.sha256),
        ("classes", ", ".join(run.result.classes)),
        *_terms(run.test.name),
    ]


def _terms(name: str) -> Iterator[tuple[str, str]]:
    """Licence and citation of a data set of the catalogue."""
    for dataset in CATALOG:
        if dataset.name == name:
            yield "licence", dataset.licence
            yield "citation", dataset.citation


def _commands(run: RunFacts) -> Iterator[str]:
    folder, data = shlex.quote(str(run.folder)), shlex.quote(run.test.name)
    yield "# read a picture, and measure again"
    yield f"digitcli predict --weights {folder} picture.png"
    yield f"digitcli eval --weights {folder} --data {data}"
    yield from usual_commands(run)
