"""What the reports of all finished runs have in common: their network, recipe and machine."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ...files import atomic_write
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
from ...training.lengths import asked_for_of
from ...training.run.history import EpochRow
from ...training.target import Target
from ..kit.format import duration, percent

if TYPE_CHECKING:
    from ..kit.plots import Plot

Pairs = list[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class FinishedRun:
    """A finished run: its folder, what is in it, and where the C++ engine measured it."""

    folder: Path
    weights: Weights
    history: tuple[EpochRow, ...]
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


def target_line(target: Target, history: tuple[EpochRow, ...] | list[EpochRow]) -> str:
    """Whether and when a run reached its target accuracy, in one line."""
    asked = f"{target.percent:g} % {target.measured_on} accuracy"
    if not target.reached(history):
        return f"{asked} not reached; the best epoch had {percent(target.best(history))}"
    row, seconds = history[-1], sum(row.seconds for row in history)
    return f"{asked} reached in epoch {row.epoch}, step {row.step:,}, after {duration(seconds)}"


def about_curves(run: FinishedRun) -> tuple[str, str]:
    """What the curves show, for those who cannot see them, and the caption."""
    last = run.history[-1]
    alt = (
        f"Loss, accuracy and learning rate over {epochs_of(run)}; the last loss is {last.loss:.4f}."
    )
    caption = (
        "Training figures are means over an epoch's steps, those of thin lines over a part of it "
        "(steps.csv), with augmentation and dropout. Loss has a logarithmic axis; accuracy has one "
        "of its difference to 100 %."
    )
    return alt, caption


def length_pairs(run: FinishedRun) -> Pairs:
    """How long the run was; where it was made longer, what was asked for first and what then."""
    asked = asked_for_of(run.weights.trained.get("recipe", {}))
    return [
        ("training", f"{epochs_of(run)}, {duration(run.seconds)}"),
        *([("length that was asked for", asked)] if asked else []),
    ]


def recipe_pairs(run: FinishedRun) -> Pairs:
    """The recipe; its earlier lengths are in `length_pairs`."""
    recipe = run.weights.trained.get("recipe", {})
    return flat({name: value for name, value in recipe.items() if name != "earlier"})


def flat(values: Mapping[str, Any], prefix: str = "") -> Pairs:
    """Names and values as text. Names in inner tables are preceded by that of the table."""
    pairs: Pairs = []
    for key, value in values.items():
        name = f"{prefix}{key}".replace("_", " ")
        if isinstance(value, Mapping):
            pairs += flat(value, f"{name}, ")
        else:
            pairs.append((name, plain(value)))
    return pairs


def plain(value: object) -> str:
    """A value of a recipe as text."""
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "-"}[value]
    if isinstance(value, float):
        return f"{value:.5g}"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(plain, value))
    return f"{value:,}" if isinstance(value, int) and value >= 10_000 else str(value)


def network_table(run: FinishedRun) -> Table:
    """A row for each layer."""
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


def machine_pairs(run: FinishedRun) -> Pairs:
    """Where and with what the run was made."""
    trained = run.weights.trained
    file = run.folder / "weights.npz"
    return [
        ("device", trained.get("device", "unknown")),
        *trained.get("versions", {}).items(),
        ("weight file", f"{file.name}, {file.stat().st_size / 1000:,.0f} kB"),
    ]


def epochs_of(run: FinishedRun) -> str:
    """How long the run was."""
    last = run.history[-1]
    return f"{last.epoch} epoch{'s' * (last.epoch > 1)} ({last.step:,} steps)"


def name_of_data(run: FinishedRun) -> str:
    """The data set that was learnt."""
    return str(run.weights.trained.get("data", {}).get("name", "unknown data"))


def usual_commands(run: FinishedRun) -> Iterator[str]:
    """How to train the same again, go on, and see the curves."""
    folder = shlex.quote(str(run.folder))
    config = shlex.quote(str(run.folder / "config.toml"))
    yield "\n# train the same again, and continue this run"
    yield f"digitcli train --config {config} --out runs/again"
    yield f"digitcli train --resume {folder}"
    if (run.folder / "events").is_dir():
        yield "\n# its curves, beside those of other runs"
        yield f"tensorboard --logdir {shlex.quote(str(run.folder / 'events'))}"


def write_pages(folder: Path, plots: Mapping[str, Plot], page: bytes) -> None:
    """Write plots under their names, then `report.html`. Raises MachineError as `atomic_write`."""
    files = {name: plot.png for name, plot in plots.items()}
    for name, content in {**files, "report.html": page}.items():
        with atomic_write(folder / name) as file:
            file.write(content)
