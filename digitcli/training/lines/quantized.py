"""int8 weights of a network for lines, calibrated and compared on drawn lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ...data.lines.line import Mix
from ...errors import ModelError, UsageError
from ...evaluation.quantization import Comparison, Outcome, compared
from ...inference.line_engine import LineEngine
from ...inference.quantize import quantize
from ...model.presets import load_preset
from ...model.weights import Weights
from ...vision.columns.decode import decode
from ...vision.line_batches import DrawnLines, drawn_lines
from ..mixture.hands import lacks, open_hands, remedy
from ..recipes import Recipe, recipe_from_table

COMPARED = 2_000  # lines
_SEED = 8  # unlike that of any run's lines
_CALIBRATE, _COMPARE = range(2)  # streams of random numbers


def quantize_and_compare(weights: Weights, count: int, note: Callable[[str], None]) -> Outcome:
    """Quantise `weights` on `count` drawn lines, and compare on COMPARED in other hands.

    The hands are those of the run that made the weights, divided as it did; those that are not on
    this machine are left out, and `note` is called with each. Raises whatever `quantize` and
    `open_hands` raise.
    """
    hands = open_hands(_here(_recipe_of(weights), note))
    engine = LineEngine(weights)

    def lines(mix: Mix, number: int, stream: int) -> list[DrawnLines]:
        return drawn_lines(mix, number, engine.height, engine.whole_width, _SEED, stream)

    calibration = lines(hands.learn, count, _CALIBRATE)
    quantized = quantize(weights, *(group.pictures for group in calibration))
    held_out = lines(hands.check, COMPARED, _COMPARE)
    return Outcome(quantized, compare(weights, quantized.weights, held_out))


def compare(before: Weights, after: Weights, drawn: list[DrawnLines]) -> Comparison:
    """Read lines with both, and count those whose digits are right."""
    first, second = (_digits(LineEngine(weights), drawn) for weights in (before, after))
    texts = [text for group in drawn for text in group.texts]
    return compared(first, second, ["".join(filter(str.isdigit, text)) for text in texts])


def _digits(engine: LineEngine, drawn: list[DrawnLines]) -> list[str]:
    return [
        decode(columns.data).text
        for group in drawn
        for columns in engine.columns(group.pictures, 0)
    ]


def _recipe_of(weights: Weights) -> Recipe:
    """The recipe of the weights, or where they record none the preset's."""
    try:
        recipe = recipe_from_table(weights.trained.get("recipe") or {})
        if recipe.mixture:
            return recipe
    except (ModelError, TypeError):  # weights of another program, or version
        pass
    return recipe_from_table(load_preset("line").training)


def _here(recipe: Recipe, note: Callable[[str], None]) -> Recipe:
    """The recipe without the sources that this machine lacks."""
    here = {}
    for name, share in recipe.mixture.items():
        try:
            missing = remedy(name) if lacks(name) else ""
        except UsageError as error:  # a folder of another machine
            missing = error.hint
        if missing:
            note(f"no lines in the hands of {name}, which is not here: {missing}")
        else:
            here[name] = share
    return replace(recipe, mixture=here)
