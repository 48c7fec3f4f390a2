"""Drawn lines read as `predict` reads lines: by the C++ engine and the decoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ...evaluation.alignment import StringAnswer
from ...evaluation.selective import risk_points
from ...inference.line_engine import LineEngine
from ...vision.line_picture import LinePicture
from ...vision.lines import MARGIN, read_columns
from .batches import Drawn


def read_drawn(engine: LineEngine, lines: Sequence[Drawn]) -> list[StringAnswer]:
    """What the engine reads of drawn lines."""
    answers = []
    for number, line in enumerate(lines):
        grey: Any = line.picture
        height, width = line.picture.shape
        corners = ((0.0, 0.0), (float(width), 0.0), (0.0, float(height)))
        shown = LinePicture(_on_paper(engine, line.picture), corners, width, MARGIN)
        _, found = read_columns(grey, shown, engine)
        label = line.text
        answers.append(
            StringAnswer(label, found.text, found.probability, found.written, f"line {number}")
        )
    return answers


def columns_of(line: Drawn, engine: LineEngine) -> bytearray:
    """The columns, float32, of a line with the margins that `predict` gives it."""
    return engine.columns_of(_on_paper(engine, line.picture))


def _on_paper(engine: LineEngine, picture: npt.NDArray[np.uint8]) -> memoryview[int]:
    """A line with its margins, as wide as the engine takes it."""
    width = engine.whole_width(picture.shape[1] + 2 * MARGIN)
    sides = MARGIN, width - picture.shape[1] - MARGIN
    filled: Any = np.pad(picture, ((0, 0), sides))
    return memoryview(filled)


def thresholds_of(answers: Sequence[StringAnswer], data: str) -> dict[str, Any]:
    """The table of thresholds (`model.thresholds`) that these answers make."""
    confidence = np.array([answer.confidence or 0.0 for answer in answers], np.float32)
    wrong = np.array([not answer.exact for answer in answers])
    points = risk_points(confidence, wrong)
    return {"data": data, "split": "validation", "n": len(answers), "points": points}
