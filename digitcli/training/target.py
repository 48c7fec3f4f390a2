"""A target accuracy: the run stops at the end of the first epoch that reaches it.

It is an option of a run, not a part of its recipe: it changes no step before the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import UsageError
from ..model.presets import Preset
from .recipes import Recipe
from .run.history import EpochRow


@dataclass(frozen=True)
class Target:
    """`percent` of the validation pictures read correctly, or of the test pictures without those.

    Raises UsageError when `percent` is not a percentage, or when the recipe measures neither.
    """

    percent: float
    recipe: Recipe

    def __post_init__(self) -> None:
        if not 1 < self.percent <= 100:  # up to 1 it is a fraction, and reached at once
            hint = f"did you mean {100 * self.percent:g}?" if 0 < self.percent <= 1 else ""
            raise UsageError(
                "--target-accuracy must be a percentage above 1 and at most 100, "
                f"got {self.percent:g}",
                hint,
            )
        if not self.recipe.validation and not self.recipe.test_every_epoch:
            raise UsageError(
                "--target-accuracy: nothing is measured after an epoch without validation pictures",
                hint="--set validation=5000",
            )

    @property
    def measured_on(self) -> str:
        """ "validation" where the recipe has validation pictures, else "test"."""
        return "validation" if self.recipe.validation else "test"

    def accuracy(self, row: EpochRow) -> float:
        """The accuracy of an epoch that is compared, 0 to 1."""
        value = row.validation_accuracy if self.recipe.validation else row.test_accuracy
        assert value is not None  # the recipe measures it
        return value

    def best(self, history: Sequence[EpochRow]) -> float:
        """The highest of these accuracies."""
        return max(map(self.accuracy, history))

    def reached(self, history: Sequence[EpochRow]) -> bool:
        """Has the last epoch reached it? Exact up to ten million pictures: 9,950 of 10,000 do."""
        return bool(history) and 100 * self.accuracy(history[-1]) >= self.percent - 1e-9


def target_of(preset: Preset, recipe: Recipe, percent: float | None = None) -> Target | None:
    """The target that was asked for, by default the preset's own, for a run by `recipe`.

    None when neither names one. Raises UsageError as `Target` does.
    """
    percent = preset.target_accuracy if percent is None else percent
    return None if percent is None else Target(percent, recipe)
