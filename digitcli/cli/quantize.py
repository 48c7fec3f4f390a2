"""`digitcli quantize`."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import typer

from ..errors import GateError, UsageError
from . import console


def quantize(
    weights: Annotated[str, typer.Argument(help="Bundled weights by name, or a file.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The int8 weight file to write.")],
    data: Annotated[str, typer.Option("--data", "-d", help="Data set, by name.")] = "mnist",
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
    """
    if not (math.isfinite(max_drop) and 0 <= max_drop <= 100):
        raise UsageError(f"--max-drop must be from 0 to 100 percentage points, got {max_drop:g}")
    from ..data.store import load_split
    from ..evaluation.quantization import compare, quantize_and_compare
    from ..files.outputs import Output, Outputs
    from ..model.weights import find_weights, load_weights, save_weights
    from ..report.quantize import comparison_line, layer_table

    path = find_weights(weights)
    Outputs([Output("--out", out, "work")], [path], force=force)
    source = load_weights(path)
    train, test = load_split(data, "train"), load_split(data, "test")
    outcome = quantize_and_compare(source, train, images)
    written = outcome.validation.drop <= max_drop
    if written:
        save_weights(out, outcome.quantized.weights)
    after = compare(source, outcome.quantized.weights, test.images, test.labels)
    if as_json:
        names = {"weights": weights, "data": data, "images": images, "out": str(out)}
        document = {"schema": "digitcli.quantize/1", **names, **outcome.to_json()}
        document |= {"test": after.to_json(), "max_drop": max_drop, "written": written}
        console.print_json(document)
    else:
        console.out().print(
            layer_table(outcome),
            comparison_line("validation", outcome.validation),
            comparison_line("test", after),
        )
    if written:
        console.err().print(
            console.visible(f"{out}: {source.spec.name} as int8, {out.stat().st_size:,} bytes"),
            markup=False,
        )
    else:
        lost = f"{outcome.validation.drop:.3f} points of accuracy, more than {max_drop:g}"
        raise GateError(f"{weights}: int8 loses {lost}; {out} was not written")
