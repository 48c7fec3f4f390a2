"""Mean probabilities over several networks and over shifted pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from ..errors import UsageError
from ..inference.prediction import Prediction
from ..signs import DIGITS

if TYPE_CHECKING:
    from ..inference.engine import Engine

Images: TypeAlias = npt.NDArray[np.uint8]
Predict: TypeAlias = Callable[[Images], Prediction]

# Shifts of test-time averaging, (down, right) in pixels.
SHIFTS = tuple((down, right) for down in (-1, 0, 1) for right in (-1, 0, 1))


@dataclass(frozen=True)
class Predictor:
    """What classifies uint8 pictures (n, 28, 28), and the temperatures of the networks in it.

    `classes` are the names of what it tells apart. `uncalibrated` does the same with all
    temperatures 1; None where they are 1 already.
    """

    predict: Predict
    temperatures: tuple[float, ...] = (1.0,)
    uncalibrated: Predict | None = None
    classes: tuple[str, ...] = DIGITS


def engine_predictor(engine: Engine, threads: int = 1) -> Predictor:
    """Our own engine as a predictor; `threads` as `Engine.predict` has them."""
    temperature, plain = engine.weights.temperature, None
    if temperature != 1:
        uncalibrated = engine.at_temperature(1.0)
        plain = lambda images: uncalibrated.predict(images, threads)  # noqa: E731
    call = lambda images: engine.predict(images, threads)  # noqa: E731
    return Predictor(call, (temperature,), plain, engine.spec.classes)


def ensemble(members: Sequence[Predictor]) -> Predictor:
    """The mean probabilities of `members`, each with its own temperature and the same weight.

    Raises UsageError without members, and for members that tell different classes apart.
    """
    if not members:
        raise UsageError("an ensemble needs at least one network, got none")
    if len(members) == 1:
        return members[0]
    classes = members[0].classes
    if any(member.classes != classes for member in members):
        raise UsageError(
            "these networks tell different classes apart", "name those of one data set"
        )
    temperatures = tuple(value for member in members for value in member.temperatures)
    calls = [member.predict for member in members]
    plain = [member.uncalibrated or member.predict for member in members]
    unlike = any(member.uncalibrated for member in members)
    uncalibrated = _together(plain) if unlike else None
    return Predictor(_together(calls), temperatures, uncalibrated, classes)


def over_shifts(predictor: Predictor) -> Predictor:
    """The mean probabilities of `predictor` for each picture moved by each of SHIFTS."""
    plain = predictor.uncalibrated
    return Predictor(
        _on_shifts(predictor.predict),
        predictor.temperatures,
        _on_shifts(plain) if plain else None,
        predictor.classes,
    )


def mean_probabilities(
    engines: Sequence[Engine], images: Images, threads: int = 1
) -> npt.NDArray[np.float32]:
    """The mean probabilities of `engines` for uint8 images (n, 28, 28): float32 (n, classes).

    Raises UsageError without engines, and what `Engine.predict` raises.
    """
    members = [engine_predictor(engine, threads) for engine in engines]
    return ensemble(members).predict(images).probabilities


def shifted(images: Images, down: int, right: int) -> Images:
    """The pictures (n, 28, 28) moved by whole pixels; what comes in at the edge is 0."""
    _, height, width = images.shape
    moved = np.zeros(images.shape, np.uint8)
    to_rows, from_rows = _overlap(down, height)
    to_columns, from_columns = _overlap(right, width)
    moved[:, to_rows, to_columns] = images[:, from_rows, from_columns]
    return moved


def _overlap(by: int, size: int) -> tuple[slice, slice]:
    """Where a move by `by` puts values of one dimension, and where they come from."""
    there, here = slice(max(by, 0), size + min(by, 0)), slice(max(-by, 0), size - max(by, 0))
    return there, here


def _together(calls: Sequence[Predict]) -> Predict:
    return lambda images: _mean(call(images) for call in calls)


def _on_shifts(call: Predict) -> Predict:
    return lambda images: _mean(call(shifted(images, *by)) for by in SHIFTS)


def _mean(predictions: Iterable[Prediction]) -> Prediction:
    """The mean of all probabilities, summed in float64."""
    several = list(predictions)
    answers = [prediction.probabilities.astype(np.float64) for prediction in several]
    mean = (sum(answers[1:], answers[0]) / len(answers)).astype(np.float32)
    return Prediction(mean, names=several[0].names)
