"""What adapting a network to lines brought."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any, Generic, TypeVar

from ...evaluation.alignment import StringAnswer
from ...evaluation.strings import StringMetrics, measure_strings
from ...inference.line_engine import LineEngine
from ...model.weights import Weights
from ..lines.checks import read_drawn
from .adapted import SURE
from .numbers import Numbers

T = TypeVar("T")


@dataclass(frozen=True)
class Change(Generic[T]):
    """The same measured of the weights before and of those made from them."""

    before: T
    after: T


@dataclass(frozen=True)
class LineDoubt:
    """A line whose label the adapted network contradicts: is the label right?"""

    file: str
    label: str
    read: str
    confidence: float


@dataclass(frozen=True)
class AdaptedLines:
    """Adapted weights, and how they compare with those that they were made from.

    `drawn` are lines in hands that teach nothing, `held_out` lines of the same writers, `writers`
    other writers, by name; none of them learnt. None where there are no such lines.
    """

    weights: Weights
    learnt: int
    drawn: Change[StringMetrics]
    held_out: Change[StringMetrics] | None
    writers: dict[str, Change[StringMetrics]]
    doubts: tuple[LineDoubt, ...]
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """The fields of the `digitcli.adapt-lines/1` document that do not depend on the options."""
        return {
            "learnt": self.learnt,
            "drawn": _to_json(self.drawn),
            "held_out": self.held_out and _to_json(self.held_out),
            "writers": {name: _to_json(found) for name, found in self.writers.items()},
            "doubts": [asdict(doubt) for doubt in self.doubts],
            "seconds": self.seconds,
        }


def _to_json(change: Change[StringMetrics]) -> dict[str, Any]:
    return {"before": _scores(change.before), "after": _scores(change.after)}


def _scores(metrics: StringMetrics) -> dict[str, Any]:
    return {"exact": metrics.exact.to_json(), "digits": metrics.digits.to_json()}


def read_lines(engine: LineEngine, numbers: Numbers) -> StringMetrics:
    """How well the lines are read by the network for lines alone."""
    return measure_strings(_answers(engine, numbers))


def _answers(engine: LineEngine, numbers: Numbers) -> Iterator[StringAnswer]:
    found = read_drawn(engine, numbers.lines)
    return (replace(one, file=file) for one, file in zip(found, numbers.files, strict=True))


def line_doubts(engine: LineEngine, numbers: Numbers) -> tuple[LineDoubt, ...]:
    """The most confident contradictions first."""
    wrong = [
        LineDoubt(answer.file, answer.label, answer.text, answer.confidence or 0.0)
        for answer in _answers(engine, numbers)
        if not answer.exact and (answer.confidence or 0.0) >= SURE
    ]
    return tuple(sorted(wrong, key=lambda doubt: -doubt.confidence))
