"""int8 weights of a network for lines, calibrated and compared on drawn lines."""

from __future__ import annotations

from collections.abc import Callable

from ...data.lines.line import Mix
from ...evaluation.quantization import Comparison, Outcome, compared
from ...inference.line_engine import LineEngine
from ...inference.quantize import quantize
from ...model.weights import Weights
from ...vision.columns.decode import decode
from ...vision.line_batches import DrawnLines, drawn_lines
from ..mixture.learnt import hands_behind

COMPARED = 2_000  # lines
_SEED = 8  # unlike that of any run's lines
_CALIBRATE, _COMPARE = range(2)  # streams of random numbers


def quantize_and_compare(weights: Weights, count: int, note: Callable[[str], None]) -> Outcome:
    """Quantise `weights` on `count` drawn lines, and compare on COMPARED in other hands.

    The hands are those of the run that made the weights, divided as it did; those that are not on
    this machine are left out, and `note` is called with each. Raises whatever `quantize` and
    `open_hands` raise.
    """
    hands = hands_behind(weights, "line", note)
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
