"""`digitcli quantize`."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from ..errors import GateError, UsageError
from . import console

if TYPE_CHECKING:
    from ..evaluation.quantization import Comparison, Outcome
    from ..model.weights import Weights

    Found: TypeAlias = tuple[str, Outcome, Comparison | None]


def quantize(
    weights: Annotated[str, typer.Argument(help="Bundled weights by name, or a file.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The int8 weight file to write.")],
    data: Annotated[
        str | None,
        typer.Option("--data", "-d", help="Data set, by name (mnist); lines are drawn."),
    ] = None,
    images: Annotated[
        int, typer.Option(min=1, help="Training pictures to calibrate on (at least 100).")
    ] = 1000,
    max_drop: Annotated[
        float, typer.Option(help="Percentage points that accuracy may lose: exit 8 if more.")
    ] = 0.1,
    force: Annotated[bool, typer.Option("--force", help="Replace the file at --out.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Make int8 weights of float32 ones: smaller, faster, and the same bits on every CPU.

    Calibrated on training pictures. Accuracy before and after is compared on others of them, those
    that the training run kept back if it did; when it loses more than --max-drop, nothing is
    written. The test pictures are counted at the end and decide nothing.

    A network that reads or finds lines is calibrated on drawn ones and compared on others, in hands
    that its run did not learn from; its accuracy is the share of numbers that are exact, or of
    pages where at least half of the places in lines are right.
    """
    if not (math.isfinite(max_drop) and 0 <= max_drop <= 100):
        raise UsageError(f"--max-drop must be from 0 to 100 percentage points, got {max_drop:g}")
    from ..files.outputs import Output, Outputs
    from ..model.weights import find_weights, load_weights, save_weights
    from ..report.quantize import comparison_lines, layer_table

    path = find_weights(weights)
    Outputs([Output("--out", out, "work")], [path], force=force)
    source = load_weights(path)
    result = _on_pictures if source.spec.task == "digit" else _on_drawn
    chosen, outcome, test = result(source, data, images)
    written = outcome.validation.drop <= max_drop
    if written:
        save_weights(out, outcome.quantized.weights)
    if as_json:
        names = {"weights": weights, "data": chosen, "images": images, "out": str(out)}
        document = {"schema": "digitcli.quantize/1", **names, **outcome.to_json()}
        tested = None if test is None else test.to_json()
        document |= {"test": tested, "max_drop": max_drop, "written": written}
        console.print_json(document)
    else:
        console.out().print(layer_table(outcome), *comparison_lines(outcome, test))
    if written:
        console.err().print(
            console.visible(f"{out}: {source.spec.name} as int8, {out.stat().st_size:,} bytes"),
            markup=False,
        )
    else:
        lost = f"{outcome.validation.drop:.3f} points of accuracy, more than {max_drop:g}"
        raise GateError(f"{weights}: int8 loses {lost}; {out} was not written")


def _on_pictures(source: Weights, data: str | None, images: int) -> Found:
    """The data set's name, int8 weights compared on its validation pictures, and on its test ones.

    The latter are counted last, so that they decide nothing.
    """
    from ..data.store import load_split
    from ..evaluation.quantization import compare, quantize_and_compare

    name = data or "mnist"
    train, test = load_split(name, "train"), load_split(name, "test")
    outcome = quantize_and_compare(source, train, images)
    after = compare(source, outcome.quantized.weights, test.images, test.labels)
    return name, outcome, after


def _on_drawn(source: Weights, data: str | None, images: int) -> Found:
    """The same with drawn lines or pages, of which none are kept for a test."""
    from ..training.lines.quantized import quantize_and_compare as on_lines
    from ..training.pages.quantized import quantize_and_compare as on_pages

    name, compare = ("lines", on_lines) if source.spec.task == "line" else ("pages", on_pages)
    if data not in (None, name):
        raise UsageError(
            f"--data {data}: {source.spec.name} is calibrated on {name}, which are drawn for it",
            "leave out --data",
        )

    def note(text: str) -> None:
        console.err().print(console.visible(text), markup=False)

    return name, compare(source, images, note), None
