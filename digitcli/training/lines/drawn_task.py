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
from ..start import Start, start_weights
from ..trainer import Trainer
from .batches import BATCHES
from .stream import Chunk, Stream


class DrawnTask(ABC):
    """See `Task`: `recipe.drawn` examples an epoch; `recipe.validation` in hands that teach none.

    `name` says what is drawn, in the plural; `chunk` draws it. `checked` are the examples to
    validate on, once prepared. Raises UsageError where the recipe does not fit.
    """

    name: str
    chunk: Chunk
    checked: Sequence[Any]  # once prepared

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
    def _checks(self) -> Iterator[Batch]:
        """`checked` in batches."""

    @abstractmethod
    def trainer(self, total_steps: int, compute: Compute, jit: bool) -> Trainer:
        """See `Task`."""

    def prepare(self, note: Callable[[str], None]) -> None:
        """See `Task`. Raises what `open_hands` and `start_weights` raise."""
        self._hands = open_hands(self.recipe)
        for name in self._hands.missing:
            note(f"no {self.name} in the hands of {name}, which is not here: {remedy(name)}")
        self.checked = self._examples(self._hands)
        self._stream: Stream | None = None
        name = self.recipe.start
        self._begin = start_weights(name, self.spec) if name else None

    @property
    def identity(self) -> Mapping[str, Any]:
        """See `Task`: the drawings are a function of the recipe and these files."""
        return {**described(self.spec, self.recipe), "data": self._data}

    @property
    def _data(self) -> dict[str, Any]:
        begin = {"start": self._begin.sha256} if self._begin else {}
        return {"name": self.name, "hands": self._hands.hashes, **begin}

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

    def _start(self) -> Start | None:
        """What a trainer begins with: random values where the recipe names no weights."""
        return self._begin.on(next(self.batches(0, 0))[0]) if self._begin else None

    def scored(self, epoch: int, steps: int) -> int:
        """See `Task`."""
        return steps * self.recipe.batch_size

    def check(self, trainer: Trainer) -> Measured:
        """See `Task`: the share of examples that are right as a whole."""
        return trainer.measure(self._checks()) if self.checked else NOTHING

    def test(self, trainer: Trainer) -> Measured:
        """See `Task`: there is no test set of drawn examples."""
        return NOTHING

    def export(self, trainer: Trainer, record: Mapping[str, Any], last: EpochRow) -> Weights:
        """See `Task`."""
        trained = {
            **record,
            "steps": last.step,
            "epochs": last.epoch,
            "data": self._data,
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
