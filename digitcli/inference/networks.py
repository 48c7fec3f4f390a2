"""The networks that read a picture together: one finds lines, one reads them, one single digits."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from ..errors import UsageError
from ..model.spec import Task
from ..model.weights import Weights, find_weights, load_weights
from ..model.zoo import DEFAULTS
from .engine import WORK, Engine
from .line_engine import LineEngine
from .map_engine import MapEngine


class Networks:
    """Weights by name or path, one for each task; bundled ones for the tasks that are not named.

    The named ones are loaded at once, the others when they are first needed. Raises ModelError as
    `find_weights` and `load_weights` do, UsageError for two of one task.
    """

    def __init__(self, names: Sequence[str] = ()) -> None:
        self.names: dict[Task, str] = dict(DEFAULTS)
        self._given: dict[Task, Weights] = {}
        for name in names:
            weights = load_weights(find_weights(name))
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

    @cached_property
    def digit(self) -> Engine:
        """The engine for single digits."""
        return Engine(self._weights("digit"))

    @cached_property
    def line(self) -> LineEngine:
        """The engine for lines."""
        return LineEngine(self._weights("line"))

    @cached_property
    def map(self) -> MapEngine:
        """The engine that finds lines."""
        return MapEngine(self._weights("map"))

    def _weights(self, task: Task) -> Weights:
        return self._given.get(task) or load_weights(find_weights(self.names[task]))
