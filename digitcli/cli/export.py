"""`digitcli export`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ..model.zoo import DEFAULT
from . import console

if TYPE_CHECKING:
    from ..export.check import Images
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
    test pictures as the C++ engine, or the same texts for drawn lines of several widths, or
    the same places of lines on drawn pages. savedmodel and tflite need TensorFlow, onnx does not.
    """
    from ..export.export import SCHEMA
    from ..export.export import export as run
    from ..files.outputs import Output, Outputs
    from ..model.weights import find_weights, load_weights

    path = find_weights(weights)
    Outputs([Output("--out", out, "work")], [path], force=force)
    loaded = load_weights(path)
    source, batches = _pictures(loaded)
    done = run(loaded, to, out, batches, lambda: _classifier(loaded))
    document = {"schema": SCHEMA, "network": loaded.spec.name, "weights": str(path)}
    document |= {"data": source} | done.to_json()
    if as_json:
        console.print_json(document)
    else:
        from ..report.export import sentences

        console.out().print(sentences(document, loaded.spec.task), soft_wrap=True)


def _pictures(weights: Weights) -> tuple[str, list[Images]]:
    """The pictures of the check, and the name of their source."""
    from ..export.export import DRAWN, PICTURES

    if weights.spec.task == "line":
        return DRAWN, _lines(weights, PICTURES)
    if weights.spec.task == "map":
        return DRAWN, _pages(PICTURES)
    from ..bench.pictures import load_pictures

    pictures = load_pictures("mnist", PICTURES)
    return pictures.source, [pictures.images]


def _lines(weights: Weights, count: int) -> list[Images]:
    """Lines in digitcli's own strokes, which every machine has."""
    from ..data.lines.hands import Glyphs
    from ..inference.line_engine import LineEngine
    from ..vision.line_batches import drawn_lines

    engine = LineEngine(weights)
    found = drawn_lines([(Glyphs(), 1.0)], count, engine.height, engine.whole_width, 0)
    return [group.pictures for group in found]


def _pages(count: int) -> list[Images]:
    """Pages in the same strokes."""
    from ..data.lines.hands import Glyphs
    from ..vision.page_batches import drawn_pages

    return [group.pictures for group in drawn_pages([(Glyphs(), 1.0)], count, 0)]


def _classifier(weights: Weights) -> Any:
    """The Keras model that TensorFlow's converters take."""
    from ..training.network import load_classifier

    return load_classifier(weights)
