"""The networks that read a picture together: one finds lines, one reads them, one single digits."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from ..errors import UsageError
from ..model.spec import Task
from ..model.weights import Weights, load_named
from ..model.zoo import DEFAULTS
from .engine import WORK, Engine

if TYPE_CHECKING:
    from ..model.thresholds import Threshold
    from .line_engine import LineEngine
    from .map_engine import MapEngine


class Networks:
    """Weights by name or path, one for each task; bundled ones for the tasks that are not named.

    The named ones are loaded at once, the others when they are first needed. Raises ModelError as
    `load_named` does, UsageError for two of one task.
    """

    def __init__(self, names: Sequence[str] = ()) -> None:
        self.names: dict[Task, str] = dict(DEFAULTS)
        self._given: dict[Task, Weights] = {}
        for name in names:
            weights = load_named(name)
            task = weights.spec.task
            if task in self._given:
                raise UsageError(
                    f"--weights: {self.names[task]} and {name} both {WORK[task]}",
                    hint="name one of them",
                )
            self.names[task], self._given[task] = name, weights

    @property
    def named(self) -> list[str]:
        """The names that were given."""
        return [self.names[task] for task in self._given]

    @property
    def names_digits(self) -> bool:
        """Whether digits are read; else the network that was named tells other classes apart."""
        given = self._given.get("digit")
        return given is None or given.spec.names_digits

    @cached_property
    def digit(self) -> Engine:
        """The engine for single digits, or for other classes."""
        return Engine(self._weights("digit"))

    @cached_property
    def line(self) -> LineEngine:
        """The engine for lines."""
        from .line_engine import LineEngine

        return LineEngine(self._weights("line"))

    @cached_property
    def map(self) -> MapEngine:
        """The engine that finds lines."""
        from .map_engine import MapEngine

        return MapEngine(self._weights("map"))

    def threshold(self, target_error: str, tasks: Sequence[Task], least: float) -> Threshold:
        """The highest threshold, at least `least`, that a network of these tasks needs.

        `target_error` is as "1%". Raises UsageError for another text, or an error rate that the
        weights cannot promise.
        """
        from ..model.thresholds import parse_error, threshold_for

        error = parse_error(target_error)
        each = [
            threshold_for(self._weights(task).trained, error, self.names[task], least)
            for task in tasks
        ]
        return max(each, key=lambda threshold: threshold.confidence)

    def _weights(self, task: Task) -> Weights:
        return self._given.get(task) or load_named(self.names[task])
