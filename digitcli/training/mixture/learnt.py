"""The hands that a network learnt from, so that others are not asked about them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ...errors import ModelError, UsageError
from ...model.presets import load_preset
from ...model.weights import Weights
from ..recipes import Recipe, recipe_from_table
from .hands import Hands, lacks, open_hands, remedy


def hands_behind(weights: Weights, preset: str, note: Callable[[str], None]) -> Hands:
    """The hands of the run that made `weights`, divided as it did, as far as they are here.

    Those of `preset` where the weights record none. `note` is called with each that is not on this
    machine. Raises whatever `open_hands` raises.
    """
    return open_hands(_here(_recipe_of(weights, preset), note))


def _recipe_of(weights: Weights, preset: str) -> Recipe:
    try:
        recipe = recipe_from_table(weights.trained.get("recipe") or {})
        if recipe.mixture:
            return recipe
    except (ModelError, TypeError):  # weights of another program, or version
        pass
    return recipe_from_table(load_preset(preset).training)


def _here(recipe: Recipe, note: Callable[[str], None]) -> Recipe:
    """The recipe without the sources that this machine lacks."""
    here = {}
    for name, share in recipe.mixture.items():
        try:
            missing = remedy(name) if lacks(name) else ""
        except UsageError as error:  # a folder of another machine
            missing = error.hint
        if missing:
            note(f"nothing in the hands of {name}, which is not here: {missing}")
        else:
            here[name] = share
    return replace(recipe, mixture=here)
