"""Trained networks whose answers another one learns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..model.weights import Weights, find_weights
from .recipes import Recipe


def find_teachers(names: Sequence[str]) -> list[Path]:
    """The weight files of teachers, one for each name, path or run folder.

    A folder of `train --seeds` gives the runs of all its seeds. Raises ModelError when nothing is
    found.
    """
    return [path for name in names for path in _runs(Path(name)) or [find_weights(name)]]


def knows_validation(teacher: Weights, recipe: Recipe) -> bool:
    """Has the teacher learnt pictures that a run of `recipe` keeps for validation?

    The validation accuracy of such a run is too high. Two recipes keep the same pictures when
    number and seed of the split agree. For weights that do not say how they were made the answer is
    yes.
    """
    if not recipe.validation:
        return False
    theirs = teacher.trained.get("recipe", {})
    return any(theirs.get(key) != getattr(recipe, key) for key in ("validation", "validation_seed"))


def _runs(folder: Path) -> list[Path]:
    found = folder.glob("seed-*/weights.npz")
    return sorted(found, key=lambda path: (len(path.parent.name), path.parent.name))
