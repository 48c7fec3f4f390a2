"""int8 weights of a network that finds lines, calibrated and compared on drawn pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ...evaluation.quantization import Comparison, Outcome
from ...inference.map_engine import MapEngine
from ...inference.quantize import quantize
from ...model.weights import Weights
from ...vision.page_batches import DrawnPages, Places, drawn_pages
from ..mixture.learnt import hands_behind

COMPARED = 1_000  # pages
_ALIKE = 0.5  # places in both, of those in either: pages whose lines are the same
_SEED = 8  # unlike that of any run's pages
_CALIBRATE, _COMPARE = range(2)  # streams of random numbers


def quantize_and_compare(weights: Weights, count: int, note: Callable[[str], None]) -> Outcome:
    """Quantise `weights` on `count` drawn pages, and compare on COMPARED in other hands.

    See `lines.quantized.quantize_and_compare`.
    """
    hands = hands_behind(weights, "finder", note)
    calibration = drawn_pages(hands.learn, count, _SEED, _CALIBRATE)
    quantized = quantize(weights, *(group.pictures for group in calibration))
    held_out = drawn_pages(hands.check, COMPARED, _SEED, _COMPARE)
    return Outcome(quantized, compare(weights, quantized.weights, held_out))


def compare(before: Weights, after: Weights, drawn: Sequence[DrawnPages]) -> Comparison:
    """Find the lines of pages with both, and count the pages where most places are right."""
    first, second = (_places(MapEngine(weights), drawn) for weights in (before, after))
    wanted = [inside for group in drawn for inside in group.inside]
    return Comparison(
        len(wanted),
        sum(map(_alike, first, wanted)),
        sum(map(_alike, second, wanted)),
        sum(map(_alike, first, second)),
    )


def _places(engine: MapEngine, drawn: Sequence[DrawnPages]) -> list[Places]:
    return [np.asarray(engine.map(one)) > 0.5 for group in drawn for one in group.pictures]


def _alike(one: Places, other: Places) -> bool:
    return bool((one & other).sum() >= _ALIKE * (one | other).sum())
