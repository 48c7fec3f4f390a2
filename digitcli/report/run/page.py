"""`report.html`: a whole run in one file."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...data.store import Split
from ...evaluation.evaluate import Evaluation
from ...model.layers import Conv, Dense, GlobalAveragePool, Layer, MaxPool, Shape, assert_never
from ...model.weights import Weights
from ...training.run.history import EpochRow
from ...training.target import Target
from ..kit.markup import Node, commands, facts, page, picture, section, table, tag

if TYPE_CHECKING:
    from ..kit.plots import Drawing

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
        """How long the epochs took, the tests after them included."""
        return sum(row.seconds for row in self.history)


def run_page(run: RunFacts, pictures: Mapping[str, Drawing]) -> bytes:
    """The page as HTML; `pictures` has `curves.png`, `confusion.png` and `errors.png`."""
    spec, trained = run.weights.spec, run.weights.trained
    title = f"{spec.name} on {run.test.name}"
    return page(
        f"{title}: {_percent(run.result.metrics.accuracy)}",
        tag("h1", title),
        tag("p", _lead(run), class_="lead"),
        _headline(run),
        section("Result", facts(_result(run))),
        section("Learning curves", picture(pictures["curves.png"], *_about_curves(run))),
        section("Confusions", picture(pictures["confusion.png"], *_about_confusion(run))),
        section("Worst mistakes", picture(pictures["errors.png"], *_about_errors(run))),
        *_calibration(trained.get("calibration")),
        section("Network", _network(run)),
        section("Recipe", facts(_flat(trained.get("recipe", {})))),
        section("Data", facts(_data(run))),
        section("Machine", facts(_machine(run))),
        section("Go on", commands(_commands(run))),
    )


def _lead(run: RunFacts) -> str:
    return (
        f"Trained on {_name_of_data(run)}, then saved as weights.npz. What that file gets right is "
        f"measured here by digitcli's C++ engine on {len(run.test.labels):,} test pictures, which "
        "nothing was learnt from."
    )


def _headline(run: RunFacts) -> Node:
    metrics, spec = run.result.metrics, run.weights.spec
    low, high = metrics.interval
    numbers = [
        (_percent(metrics.accuracy), "test accuracy"),
        (f"{100 * low:.2f} to {100 * high:.2f} %", "95 % interval"),
        (f"{metrics.n - metrics.correct:,} of {metrics.n:,}", "read wrongly"),
        (f"{spec.parameters:,}", "parameters"),
        (f"{spec.flops / 1e6:.2f} MFLOP", "for one picture"),
        (duration(run.seconds), f"training, {_epochs(run)}"),
    ]
    items = [tag("li", tag("b", value), tag("span", name)) for value, name in numbers]
    items[0].set("class", "first")
    return tag("ul", *items, class_="figures")


def _result(run: RunFacts) -> Pairs:
    metrics, trained = run.result.metrics, run.weights.trained
    low, high = metrics.interval
    pairs = [
        ("test accuracy", f"{_percent(metrics.accuracy)} ({metrics.correct:,} of {metrics.n:,})"),
        ("95 % interval", f"{_percent(low)} to {_percent(high)} (Wilson)"),
        ("cross-entropy", f"{metrics.loss:.4f}"),
        ("computed by", f"the C++ engine, {run.isa}, {run.weights.precision}"),
    ]
    if "test" in trained:
        pairs.append(("the same in training", _percent(trained["test"]["accuracy"])))
    if trained.get("validation_accuracy") is not None:
        pairs.append(("validation accuracy", _percent(trained["validation_accuracy"])))
    if run.target is not None:
        pairs.append(("target", target_line(run.target, run.history)))
    return [*pairs, ("training", f"{_epochs(run)}, {duration(run.seconds)}")]


def target_line(target: Target, history: tuple[EpochRow, ...] | list[EpochRow]) -> str:
    """Whether and when a run reached its target accuracy, in one line."""
    asked = f"{target.percent:g} % {target.measured_on} accuracy"
    if not target.reached(history):
        return f"{asked} not reached; the best epoch had {_percent(target.best(history))}"
    row, seconds = history[-1], sum(row.seconds for row in history)
    return f"{asked} reached in epoch {row.epoch}, step {row.step:,}, after {duration(seconds)}"


def _about_curves(run: RunFacts) -> tuple[str, str]:
    last = run.history[-1]
    alt = f"Loss, accuracy and learning rate over {_epochs(run)}; the last loss is {last.loss:.4f}."
    caption = (
        "Training figures are means over an epoch's steps, with augmentation and dropout; the "
        "learning rate is that of the epoch's end. The axes of loss and accuracy are logarithmic, "
        "that of accuracy in what is missing to 100 %."
    )
    return alt, caption


def _about_confusion(run: RunFacts) -> tuple[str, str]:
    metrics = run.result.metrics
    alt = f"A table of 10 times 10 counts: {metrics.correct:,} of {metrics.n:,} on the diagonal."
    caption = (
        "A row for each digit that it is, a column for what was read. Mistakes are shaded by their "
        "number, the commonest most; hits are not."
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


def _calibration(record: Mapping[str, Any] | None) -> Iterator[Node]:
    """A section for the weight file's record of its calibration, where it has one."""
    if not record:
        return
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
    said = (
        f"Logits are divided by a temperature of {_plain(record.get('temperature'))}, fitted on "
        f"{pictures}{record.get('split', 'validation')} pictures, on which this was measured:"
    )
    yield section("Calibration", tag("p", said), table(("", "before", "after"), rows))


def _flat(values: Mapping[str, Any], prefix: str = "") -> Pairs:
    """Names and values as text; those of tables inside follow their table's name."""
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


def _network(run: RunFacts) -> Node:
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
    return table(heads, rows, foot, words=2)


def _layer(layer: Layer) -> str:
    match layer:
        case Conv(filters, kernel, stride, padding, activation, batch_norm, dropout):
            parts = [f"{filters} filters {kernel} × {kernel}", _stride(stride, 1), padding]  # noqa: RUF001
            parts += ["batch norm (folded)" if batch_norm else "", _activation(activation)]
            parts += [f"dropout {dropout:g}" if dropout else ""]
        case MaxPool(size, stride, padding):
            parts = [f"largest of {size} × {size}", _stride(stride, size), padding]  # noqa: RUF001
        case Dense(units, activation, dropout):
            parts = [f"{units:,} units", _activation(activation)]
            parts += [f"dropout {dropout:g}" if dropout else ""]
        case GlobalAveragePool():
            parts = ["mean of every channel"]
        case other:
            assert_never(other)
    return ", ".join(filter(None, parts))


def _stride(stride: int, usual: int) -> str:
    return "" if stride == usual else f"stride {stride}"


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
    yield "\n# the same training anew, and this one where it stopped"
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


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"


def duration(seconds: float) -> str:
    """Seconds in the units that people use: 12.3 s, 3 min 12 s, 2 h 5 min."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"
