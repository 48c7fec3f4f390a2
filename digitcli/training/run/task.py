"""What a run learns, apart from how it is run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

import numpy.typing as npt

from ...model.spec import NetworkSpec
from ...model.weights import Weights
from ..compute.protocol import Compute
from ..recipes import Recipe
from ..trainer import Trainer
from .history import EpochRow

Batch: TypeAlias = Sequence[npt.NDArray[Any]]
Measured: TypeAlias = "tuple[float | None, float | None]"  # mean loss, accuracy

NOTHING: Measured = (None, None)


class Task(Protocol):
    """The examples of a run, and what is measured on others.

    `name` is the data set that the run's config.toml names.
    """

    spec: NetworkSpec
    recipe: Recipe
    name: str

    def prepare(self, note: Callable[[str], None]) -> None:
        """Read and draw all that is learnt; what follows is called after it. `note` is told."""

    @property
    def identity(self) -> Mapping[str, Any]:
        """What must be equal for a process to go on where another one stopped, as plain JSON."""

    @property
    def steps_per_epoch(self) -> int:
        """Batches that an epoch has."""

    @property
    def summary(self) -> str:
        """What is learnt, in words."""

    def trainer(self, total_steps: int, compute: Compute, jit: bool) -> Trainer:
        """A trainer before its first step."""

    def batches(self, epoch: int, first: int) -> Iterator[Batch]:
        """The batches of epoch 0, 1, ... from number `first` on, for `Trainer.step`."""

    def scored(self, epoch: int, steps: int) -> int:
        """How many examples of an epoch's first batches have a right answer."""

    def check(self, trainer: Trainer) -> Measured:
        """Loss and accuracy on the examples to validate on."""

    def test(self, trainer: Trainer) -> Measured:
        """Loss and accuracy on the test set."""

    def export(self, trainer: Trainer, record: Mapping[str, Any], last: EpochRow) -> Weights:
        """The weights, whose `trained` is `record` with what the task adds; reads the test set."""

    def close(self) -> None:
        """End what `prepare` began."""
