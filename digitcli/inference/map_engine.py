"""A network that finds lines, run by the C++ engine on pictures of any size; without NumPy."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from .. import _core
from ..errors import DataError
from ..model.spec import MAP_STEP
from ..model.weights import Weights
from .engine import Core, CoreNetwork, at_size, make_network, usable_threads, wrong_task
from .plans import Plans

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Picture = npt.NDArray[np.uint8] | memoryview[int]

Map: TypeAlias = "memoryview[float]"  # float32 (h, w)

SIZE_STEP = 64  # pixels: pictures are filled up to multiples, so that there are few plans
MOST_PIXELS = 16_000_000  # of a picture


class MapEngine:
    """Weights of a network for maps, ready to run; safe to use from several threads at once.

    Raises MachineError if this CPU lacks `isa`, ModelError if the weights are for another task.
    """

    def __init__(self, weights: Weights, *, isa: str | None = None) -> None:
        if weights.spec.task != "map":
            raise wrong_task(weights.spec, "map")
        self.weights = weights
        network = make_network(weights, (SIZE_STEP, SIZE_STEP, 1), isa or "")
        self._plans = Plans(partial(_core_of, network))

    def map(self, picture: Picture, threads: int = 1) -> Map:
        """Where lines are: float32 (ceil(h / 4), ceil(w / 4)), probabilities, of grey uint8 (h, w).

        Each value is for MAP_STEP x MAP_STEP pixels. Pictures are filled up with their usual tone
        on the right and below to multiples of SIZE_STEP pixels. The same bits for any number of
        threads. Raises DataError for another dtype, shape or layout, or past MOST_PIXELS,
        UsageError for an impossible number of threads.
        """
        height, width = _size(picture)
        size = _whole(height), _whole(width)
        try:
            filled = memoryview(_core.filled_up(picture, *size)).cast("B", (1, *size))
            found = self._plans.run(size, filled, usable_threads(threads))
        except (TypeError, ValueError) as error:
            raise DataError(str(error)) from error
        rows, columns = -(-height // MAP_STEP), -(-width // MAP_STEP)
        values = memoryview(found).cast("f")
        inside = _core.inside_of(values, size[1] // MAP_STEP, rows, columns)
        return memoryview(inside).cast("f", (rows, columns))


def _core_of(network: CoreNetwork, size: tuple[int, int]) -> Core:
    return at_size(network, (*size, 1))


def _whole(length: int) -> int:
    return SIZE_STEP * -(-length // SIZE_STEP)


def _size(picture: Any) -> tuple[int, int]:
    shape = memoryview(picture).shape or ()
    if len(shape) != 2 or 0 in shape:
        raise DataError(f"expected a picture (height, width), got {shape}")
    if shape[0] * shape[1] > MOST_PIXELS:
        raise DataError(
            f"a picture has {shape[0] * shape[1]:,} pixels, at most {MOST_PIXELS:,} make a map",
            hint="scale it down first",
        )
    return shape[0], shape[1]
