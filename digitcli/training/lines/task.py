"""A run that learns to read lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

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
from .batches import Drawn, batch, chunk, draw
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

    def __init__(self, spec: NetworkSpec, recipe: Recipe) -> None:
        if spec.input[0] != HEIGHT:
            raise UsageError(
                f"{spec.name}: lines are drawn {HEIGHT} pixels high, the network takes "
                f"{spec.input[0]}"
            )
        super().__init__(spec, recipe)

    def trainer(self, total_steps: int, compute: Compute, jit: bool) -> Trainer:
        """See `Task`."""
        return LineTrainer(self.spec, self.recipe, total_steps, compute, jit=jit)

    def export(self, trainer: Trainer, record: Mapping[str, Any], last: EpochRow) -> Weights:
        """See `Task`: with the temperature and the thresholds of the lines to validate on."""
        weights = super().export(trainer, record, last)
        if not self.checked:
            return weights
        calibration = fitted(trainer, self._checks(self.checked))
        weights = replace(weights, temperature=calibration["temperature"])
        answers = read_drawn(LineEngine(weights), self.checked)
        table = thresholds_of(answers, "drawn lines")
        trained = {**weights.trained, "calibration": calibration, KEY: table}
        return replace(weights, trained=trained)

    def _examples(self, hands: Hands) -> list[Drawn]:
        return checked_lines(hands, self.recipe)

    def _checks(self, examples: Sequence[Drawn]) -> Iterator[LineBatch]:
        """In batches of like width."""
        random, size = np.random.default_rng(0), self.recipe.batch_size
        order = sorted(examples, key=lambda line: line.picture.shape[1])
        for at in range(0, len(order), size):
            yield batch(order[at : at + size], random)


def checked_lines(hands: Hands, recipe: Recipe) -> list[Drawn]:
    """The lines that a run by `recipe` validates on, the same for every seed."""
    return draw(hands.check, recipe.validation, recipe.validation_seed, CHECK)
