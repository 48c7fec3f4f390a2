"""One labelled picture of a source, as the network sees it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Images = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.uint8]


class Sample(NamedTuple):
    """A picture uint8 (28, 28), what it shows (0-9 or NO_DIGIT), and its kind."""

    picture: Images
    label: int
    kind: str
