"""A run that learns to name one picture: a data set, and the sources of a mixture beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from ...data.store import Split
from ...errors import UsageError
from ...evaluation.calibration import calibrated
from ...evaluation.evaluate import check_classes
from ...model.spec import NetworkSpec
from ...model.weights import Weights, load_weights
from ..compute.protocol import Compute
from ..digit_trainer import DigitTrainer
from ..mixture.mix import mix, read_by_source
from ..network import export_weights, teacher
from ..recipes import Recipe
from ..start import start_weights
from ..teachers import find_teachers, knows_validation
from ..trainer import Trainer
from .history import EpochRow
from .identity import identity
from .pictures import check_split, divide, epoch_order
from .provenance import provenance
from .task import NOTHING, Batch, Measured

CHECKED_CHUNKS = 10
_SHOWN = 500  # pictures on which batch norm begins


class DigitTask:
    """See `Task`; the pictures of `train`, less those to validate on, and those of the mixture.

    Raises DataError as `check_split`, `check_classes` and `divide` do, UsageError for a mixture
    beside other classes than digits.
    """

    def __init__(self, spec: NetworkSpec, recipe: Recipe, train: Split, test: Split) -> None:
        check_split(train)
        check_split(test)
        check_classes(spec.classes, train)
        check_classes(spec.classes, test)
        _check_mixture(spec, recipe, train.name)
        self.spec, self.recipe, self.name = spec, recipe, train.name
        self._train, self._test = train, test
        self._learn, check = divide(train, recipe)
        self._check_images, self._check_labels = train.images[check], train.labels[check]

    def prepare(self, note: Callable[[str], None]) -> None:
        """See `Task`. Raises what `mix`, `find_teachers` and `start_weights` raise."""
        learn, train, self._note = self._learn, self._train, note
        self._mixture = mix(self.recipe, len(learn), note)
        added = self._mixture.added_to(train.images[learn], train.labels[learn])
        self._images, self._labels = added
        self._teachers = [load_weights(path) for path in find_teachers(self.recipe.teachers)]
        if any(knows_validation(one, self.recipe) for one in self._teachers):
            note(
                "a teacher has learnt validation pictures of this run, or may have: what is "
                "measured on them flatters it"
            )
        own = identity(self.spec, self.recipe, train, self._test) | self._mixture.identity()
        name = self.recipe.start
        self._begin = start_weights(name, self.spec) if name else None
        if self._begin:
            own["data"] = {**own["data"], "start": self._begin.sha256}
        self.identity: Mapping[str, Any] = own

    @property
    def steps_per_epoch(self) -> int:
        """See `Task`."""
        return len(self._labels) // self.recipe.batch_size

    @property
    def summary(self) -> str:
        """See `Task`."""
        sources = [self.name, *(part.name for part in self._mixture.parts)]
        return f"{len(self._images):,} pictures of {' + '.join(sources)}"

    def trainer(self, total_steps: int, compute: Compute, jit: bool) -> Trainer:
        """See `Task`."""
        several = self._teachers
        return DigitTrainer(
            self.spec,
            self.recipe,
            self._images,
            self._labels,
            total_steps,
            compute,
            jit=jit,
            teacher=teacher(several, self.recipe.precision) if several else None,
            start=self._begin.on(self._images[:_SHOWN]) if self._begin else None,
        )

    def batches(self, epoch: int, first: int) -> Iterator[Batch]:
        """See `Task`: indices of pictures."""
        order = epoch_order(len(self._images), self.recipe.seed, epoch)
        self._digits = np.cumsum(
            self._labels[order] < len(self.spec.classes)
        )  # outliers have no right answer
        size = self.recipe.batch_size
        for at in range(first, self.steps_per_epoch):
            yield (order[at * size : (at + 1) * size],)

    def scored(self, epoch: int, steps: int) -> int:
        """See `Task`."""
        return int(self._digits[steps * self.recipe.batch_size - 1])

    def check(self, trainer: Trainer) -> Measured:
        """See `Task`."""
        if not len(self._check_labels):
            return NOTHING
        assert isinstance(trainer, DigitTrainer)
        return trainer.test(self._check_images, self._check_labels, CHECKED_CHUNKS)

    def test(self, trainer: Trainer) -> Measured:
        """See `Task`."""
        assert isinstance(trainer, DigitTrainer)
        return trainer.test(self._test.images, self._test.labels, self.recipe.test_chunks)

    def export(self, trainer: Trainer, record: Mapping[str, Any], last: EpochRow) -> Weights:
        """See `Task`: calibrated on the pictures to validate on."""
        assert isinstance(trainer, DigitTrainer)
        loss, accuracy = trainer.test(self._test.images, self._test.labels, self.recipe.test_chunks)
        trained = {**record, **provenance(last, self._train, self._test, loss, accuracy)}
        if self._mixture.parts:
            trained["mixture"] = self._mixture.evaluate(trainer.logits, self._check_images)
            self._note(read_by_source(trained["mixture"]))
        weights = export_weights(trainer.tested_model(), self.spec, trained)
        if not len(self._check_labels):
            return weights
        logits = trainer.logits(self._check_images)
        return calibrated(weights, logits, self._check_labels, self.name)

    def close(self) -> None:
        """See `Task`."""


def _check_mixture(spec: NetworkSpec, recipe: Recipe, data: str) -> None:
    """The sources of a mixture show digits, which are no classes of other data sets."""
    if recipe.mixture and not spec.names_digits:
        raise UsageError(
            f"--data {data}: {next(iter(recipe.mixture))} shows digits, the classes of {data} are "
            "others",
            "train on the data set alone, by a preset without a mixture (tiny, small)",
        )
