"""How long each layer of the C++ engine takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import DataError
from .engine import Engine


@dataclass(frozen=True)
class LayerTime:
    """One step of the engine's plan in one pass over a batch, on one thread.

    `layer` joins the layers that run as one: "conv1+pool1". `us` is the best of the repeats, in
    microseconds. The millions of operations are those of the whole batch: `mflop_done` what the
    algorithm did for these pictures, whose zeros it may leave out; `mflop_direct` as the direct
    algorithm counts.
    """

    layer: str
    algorithm: str
    us: float
    mflop_done: float
    mflop_direct: float

    @property
    def layers(self) -> list[str]:
        """The names of the layers that run as this one."""
        return self.layer.split("+")


def layer_times(engine: Engine, images: npt.NDArray[np.uint8], repeats: int) -> list[LayerTime]:
    """Run uint8 pictures (n, 28, 28) through `engine` and time its layers, in order.

    Raises DataError for pictures of another dtype, shape or layout, or none.
    """
    try:
        found = engine.core.profile(images, repeats)
    except (TypeError, ValueError) as error:
        raise DataError(str(error)) from error
    return [_of_batch(step, len(images)) for step in found]


def _of_batch(step: dict[str, Any], count: int) -> LayerTime:
    """What C++ tells for one picture, for `count` of them."""
    return LayerTime(
        layer=step["layer"],
        algorithm=step["algorithm"],
        us=1e6 * step["seconds"] * count,
        mflop_done=step["flops_done"] * count / 1e6,
        mflop_direct=step["flops_direct"] * count / 1e6,
    )
