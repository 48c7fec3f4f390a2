"""`digitcli export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...conversion.formats import Form
from ...model.zoo import DEFAULT
from .. import console
from ..options import ForceOption, JsonOption, NetworkOption


def export(
    out: Annotated[Path, typer.Option("--out", "-o", help="File, or folder for savedmodel.")],
    to: Annotated[Form, typer.Option("--to", "--format", help="Format.")] = "onnx",
    weights: NetworkOption = DEFAULT,
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Write a network for other runtimes: raw uint8 pictures in, probabilities out.

    The new file is checked first: another runtime must give the same digits and probabilities for
    test pictures as the C++ engine, or the same texts for drawn lines of several widths, or
    the same places of lines on drawn pages. savedmodel, tflite and keras need TensorFlow, onnx and
    safetensors do not.

    Examples:
        digitcli export --out reader.onnx
        digitcli export -w mine.npz --to tflite --out mine.tflite
    """
    from ...api.export import export as run

    done = run(out, to=to, weights=weights, force=force)
    if as_json:
        console.print_json(done.to_dict())
    else:
        from ...report.export import sentences

        console.out().print(sentences(done.to_dict(), done.task), soft_wrap=True)
