"""A run that learns to read lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ...errors import UsageError
from ...inference.line_engine import LineEngine
from ...model.spec import NetworkSpec
from ...model.thresholds import KEY
from ...model.weights import Weights
from ...vision.line_picture import HEIGHT
from ..compute.protocol import Compute
from ..mixture.hands import Hands
from ..recipes import Recipe
from ..run.history import EpochRow
from ..trainer import Trainer
from .batches import Batch as LineBatch
from .batches import Drawn, by_width, chunk, draw
from .calibrate import fitted
from .checks import read_drawn, thresholds_of
from .drawn_task import DrawnTask
from .stream import CHECK
from .trainer import LineTrainer

DATA = "lines"  # the name of what is drawn, for `--data`


class LineTask(DrawnTask):
    """See `DrawnTask`; a line is right when it is read without a mistake.

    Raises UsageError where the recipe or the network does not fit.
    """

    name, chunk = DATA, staticmethod(chunk)
    checked: list[Drawn]

    def __init__(self, spec: NetworkSpec, recipe: Recipe) -> None:
        if spec.input[0] != HEIGHT:
            raise UsageError(
                f"{spec.name}: lines are drawn {HEIGHT} pixels high, the network takes "
                f"{spec.input[0]}"
            )
        super().__init__(spec, recipe)

    def trainer(self, total_steps: int, compute: Compute, jit: bool) -> Trainer:
        """See `Task`."""
        return LineTrainer(
            self.spec, self.recipe, total_steps, compute, jit=jit, start=self._start()
        )

    def export(self, trainer: Trainer, record: Mapping[str, Any], last: EpochRow) -> Weights:
        """See `Task`: with a temperature and thresholds, from the lines to validate on."""
        weights = super().export(trainer, record, last)
        if not self.checked:
            return weights
        calibration = fitted(trainer, self._checks())
        weights = replace(weights, temperature=calibration["temperature"])
        answers = read_drawn(LineEngine(weights), self.checked)
        added = {"calibration": calibration, KEY: thresholds_of(answers, "drawn lines")}
        return replace(weights, trained={**weights.trained, **added})

    def _examples(self, hands: Hands) -> list[Drawn]:
        return checked_lines(hands, self.recipe)

    def _checks(self) -> Iterator[LineBatch]:
        """The lines to validate on, in batches of like width."""
        return by_width(self.checked, self.recipe.batch_size)


def checked_lines(hands: Hands, recipe: Recipe) -> list[Drawn]:
    """The lines that a run by `recipe` validates on, the same for every seed."""
    return draw(hands.check, recipe.validation, recipe.validation_seed, CHECK)
