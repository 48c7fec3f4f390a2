"""The C++ engine behind a Python face."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..model.spec import NetworkSpec
from ..model.weights import Weights
from .prediction import Prediction


class Engine:
    """A network with its weights packed for one instruction set (ISA), ready to run.

    Safe to use from several threads at once; the same bits for any number of threads.
    """

    spec: NetworkSpec
    weights: Weights
    isa: str

    def predict(self, images: npt.NDArray[np.uint8], threads: int = 1) -> Prediction:
        """Classify uint8 pictures (n, 28, 28), light ink on dark; `threads` 0 means all cores."""
        raise NotImplementedError


def load(name_or_path: str, *, isa: str | None = None) -> Engine:
    """Load bundled weights by name ("small") or a weight file by path."""
    raise NotImplementedError
