"""What a network makes of one picture, layer by layer, for `digitcli show`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..model.spec import NetworkSpec
from ..model.weights import Weights
from .activations import LayerActivation
from .engine import Engine
from .occlusion import PATCH, Occlusion, occlude


@dataclass(frozen=True)
class Insight:
    """What a network made of a picture uint8 (28, 28), all of it computed by the C++ engine.

    `probabilities` is float32 (classes,); the `layers` hold one picture each.
    """

    weights: Weights
    isa: str
    picture: npt.NDArray[np.uint8]
    probabilities: npt.NDArray[np.float32]
    layers: tuple[LayerActivation, ...]
    occlusion: Occlusion

    @property
    def spec(self) -> NetworkSpec:
        """The network that was looked into."""
        return self.weights.spec

    @property
    def digit(self) -> int:
        """The most probable digit, or the number of the most probable class."""
        return self.occlusion.digit

    @property
    def name(self) -> str:
        """What was read: the digit, or the name of the class."""
        return self.spec.classes[self.digit]

    def values(self, name: str) -> npt.NDArray[np.float32]:
        """What the layer `name` made of the picture: (height, width, channels) or (units,)."""
        return next(layer.values[0] for layer in self.layers if layer.name == name)


def look_inside(
    engine: Engine, picture: npt.NDArray[np.uint8], *, patch: int = PATCH, threads: int = 1
) -> Insight:
    """Run one picture uint8 (28, 28) through `engine`, keep everything, then cover it in parts.

    Raises UsageError for an impossible patch or number of threads.
    """
    picture = np.ascontiguousarray(picture)
    layers = engine.activations(picture[None], threads)
    return Insight(
        weights=engine.weights,
        isa=engine.isa,
        picture=picture,
        probabilities=engine.predict(picture[None], threads).probabilities[0],
        layers=tuple(layers),
        occlusion=occlude(engine, picture, patch=patch, threads=threads),
    )
