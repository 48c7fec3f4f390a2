"""A network that reads lines, run by the C++ engine on pictures of any width."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from ..errors import DataError, ModelError
from ..model.spec import COLUMN_CLASSES
from ..model.weights import Weights
from .engine import Core, make_core, usable_threads, wrong_task

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

WIDTH_STEP = 32  # pixels: wider pictures are filled up to a multiple, so that there are few plans
MOST_WIDTH = 20_000  # pixels
_MOST_PLANS = 32  # kept at once


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
        self._isa = isa or ""
        self._core_at = lru_cache(_MOST_PLANS)(self._make_core)
        self._core_at(WIDTH_STEP * -(-self._least_width() // WIDTH_STEP))  # errors come now

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
        whole = WIDTH_STEP * -(-max(width, self._least_width()) // WIDTH_STEP)
        filled = np.pad(pictures, ((0, 0), (0, 0), (0, whole - width)))
        try:
            found = self._core_at(whole).run(filled, usable_threads(threads))
        except (TypeError, ValueError) as error:
            raise DataError(str(error)) from error
        return found.reshape(len(pictures), -1, COLUMN_CLASSES)

    def _least_width(self) -> int:
        """The narrowest picture into which all windows fit."""
        for width in range(1, MOST_WIDTH):
            try:
                self.weights.spec.steps_at(width)
            except ModelError:
                continue
            return width
        raise ModelError(f"{self.weights.spec.name}: no picture is wide enough for its windows")

    def _make_core(self, width: int) -> Core:
        return make_core(self.weights, (self.height, width, 1), self._isa, ())
