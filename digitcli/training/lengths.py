"""How long a run was asked to be before it was made longer: `[[training.earlier]]` of its recipe.

Pure Python, so that a recipe can be checked before TensorFlow is loaded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from ..errors import ModelError
from ..model.settings import refuse_unknown


@dataclass(frozen=True)
class Length:
    """`steps` were asked for, given as `epochs` if that is not None; from step `until` on, more.

    Raises ModelError where they are no such numbers.
    """

    steps: int
    until: int
    epochs: int | None = None

    def __post_init__(self) -> None:
        numbers = [self.steps, self.until, *([] if self.epochs is None else [self.epochs])]
        whole = all(type(one) is int and 0 <= one <= 10**15 for one in numbers)
        if not whole or self.until > self.steps:
            raise ModelError(
                f"training: earlier: {asdict(self)} is no length of a run and the step until which "
                "it held"
            )

    def to_table(self) -> dict[str, int]:
        """The same as a table for TOML or JSON."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def __str__(self) -> str:
        return f"{in_words(self.epochs, self.steps)} until step {self.until:,}"


def lengths_from_table(value: Any) -> tuple[Length, ...]:
    """Read `[[training.earlier]]`; raises ModelError where that is no list of lengths."""
    listed = isinstance(value, (list, tuple))
    if not listed or not all(isinstance(one, (Mapping, Length)) for one in value):
        raise ModelError(
            "training: earlier must be a list of tables",
            hint="`digitcli train --resume DIR --epochs N` makes a run longer and writes it",
        )
    return tuple(one if isinstance(one, Length) else _length(one) for one in value)


def _length(table: Mapping[str, Any]) -> Length:
    refuse_unknown("training.earlier", table, [one.name for one in fields(Length)])
    try:
        return Length(**table)
    except TypeError as error:
        raise ModelError("training: earlier needs steps and until") from error


def in_words(epochs: int | None, steps: int | None) -> str:
    """A length in the unit in which it was given: "24 epochs", "20,000 steps"."""
    count, unit = (epochs, "epoch") if epochs is not None else (steps or 0, "step")
    return f"{count:,} {unit}{'s' * (count != 1)}"


def asked_for(earlier: Sequence[Length], epochs: int | None, steps: int | None) -> str:
    """What was asked for first and what then: "3 epochs until step 150, then 5 epochs"."""
    return ", then ".join([*map(str, earlier), in_words(epochs, steps)])


def asked_for_of(recipe: Mapping[str, Any]) -> str:
    """`asked_for` of the recipe in a weight file; "" where the run was not made longer."""
    try:
        earlier = lengths_from_table(recipe.get("earlier", ()))
        return asked_for(earlier, recipe.get("epochs"), recipe.get("steps")) if earlier else ""
    except (ModelError, ValueError, TypeError):  # the record is free-form
        return ""
