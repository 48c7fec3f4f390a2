"""Write a network for other runtimes."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..arguments import checked
from ..conversion.formats import FORMS, Form
from ..files.outputs import Kind, Output, Outputs
from ..model.weights import Weights, find_weights, load_weights
from ..model.zoo import DEFAULT
from .choices import check_choice

if TYPE_CHECKING:
    from ..conversion.check import Images
    from ..conversion.convert import Exported
    from ..model.spec import Task


@dataclass(frozen=True)
class ExportedWeights:
    """What `export` wrote, of which weights, and the names of the pictures of its check."""

    weights: Path
    network: str
    task: Task
    data: str
    exported: Exported

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain JSON: the document of `digitcli export --json`."""
        from ..conversion.convert import SCHEMA

        names = {"schema": SCHEMA, "network": self.network, "weights": str(self.weights)}
        return names | {"data": self.data} | self.exported.to_json()


@checked
def export(
    out: str | os.PathLike[str],
    *,
    to: Form = "onnx",
    weights: str | os.PathLike[str] = DEFAULT,
    force: bool = False,
) -> ExportedWeights:
    """Write weights for other runtimes, and check the answers of one.

    Options mean what they mean to `digitcli export`: `out` is a file, or a folder for "savedmodel".
    "savedmodel", "tflite" and "keras" need TensorFlow.

    Raises UsageError for an `out` that may not be replaced, ModelError for weights that cannot be
    exported, GateError when the file's answers are not our engine's, MachineError when a package is
    missing. Then nothing is written.
    """
    from ..conversion.convert import export as run

    check_choice("to", to, FORMS)
    path, target = find_weights(os.fspath(weights)), Path(out)
    kind: Kind = "folder" if to == "savedmodel" else "work"
    Outputs([Output("--out", target, kind)], [path], force=force)
    loaded = load_weights(path)
    source, batches = _pictures(loaded)
    done = run(loaded, to, target, batches, lambda: _classifier(loaded))
    return ExportedWeights(path, loaded.spec.name, loaded.spec.task, source, done)


def _pictures(weights: Weights) -> tuple[str, list[Images]]:
    """The pictures of the check, and the name of their source."""
    from ..conversion.convert import DRAWN, PICTURES

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
