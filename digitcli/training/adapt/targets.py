"""What the signs of a line are when its label names the digits alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...inference.line_engine import LineEngine
from ...vision.columns.ruled import best_valid
from ...vision.rules.rule import Literal
from ..lines.batches import Drawn, fits
from ..lines.checks import columns_of

LEAST = 1e-4  # probability of the label's digits below which the reading of signs is not believed


def targets(lines: Sequence[Drawn], engine: LineEngine) -> list[Drawn]:
    """Lines with the texts that they teach.

    Where no label of all has a separator, labels name digits alone, whatever dots and strokes stand
    between them. Then the text is how `engine`, given the label's digits, most probably reads
    digits and separators: learning the digits unlearns no separators.
    """
    if any(not line.text.isdigit() for line in lines if line.text):
        return list(lines)
    return [_as_written(line, engine) for line in lines]


def _as_written(line: Drawn, engine: LineEngine) -> Drawn:
    if not line.text:
        return line
    found = best_valid(columns_of(line, engine), Literal(line.text))
    if found is None or found.unconditional < LEAST:
        return line
    written = replace(line, text=found.written)
    return written if fits(written) else line
