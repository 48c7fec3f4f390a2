"""How long each layer of the C++ engine takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import MachineError
from .engine import Engine


@dataclass(frozen=True)
class LayerTime:
    """One layer in one pass over a batch, on one thread.

    `us` is the median of the repeats in microseconds. The millions of operations are those of the
    whole batch: `mflop_done` of the algorithm that ran, `mflop_direct` as the direct one counts.
    """

    layer: str
    algorithm: str
    us: float
    mflop_done: float
    mflop_direct: float


def layer_times(engine: Engine, images: npt.NDArray[np.uint8], repeats: int) -> list[LayerTime]:
    """Run uint8 pictures (n, 28, 28) through `engine` and time its layers, in order.

    Raises MachineError when the engine cannot tell.
    """
    found: list[dict[str, Any]] = _profile(engine)(images, repeats)
    return [LayerTime(**layer) for layer in found]


def can_profile(engine: Engine) -> bool:
    """Whether `layer_times` works with this engine."""
    return hasattr(engine._engine, "profile")


def _profile(engine: Engine) -> Any:
    """`_core.Engine.profile(images, repeats)`: a dict of LayerTime's fields for each layer."""
    if not can_profile(engine):
        raise MachineError(
            "this build of the engine cannot time its layers", "install a newer digitcli"
        )
    return engine._engine.profile  # type: ignore[attr-defined]
