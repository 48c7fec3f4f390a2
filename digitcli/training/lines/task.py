"""A run that learns lines: drawn anew for each epoch, in hands of a recipe's sources."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ...errors import UsageError
from ...evaluation.metrics import wilson_interval
from ...model.spec import NetworkSpec
from ...model.weights import Weights
from ...version import __version__
from ...vision.line_picture import HEIGHT
from ..compute.backend import versions
from ..compute.protocol import Compute
from ..mixture.hands import Hands, open_hands, remedy
from ..network import export_weights
from ..recipes import Recipe
from ..run.history import EpochRow
from ..run.identity import described
from ..run.task import NOTHING, Batch, Measured
from ..trainer import Trainer
from .batches import BATCHES, Drawn, batch, draw
from .batches import Batch as LineBatch
from .calibrate import fitted
from .stream import CHECK, DrawnLines, Stream
from .trainer import LineTrainer

DATA = "lines"  # the name of what is drawn, for `--data`


class LineTask:
    """See `Task`; `recipe.drawn` lines an epoch, `recipe.validation` in hands that teach nothing.

    `checked` are the latter, once prepared. Raises UsageError where the recipe or the network does
    not fit.
    """

    checked: list[Drawn]

    def __init__(self, spec: NetworkSpec, recipe: Recipe) -> None:
        if spec.input[0] != HEIGHT:
            raise UsageError(
                f"{spec.name}: lines are drawn {HEIGHT} pixels high, the network takes "
                f"{spec.input[0]}"
            )
        if recipe.drawn < BATCHES * recipe.batch_size:
            raise UsageError(
                f"drawn {recipe.drawn:,} lines an epoch, at least {BATCHES} batches of "
                f"{recipe.batch_size} are needed",
                hint=f"--set drawn={BATCHES * recipe.batch_size}",
            )
        self.spec, self.recipe, self.name = spec, recipe, DATA

    def prepare(self, note: Callable[[str], None]) -> None:
        """See `Task`. Raises what `open_hands` raises."""
        self._hands = open_hands(self.recipe)
        for name in self._hands.missing:
            note(f"no lines in the hands of {name}, which is not here: {remedy(name)}")
        self.checked = checked_lines(self._hands, self.recipe)
        self._stream: Stream | None = None

    @property
    def identity(self) -> Mapping[str, Any]:
        """See `Task`: the drawings are a function of the recipe and these files."""
        data = {"name": DATA, "hands": self._hands.hashes}
        return {**described(self.spec, self.recipe), "data": data}

    @property
    def steps_per_epoch(self) -> int:
        """See `Task`."""
        return self.recipe.drawn // self.recipe.batch_size

    @property
    def summary(self) -> str:
        """See `Task`."""
        hands = ", ".join(self._hands.hashes)
        return f"{self.recipe.drawn:,} drawn lines an epoch in the hands of {hands}"

    def trainer(self, total_steps: int, compute: Compute, jit: bool) -> Trainer:
        """See `Task`."""
        return LineTrainer(self.spec, self.recipe, total_steps, compute, jit=jit)

    def batches(self, epoch: int, first: int) -> Iterator[Batch]:
        """See `Task`; the first call starts the processes that draw."""
        if self._stream is None:
            self._stream = Stream(DrawnLines(self.recipe), self.steps_per_epoch)
        return self._stream.epoch(epoch, first)

    def scored(self, epoch: int, steps: int) -> int:
        """See `Task`."""
        return steps * self.recipe.batch_size

    def check(self, trainer: Trainer) -> Measured:
        """See `Task`: lines read without a mistake."""
        return trainer.measure(self._checks()) if self.checked else NOTHING

    def test(self, trainer: Trainer) -> Measured:
        """See `Task`: there is no test set of drawn lines."""
        return NOTHING

    def export(self, trainer: Trainer, record: Mapping[str, Any], last: EpochRow) -> Weights:
        """See `Task`."""
        trained = {
            **record,
            "steps": last.step,
            "epochs": last.epoch,
            "data": {"name": DATA, "hands": self._hands.hashes},
            "validation_accuracy": last.validation_accuracy,
            "versions": {"digitcli": __version__, **versions()},
        }
        if last.validation_accuracy is not None:
            n = len(self.checked)
            interval = wilson_interval(round(last.validation_accuracy * n), n)
            trained["validation"] = {"n": n, "interval": list(interval)}
            trained["calibration"] = fitted(trainer, self._checks())
        weights = export_weights(trainer.tested_model(), self.spec, trained)
        temperature = trained.get("calibration", {}).get("temperature", 1.0)
        return replace(weights, temperature=temperature)

    def close(self) -> None:
        """See `Task`."""
        if self._stream is not None:
            self._stream.close()

    def _checks(self) -> Iterator[LineBatch]:
        """The lines to validate on, in batches of like width."""
        random, size = np.random.default_rng(0), self.recipe.batch_size
        order = sorted(self.checked, key=lambda line: line.picture.shape[1])
        for at in range(0, len(order), size):
            yield batch(order[at : at + size], random)


def checked_lines(hands: Hands, recipe: Recipe) -> list[Drawn]:
    """The lines that a run by `recipe` validates on, the same for every seed."""
    return draw(hands.check, recipe.validation, recipe.validation_seed, CHECK)
