"""`digitcli quantize`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...errors import GateError
from .. import console
from ..options import ForceOption, JsonOption


def quantize(
    weights: Annotated[str, typer.Argument(help="Bundled weights by name, or a file.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The int8 weight file to write.")],
    data: Annotated[
        str | None,
        typer.Option(
            "--data", "-d", help="Data set (mnist), or a source of your own; lines are drawn."
        ),
    ] = None,
    images: Annotated[
        int, typer.Option(min=1, help="Training pictures to calibrate on (at least 100).")
    ] = 1000,
    max_drop: Annotated[
        float, typer.Option(help="Percentage points that accuracy may lose: exit 8 if more.")
    ] = 0.1,
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Make int8 weights of float32 ones: smaller, faster, and the same bits on every CPU.

    Calibrated on training pictures. Accuracy before and after is compared on others of them, those
    that the training run kept back if it did; when it loses more than --max-drop, nothing is
    written. The test pictures are counted at the end and decide nothing.

    A network that reads or finds lines is calibrated on drawn ones and compared on others, in hands
    that its run did not learn from; its accuracy is the share of numbers that are exact, or of
    pages where at least half of the places in lines are right.

    Examples:
        digitcli quantize small --out small8.npz
        digitcli quantize mine.npz --data photos --out mine8.npz
    """
    from ...api.quantize import quantize as run
    from ...report.quantize import comparison_lines, layer_table

    def note(text: str) -> None:
        console.err().print(console.visible(text), markup=False)

    done = run(weights, out, data=data, images=images, max_drop=max_drop, force=force, note=note)
    if as_json:
        names = {"weights": weights, "data": done.data, "images": images, "out": str(out)}
        document = {"schema": "digitcli.quantize/1", **names, **done.to_dict()}
        console.print_json(document | {"max_drop": max_drop})
    else:
        outcome = done.outcome
        console.out().print(layer_table(outcome), *comparison_lines(outcome, done.test))
    if not done.written:
        lost = f"{done.outcome.validation.drop:.3f} points of accuracy, more than {max_drop:g}"
        raise GateError(f"{weights}: int8 loses {lost}; {out} was not written")
    note(f"{out}: {done.network} as int8, {out.stat().st_size:,} bytes")
