"""Make int8 weights of float32 ones."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..arguments import checked
from ..errors import UsageError
from ..files.outputs import Output, Outputs
from ..model.weights import Weights, find_weights, load_weights, save_weights
from .choices import data_for

if TYPE_CHECKING:
    from ..evaluation.quantization import Comparison, Outcome


@dataclass(frozen=True)
class QuantizedWeights:
    """What `quantize` made, and whether it was good enough to be `written` to `out`.

    `data` names the pictures of the comparison; `test` is None where none are kept for a test.
    """

    network: str
    out: Path
    data: str
    outcome: Outcome
    test: Comparison | None
    written: bool

    def to_dict(self) -> dict[str, Any]:
        """The comparison as plain JSON, as `digitcli quantize --json` has it."""
        tested = None if self.test is None else self.test.to_json()
        return self.outcome.to_json() | {"test": tested, "written": self.written}


@checked
def quantize(
    weights: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    data: str | None = None,
    images: int = 1000,
    max_drop: float = 0.1,
    force: bool = False,
    note: Callable[[str], None] | None = None,
) -> QuantizedWeights:
    """Make int8 weights of float32 ones, compare both, and write them if they lose little.

    `weights` is a bundled name, a weight file or a run folder; options mean what they mean to
    `digitcli quantize`. Nothing is written where accuracy falls by more than `max_drop` percentage
    points. `note` is told what is missing on this machine.

    Raises UsageError for an impossible option or an `out` that may not be replaced, ModelError for
    weights that cannot be quantised, DataError for a data set that is not here.
    """
    if not (math.isfinite(max_drop) and 0 <= max_drop <= 100):
        raise UsageError(f"--max-drop must be from 0 to 100 percentage points, got {max_drop:g}")
    if images < 1:
        raise UsageError(f"--images must be at least 1, got {images}")
    path, target = find_weights(os.fspath(weights)), Path(out)
    Outputs([Output("--out", target, "work")], [path], force=force)
    source = load_weights(path)
    if source.spec.task == "digit":
        name, outcome, test = _on_pictures(source, data, images, note or _unheard)
    else:
        name, outcome, test = _on_drawn(source, data, images, note or _unheard)
    written = outcome.validation.drop <= max_drop
    if written:
        save_weights(target, outcome.quantized.weights)
    return QuantizedWeights(source.spec.name, target, name, outcome, test, written)


def _unheard(text: str) -> None:
    """Nobody listens."""


def _on_pictures(
    source: Weights, data: str | None, images: int, note: Callable[[str], None]
) -> tuple[str, Outcome, Comparison | None]:
    """The data set's name, int8 weights compared on its validation pictures, and on its test ones.

    The latter are counted last, so that they decide nothing.
    """
    from ..evaluation.quantization import compare, quantize_and_compare, validation_of
    from ..vision.labelled.division import load_splits

    name = data_for(source, data)
    train, test = load_splits(name, validation_of(source, 1)[1], note)
    outcome = quantize_and_compare(source, train, images)
    after = compare(source, outcome.quantized.weights, test.images, test.labels)
    return name, outcome, after


def _on_drawn(
    source: Weights, data: str | None, images: int, note: Callable[[str], None]
) -> tuple[str, Outcome, Comparison | None]:
    """The same with drawn lines or pages, of which none are kept for a test."""
    from ..training.lines.quantized import quantize_and_compare as on_lines
    from ..training.pages.quantized import quantize_and_compare as on_pages

    name, compare = ("lines", on_lines) if source.spec.task == "line" else ("pages", on_pages)
    if data not in (None, name):
        raise UsageError(
            f"--data {data}: {source.spec.name} is calibrated on {name}, which are drawn for it",
            "leave out --data",
        )
    return name, compare(source, images, note), None
