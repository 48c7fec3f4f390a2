"""What our own engine says of pictures, for networks of any task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..inference.engine import Engine
from ..inference.line_engine import LineEngine
from ..inference.map_engine import MapEngine
from ..model.weights import Weights

if TYPE_CHECKING:
    import numpy.typing as npt

    Images = npt.NDArray[np.uint8]
    Probabilities = npt.NDArray[np.float32]


def answers_of(weights: Weights, batches: Sequence[Images]) -> list[Probabilities]:
    """The probabilities of our engine."""
    if weights.spec.task == "line":
        lines = LineEngine(weights)
        return [lines.columns(images) for images in batches]
    if weights.spec.task == "map":
        maps = MapEngine(weights)
        inside = [np.stack([np.asarray(maps.map(one)) for one in images]) for images in batches]
        return [np.stack([1 - shares, shares], axis=-1) for shares in inside]
    return [Engine(weights).predict(images).probabilities for images in batches]
