"""The values of `report.html`, a whole run in one file (report/templates/run.html)."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ...data.store import Split
from ...evaluation.evaluate import Evaluation
from ...model.layers import (
    Conv,
    Dense,
    GlobalAveragePool,
    Layer,
    MaxPool,
    Shape,
    Window,
    assert_never,
    pair,
)
from ...model.weights import Weights
from ...training.run.history import EpochRow
from ...training.target import Target
from ..kit.format import duration, percent
from ..kit.markup import render

if TYPE_CHECKING:
    from ..kit.plots import Plot

Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class RunFacts:
    """A finished run: its folder, what is in it, and what the C++ engine measured of it.

    `result` is that of `weights` on all of `test`, computed on the instruction set `isa`.
    """

    folder: Path
    weights: Weights
    history: tuple[EpochRow, ...]
    result: Evaluation
    test: Split
    isa: str
    target: Target | None = None

    @property
    def seconds(self) -> float:
        """How long the epochs took, including the tests after them."""
        return sum(row.seconds for row in self.history)


class Table(NamedTuple):
    """A table whose first `words` columns hold words and the others numbers."""

    heads: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    foot: tuple[str, ...] = ()
    words: int = 1


class Figure(NamedTuple):
    """A plot, its description for those who cannot see it, and what stands below it."""

    plot: Plot
    alt: str
    caption: str


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
        curves=Figure(plots["curves.png"], *_about_curves(run)),
        confusions=Figure(plots["confusion.png"], *_about_confusion(run)),
        mistakes=Figure(plots["errors.png"], *_about_errors(run)),
        calibration=_calibration(trained.get("calibration")),
        network=_network(run),
        recipe=_flat(trained.get("recipe", {})),
        data=_data(run),
        machine=_machine(run),
        commands=list(_commands(run)),
    )


def _lead(run: RunFacts) -> str:
    return (
        f"Trained on {_name_of_data(run)} and saved as weights.npz. The accuracy of that file is "
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
        (duration(run.seconds), f"training, {_epochs(run)}"),
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
    return [*pairs, ("training", f"{_epochs(run)}, {duration(run.seconds)}")]


def target_line(target: Target, history: tuple[EpochRow, ...] | list[EpochRow]) -> str:
    """Whether and when a run reached its target accuracy, in one line."""
    asked = f"{target.percent:g} % {target.measured_on} accuracy"
    if not target.reached(history):
        return f"{asked} not reached; the best epoch had {percent(target.best(history))}"
    row, seconds = history[-1], sum(row.seconds for row in history)
    return f"{asked} reached in epoch {row.epoch}, step {row.step:,}, after {duration(seconds)}"


def _about_curves(run: RunFacts) -> tuple[str, str]:
    last = run.history[-1]
    alt = f"Loss, accuracy and learning rate over {_epochs(run)}; the last loss is {last.loss:.4f}."
    caption = (
        "Training figures are means over an epoch's steps, with augmentation and dropout; the "
        "learning rate is that of the epoch's end. Loss has a logarithmic axis; accuracy has one "
        "of its difference to 100 %."
    )
    return alt, caption


def _about_confusion(run: RunFacts) -> tuple[str, str]:
    metrics = run.result.metrics
    alt = f"A table of 10 times 10 counts: {metrics.correct:,} of {metrics.n:,} on the diagonal."
    caption = (
        "A row for each label, a column for each digit that was read. Mistakes are shaded by their "
        "number; right answers are not."
    )
    return alt, caption


def _about_errors(run: RunFacts) -> tuple[str, str]:
    labels, probabilities = run.test.labels, run.result.probabilities
    alt = [
        f"picture {index:,}: label {labels[index]}, read as {probabilities[index].argmax()}"
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
        (title, *(_plain(record.get(f"{key}_{when}")) for when in ("before", "after")))
        for key, title in names.items()
    ]
    pictures = f"{record['n']:,} " if "n" in record else ""
    text = (
        f"Logits are divided by a temperature of {_plain(record.get('temperature'))}, fitted on "
        f"{pictures}{record.get('split', 'validation')} pictures, on which this was measured:"
    )
    return Calibration(text, Table(("", "before", "after"), rows))


def _flat(values: Mapping[str, Any], prefix: str = "") -> Pairs:
    """Names and values as text. Names in inner tables are preceded by that of the table."""
    pairs: Pairs = []
    for key, value in values.items():
        name = f"{prefix}{key}".replace("_", " ")
        if isinstance(value, Mapping):
            pairs += _flat(value, f"{name}, ")
        else:
            pairs.append((name, _plain(value)))
    return pairs


def _plain(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "-"}[value]
    if isinstance(value, float):
        return f"{value:.5g}"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_plain, value))
    return f"{value:,}" if isinstance(value, int) and value >= 10_000 else str(value)


def _network(run: RunFacts) -> Table:
    spec = run.weights.spec
    rows = [
        (
            step.name,
            _layer(step.layer),
            _shape(step.input_shape),
            _shape(step.output_shape),
            f"{step.parameters:,}",
            f"{step.flops:,}",
        )
        for step in spec.steps
    ]
    heads = ("layer", "", "input", "output", "parameters", "FLOP")
    foot = ("all", "", "", "", f"{spec.parameters:,}", f"{spec.flops:,}")
    return Table(heads, rows, foot, words=2)


def _layer(layer: Layer) -> str:
    match layer:
        case Conv(filters, kernel, stride, padding, activation, batch_norm, dropout):
            parts = [f"{filters} filters {_sides(kernel)}", _stride(stride, 1), padding]
            parts += ["batch norm (folded)" if batch_norm else "", _activation(activation)]
            parts += [f"dropout {dropout:g}" if dropout else ""]
        case MaxPool(size, stride, padding):
            parts = [f"largest of {_sides(size)}", _stride(stride, size), padding]
        case Dense(units, activation, dropout):
            parts = [f"{units:,} units", _activation(activation)]
            parts += [f"dropout {dropout:g}" if dropout else ""]
        case GlobalAveragePool():
            parts = ["mean of every channel"]
        case other:
            assert_never(other)
    return ", ".join(filter(None, parts))


def _stride(stride: Window, usual: Window) -> str:
    if pair(stride) == pair(usual):
        return ""
    return f"stride {stride if isinstance(stride, int) else _shape(stride)}"


def _sides(window: Window) -> str:
    return _shape(pair(window))


def _activation(name: str) -> str:
    return "ReLU" if name == "relu" else ""


def _shape(shape: Shape) -> str:
    return " × ".join(map(str, shape))  # noqa: RUF001


def _data(run: RunFacts) -> Pairs:
    learnt = run.weights.trained.get("data", {})
    return [
        ("training", _name_of_data(run)),
        ("its images, sha256", learnt.get("sha256", "unknown")),
        ("test", f"{run.test.name}, {len(run.test.labels):,} pictures"),
        ("its images, sha256", run.test.sha256),
    ]


def _machine(run: RunFacts) -> Pairs:
    trained = run.weights.trained
    file = run.folder / "weights.npz"
    return [
        ("device", trained.get("device", "unknown")),
        *trained.get("versions", {}).items(),
        ("weight file", f"{file.name}, {file.stat().st_size / 1000:,.0f} kB"),
    ]


def _commands(run: RunFacts) -> Iterator[str]:
    folder, data = shlex.quote(str(run.folder)), shlex.quote(run.test.name)
    config = shlex.quote(str(run.folder / "config.toml"))
    yield "# read a picture, and measure again"
    yield f"digitcli predict --weights {folder} picture.png"
    yield f"digitcli eval --weights {folder} --data {data}"
    yield "\n# train the same again, and continue this run"
    yield f"digitcli train --config {config} --out runs/again"
    yield f"digitcli train --resume {folder}"
    if (run.folder / "events").is_dir():
        yield "\n# its curves, beside those of other runs"
        yield f"tensorboard --logdir {shlex.quote(str(run.folder / 'events'))}"


def _name_of_data(run: RunFacts) -> str:
    return str(run.weights.trained.get("data", {}).get("name", "unknown data"))


def _epochs(run: RunFacts) -> str:
    last = run.history[-1]
    return f"{last.epoch} epoch{'s' * (last.epoch > 1)} ({last.step:,} steps)"
