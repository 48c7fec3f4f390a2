"""What an engine answers."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from .. import _core
from ..errors import ModelError
from ..model.frozen import dataclass
from ..signs import DIGITS

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


Values: TypeAlias = "memoryview[float] | npt.NDArray[np.float32]"


def check_finite(values: Values, network: str) -> None:
    """Raise ModelError, naming the network, where a float32 value is NaN or infinite.

    Weights are finite, or no file of them is read; but what they are multiplied to may not be.
    """
    if _core.count_not_finite(values):
        raise ModelError(
            f"{network}: its answers are not finite; the weights overflow",
            hint="train it again with a smaller learning rate, or use other weights",
        )


@dataclass(frozen=True)
class Prediction:
    """Softmax probabilities of n pictures.

    `values` is their memory, float32 (n, classes) in an array or any other buffer; without pictures
    the shape does not matter. `names` are those of the classes. Raises ModelError, naming
    `network`, where one is not finite.
    """

    values: Values
    network: str = "network"
    names: tuple[str, ...] = DIGITS

    def __post_init__(self) -> None:
        check_finite(self.values, self.network)

    @cached_property
    def probabilities(self) -> npt.NDArray[np.float32]:
        """The probabilities as an array, float32 (n, classes), one row per picture."""
        import numpy as np

        array: npt.NDArray[np.float32] = np.asarray(self.values)
        return array.reshape(-1, len(self.names))

    @cached_property
    def classes(self) -> npt.NDArray[np.int64]:
        """The most probable class of each picture, int64 (n,): digits where those are named."""
        classes: npt.NDArray[np.int64] = self.probabilities.argmax(axis=1)
        return classes

    @property
    def labels(self) -> list[str]:
        """The name of the most probable class of each picture."""
        return [self.names[number] for number in self.classes]

    def rows(self) -> list[list[float]]:
        """The probabilities as plain numbers, one list per picture; needs no NumPy."""
        memory: Any = self.values
        rows: Any = memoryview(memory).tolist()
        return list(rows)

    def __len__(self) -> int:
        return len(self.values)
