"""One digit that was found in a picture, or the class of a picture, and how sure it is."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from ..model.frozen import dataclass
from ..signs import DIGITS
from .files.pixels import Pixels
from .normalize import Box

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

LEAST = 0.5  # confidence: below it a digit is more likely wrong than right


class Shown(Protocol):
    """What a network saw of a digit; made when it is first asked for."""

    @property
    def pixels(self) -> Pixels:
        """uint8 (28, 28), light ink on dark."""


@dataclass(frozen=True, eq=False)
class Digit:
    """One digit that was found.

    `box` is (x, y, width, height) in pixels of the upright picture, `shares` the probability of
    each digit given that it is one, `shown` what the network saw of it. `reject` is the probability
    that it is no digit, 0 from a network without that class; `line` counts from 0, top to bottom;
    `stands` is the probability that its line has a digit here, whichever it is. From a network that
    names other things, `digit` is the number of the class and `names` what all classes are called.
    """

    digit: int
    box: Box
    shares: tuple[float, ...]
    shown: Shown
    reject: float = 0.0
    line: int = 0
    stands: float = 1.0
    names: tuple[str, ...] = DIGITS

    @property
    def pixels(self) -> Pixels:
        """What the network saw, uint8 (28, 28)."""
        return self.shown.pixels

    @property
    def name(self) -> str:
        """What was read: the digit, or the name of the class."""
        return self.names[self.digit]

    @property
    def probability(self) -> float:
        """How probable `digit` is among all classes."""
        return self.shares[self.digit]

    @property
    def confidence(self) -> float:
        """How probable it is that there is a digit, and this one."""
        return self.probability * (1 - self.reject) * self.stands

    @property
    def is_digit(self) -> bool:
        """Whether it is more likely a digit than not."""
        return self.reject < LEAST

    def to_dict(self) -> dict[str, Any]:
        """The same as plain JSON; the `name` of the class is there only where it is no digit."""
        name = {} if self.names == DIGITS else {"name": self.name}
        return {
            **name,
            "digit": self.digit,
            "probability": self.probability,
            "box": list(self.box),
            "probabilities": list(self.shares),
            "confidence": self.confidence,
            "line": self.line,
        }

    @cached_property
    def probabilities(self) -> npt.NDArray[np.float32]:
        """`shares` as an array, float32 (classes,)."""
        import numpy as np

        return np.asarray(self.shares, np.float32)

    @cached_property
    def picture(self) -> npt.NDArray[np.uint8]:
        """`pixels` as an array, uint8 (28, 28)."""
        import numpy as np

        return np.asarray(self.pixels)
