"""The result of `digitcli quantize`, for people."""

from __future__ import annotations

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from ..evaluation.quantization import Comparison, Outcome
from ..model.spec import Task

_ANSWERS: dict[Task, str] = {"digit": "digit", "line": "number", "map": "places"}


def layer_table(outcome: Outcome) -> Group:
    """One row for each layer: error of the weights, range of the output, what is clipped or 0."""
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("layer")
    for name in ("weight error", "largest output", "range", "clipped", "zeros"):
        table.add_column(name, justify="right")
    for layer in outcome.quantized.layers:
        error = "-" if layer.weight_error is None else f"{100 * layer.weight_error:.2f} %"
        cells = ["-"] * 4
        if (output := layer.output) is not None:
            cells = [f"{output.largest:.3f}", f"{output.range:.3f}"]
            cells += [f"{100 * output.clipped:.3f} %", f"{100 * output.zeros:.0f} %"]
        table.add_row(layer.name, error, *cells)
    chains = [
        Text(f"folded: {' x '.join(chain)}, which have no activation between them")
        for chain in outcome.quantized.folded
    ]
    return Group(table, *chains)


def comparison_lines(outcome: Outcome, test: Comparison | None) -> list[Text]:
    """Accuracy on the validation pictures and, where there are any, on the test pictures."""
    answer = _ANSWERS[outcome.quantized.weights.spec.task]
    named = [("validation", outcome.validation), ("test", test)]
    return [comparison_line(name, found, answer) for name, found in named if found is not None]


def comparison_line(name: str, found: Comparison, answer: str = "digit") -> Text:
    """Accuracy before and after, and on how many pictures both give the same `answer`."""
    before, after = (100 * count / found.n for count in (found.before, found.after))
    return Text.assemble(
        (f"{name:<12}", "bold"),
        f"float32 {before:.2f} %   int8 {after:.2f} %   the same {answer} on "
        f"{found.agree:,} of {found.n:,}",
    )
