"""What an engine answers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Prediction:
    """Softmax probabilities, float32 (n, 10), one row per picture."""

    probabilities: npt.NDArray[np.float32]

    @cached_property
    def classes(self) -> npt.NDArray[np.int64]:
        """The most probable digit of each picture, int64 (n,)."""
        classes: npt.NDArray[np.int64] = np.argmax(self.probabilities, axis=1)
        return classes

    def __len__(self) -> int:
        return len(self.probabilities)
