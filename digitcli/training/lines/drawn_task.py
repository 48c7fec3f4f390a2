"""A run that learns from what is drawn anew for each epoch, in hands of a recipe's sources."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ...errors import UsageError
from ...evaluation.metrics import wilson_interval
from ...model.spec import NetworkSpec
from ...model.weights import Weights
from ...version import __version__
from ..compute.backend import versions
from ..compute.protocol import Compute
from ..mixture.hands import Hands, open_hands, remedy
from ..network import export_weights
from ..recipes import Recipe
from ..run.history import EpochRow
from ..run.identity import described
from ..run.task import NOTHING, Batch, Measured
from ..trainer import Trainer
from .batches import BATCHES
from .stream import Chunk, Stream


class DrawnTask(ABC):
    """See `Task`: `recipe.drawn` examples an epoch; `recipe.validation` in hands that teach none.

    `name` says what is drawn, in the plural; `chunk` draws it. `checked` are the examples to
    validate on, once prepared. Raises UsageError where the recipe
    does not fit.
    """

    name: str
    chunk: Chunk

    def __init__(self, spec: NetworkSpec, recipe: Recipe) -> None:
        if recipe.drawn < BATCHES * recipe.batch_size:
            raise UsageError(
                f"drawn {recipe.drawn:,} {self.name} an epoch, at least {BATCHES} batches of "
                f"{recipe.batch_size} are needed",
                hint=f"--set drawn={BATCHES * recipe.batch_size}",
            )
        self.spec, self.recipe = spec, recipe

    @abstractmethod
    def _examples(self, hands: Hands) -> Sequence[Any]:
        """The examples to validate on."""

    @abstractmethod
    def _checks(self, examples: Sequence[Any]) -> Iterator[Batch]:
        """The same in batches."""

    @abstractmethod
    def trainer(self, total_steps: int, compute: Compute, jit: bool) -> Trainer:
        """See `Task`."""

    def prepare(self, note: Callable[[str], None]) -> None:
        """See `Task`. Raises what `open_hands` raises."""
        self._hands = open_hands(self.recipe)
        for name in self._hands.missing:
            note(f"no {self.name} in the hands of {name}, which is not here: {remedy(name)}")
        self.checked = self._examples(self._hands)
        self._stream: Stream | None = None

    @property
    def identity(self) -> Mapping[str, Any]:
        """See `Task`: the drawings are a function of the recipe and these files."""
        data = {"name": self.name, "hands": self._hands.hashes}
        return {**described(self.spec, self.recipe), "data": data}

    @property
    def steps_per_epoch(self) -> int:
        """See `Task`."""
        return self.recipe.drawn // self.recipe.batch_size

    @property
    def summary(self) -> str:
        """See `Task`."""
        hands = ", ".join(self._hands.hashes)
        return f"{self.recipe.drawn:,} drawn {self.name} an epoch in the hands of {hands}"

    def batches(self, epoch: int, first: int) -> Iterator[Batch]:
        """See `Task`; the first call starts the processes that draw."""
        if self._stream is None:
            self._stream = Stream(self.recipe, self.steps_per_epoch, type(self).chunk)
        return self._stream.epoch(epoch, first)

    def scored(self, epoch: int, steps: int) -> int:
        """See `Task`."""
        return steps * self.recipe.batch_size

    def check(self, trainer: Trainer) -> Measured:
        """See `Task`: the share of examples that are right as a whole."""
        return trainer.measure(self._checks(self.checked)) if self.checked else NOTHING

    def test(self, trainer: Trainer) -> Measured:
        """See `Task`: there is no test set of drawn examples."""
        return NOTHING

    def export(self, trainer: Trainer, record: Mapping[str, Any], last: EpochRow) -> Weights:
        """See `Task`."""
        trained = {
            **record,
            "steps": last.step,
            "epochs": last.epoch,
            "data": {"name": self.name, "hands": self._hands.hashes},
            "validation_accuracy": last.validation_accuracy,
            "versions": {"digitcli": __version__, **versions()},
        }
        if last.validation_accuracy is not None:
            n = len(self.checked)
            interval = wilson_interval(round(last.validation_accuracy * n), n)
            trained["validation"] = {"n": n, "interval": list(interval)}
        return export_weights(trainer.tested_model(), self.spec, trained)

    def close(self) -> None:
        """See `Task`."""
        if self._stream is not None:
            self._stream.close()
