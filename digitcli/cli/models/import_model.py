"""`digitcli import`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from .. import console
from ..options import ForceOption, JsonOption


def import_model(
    model: Annotated[
        Path, typer.Argument(help="A .onnx, .keras, .h5 or .tflite file, or a SavedModel folder.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="The weight file to write.")],
    pixels: Annotated[
        Literal["0-1", "0-255"] | None,
        typer.Option(help="What paper and ink are to the model; tried out where unsaid."),
    ] = None,
    mean: Annotated[
        float, typer.Option(help="Subtracted from those pixels before the model sees them.")
    ] = 0.0,
    std: Annotated[float, typer.Option(help="What they are divided by then.")] = 1.0,
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Make weights of another program's model: ONNX, Keras, SavedModel, TFLite.

    The model must be a chain: convolution, batch norm, ReLU, max and average pool, dense, dropout,
    softmax, and the usual preprocessing in front. What does not fit is named by its node. The
    weights are checked first: the model in its own runtime must give the same digits and
    probabilities for 1,000 test pictures as the C++ engine. Also takes safetensors files that
    `digitcli export` wrote.

    What is done to pixels outside the model is found by trying (0-1, 0-255, and PyTorch's usual
    normalisation of MNIST) on training pictures, unless --pixels, --mean and --std say it. Code in
    a model file is never run.

    Examples:
        digitcli import model.onnx --out mine.npz
        digitcli import saved_model --pixels 0-1 --out mine.npz
    """
    from ...api.import_model import import_model as run
    from ...report.imported import sentences

    done = run(model, out, pixels=pixels, mean=mean, std=std, force=force)
    document = done.to_dict()
    if as_json:
        console.print_json(document)
    else:
        console.out().print(sentences(document), soft_wrap=True)
