"""A training picture that the project drew, before it is normalised as `predict` does."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]

NO_DIGIT = 10  # the label of a picture that shows none


class DrawnPicture(NamedTuple):
    """A grey picture uint8 (h, w), dark on light; what it shows, 0-9 or NO_DIGIT; and its kind.

    The kind is the digit as text, or what else it is, such as "letter".
    """

    picture: Picture
    label: int
    kind: str
