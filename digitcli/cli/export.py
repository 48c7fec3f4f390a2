"""`digitcli export`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ..model.zoo import DEFAULT
from . import console

if TYPE_CHECKING:
    from ..model.weights import Weights


def export(
    out: Annotated[Path, typer.Option("--out", "-o", help="File, or folder for savedmodel.")],
    to: Annotated[Literal["onnx", "tflite", "savedmodel"], typer.Option(help="Format.")] = "onnx",
    weights: Annotated[str, typer.Option("--weights", "-w", help="Name or file.")] = DEFAULT,
    force: Annotated[bool, typer.Option("--force", help="Replace the file at --out.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Write a network for other runtimes: raw uint8 pictures in, probabilities out.

    The new file is checked first: another runtime must give the same digits and probabilities for
    test pictures as the C++ engine. savedmodel and tflite need TensorFlow, onnx does not.
    """
    from ..bench.pictures import load_pictures
    from ..export.export import PICTURES, SCHEMA
    from ..export.export import export as run
    from ..files.outputs import Output, Outputs
    from ..model.weights import find_weights, load_weights

    path = find_weights(weights)
    Outputs([Output("--out", out, "work")], [path], force=force)
    loaded = load_weights(path)
    pictures = load_pictures("mnist", PICTURES)
    done = run(loaded, to, out, pictures.images, lambda: _classifier(loaded))
    document = {"schema": SCHEMA, "network": loaded.spec.name, "weights": str(path)}
    document |= {"data": pictures.source} | done.to_json()
    if as_json:
        console.print_json(document)
    else:
        from ..report.export import sentences

        console.out().print(sentences(document), soft_wrap=True)


def _classifier(weights: Weights) -> Any:
    """The Keras model that TensorFlow's converters take."""
    from ..training.network import load_classifier

    return load_classifier(weights)
