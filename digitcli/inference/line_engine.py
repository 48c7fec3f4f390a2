"""A network that reads lines, run by the C++ engine on pictures of any width."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from ..errors import DataError, ModelError
from ..model.receptive import ReceptiveField, receptive_fields
from ..model.spec import COLUMN_CLASSES
from ..model.weights import Weights
from .engine import Core, CoreNetwork, at_size, make_network, usable_threads, wrong_task
from .plans import Plans
from .prediction import check_finite

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

WIDTH_STEP = 32  # pixels: wider pictures are filled up to a multiple, so that there are few plans
MOST_WIDTH = 20_000  # pixels


class LineEngine:
    """Weights of a network for lines, ready to run; safe to use from several threads at once.

    Raises MachineError if this CPU lacks `isa`, ModelError if the weights are for another task.
    """

    def __init__(self, weights: Weights, *, isa: str | None = None) -> None:
        spec = weights.spec
        if spec.task != "line":
            raise wrong_task(spec, "line")
        self.weights = weights
        self.height = spec.input[0]
        self._least = self._least_width()
        shape = (self.height, self.whole_width(self._least), 1)
        network = make_network(weights, shape, isa or "")
        # Without `self`: an engine that is dropped goes at once, not when Python looks for circles.
        self._plans = Plans(partial(_core_of, network, self.height))

    def columns(self, pictures: npt.NDArray[np.uint8], threads: int = 1) -> npt.NDArray[np.float32]:
        """Probabilities float32 (n, columns, classes) of pictures uint8 (n, height, width).

        0 is paper, 255 full ink. The classes are `signs.SIGNS`, then the blank of CTC. Pictures are
        filled up with paper on the right to a multiple of WIDTH_STEP pixels. The same bits for any
        number of threads. Raises DataError for another dtype, height or layout, or a width past
        MOST_WIDTH, UsageError for an impossible number of threads.
        """
        import numpy as np

        if pictures.ndim != 3 or pictures.shape[1] != self.height or not pictures.shape[2]:
            raise DataError(
                f"expected pictures (n, {self.height}, width), got {pictures.shape}",
                hint="scale lines to this height first",
            )
        width = pictures.shape[2]
        if width > MOST_WIDTH:
            raise DataError(f"a line is {width:,} pixels wide, at most {MOST_WIDTH:,} are read")
        whole = self.whole_width(width)
        filled = np.pad(pictures, ((0, 0), (0, 0), (0, whole - width)))
        found = np.frombuffer(self._run(filled, whole, threads), np.float32)
        return found.reshape(len(pictures), -1, COLUMN_CLASSES)

    def whole_width(self, width: int) -> int:
        """The width to which a picture `width` pixels wide is filled up."""
        return WIDTH_STEP * -(-max(width, self._least) // WIDTH_STEP)

    def columns_of(self, picture: memoryview[int], threads: int = 1) -> bytearray:
        """The same for one picture uint8 (height, whole width), as bytes, without NumPy.

        Raises DataError where `whole_width` is another, ModelError where the weights overflow.
        """
        height, width = picture.shape or (0, 0)
        if height != self.height or width != self.whole_width(width):
            raise DataError(f"expected a line ({self.height}, a multiple of {WIDTH_STEP})")
        found = self._run(picture.cast("B").cast("B", (1, height, width)), width, threads)
        check_finite(memoryview(found).cast("f"), self.weights.spec.name)
        return found

    @property
    def isa(self) -> str:
        """The instruction set in use."""
        return self._plans.at(self.whole_width(1)).isa

    @cached_property
    def place(self) -> ReceptiveField:
        """The pixels of a line that each column is about: the middle of what it sees."""
        spec = self.weights.spec
        seen = list(receptive_fields(spec).values())[-1][1]
        middle = seen.start + (seen.size - seen.step) // 2
        return ReceptiveField(middle, seen.step, seen.step, MOST_WIDTH)

    def _run(self, pictures: Any, width: int, threads: int) -> bytearray:
        try:
            return self._plans.run(width, pictures, usable_threads(threads))
        except (TypeError, ValueError) as error:
            raise DataError(str(error)) from error

    def _least_width(self) -> int:
        """The narrowest picture into which all windows fit."""
        for width in range(1, MOST_WIDTH):
            try:
                self.weights.spec.steps_at(width)
            except ModelError:
                continue
            return width
        raise ModelError(f"{self.weights.spec.name}: no picture is wide enough for its windows")


def _core_of(network: CoreNetwork, height: int, width: int) -> Core:
    return at_size(network, (height, width, 1))
