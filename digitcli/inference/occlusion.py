"""Which parts of a picture an answer rests on: cover each in turn, and ask again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import DataError, UsageError
from ..model.spec import INPUT_SHAPE
from .engine import Engine

FIELD = INPUT_SHAPE[0]
PATCH = 5  # pixels; a stroke of MNIST is two to four wide
BACKGROUND = 0  # what the patch covers the picture with: paper


@dataclass(frozen=True)
class Occlusion:
    """How an answer changes when a square patch covers a part of the picture.

    `probabilities` is float32 (28, 28, classes): the answer with the patch centred on each pixel,
    where the picture's edge cuts the patch off. `digit` is the class of the whole picture, and
    `probability` how sure it was.
    """

    digit: int
    probability: float
    patch: int
    probabilities: npt.NDArray[np.float32]

    @property
    def drop(self) -> npt.NDArray[np.float32]:
        """By how much the digit's probability falls, float32 (28, 28); below 0 where it rises."""
        return np.float32(self.probability) - self.probabilities[..., self.digit]

    @property
    def digits(self) -> npt.NDArray[np.int64]:
        """The most probable digit with the patch on each pixel, int64 (28, 28)."""
        digits: npt.NDArray[np.int64] = self.probabilities.argmax(axis=-1)
        return digits

    @property
    def worst(self) -> tuple[int, int]:
        """Row and column of the patch that costs the most, the first of equals."""
        row, column = np.unravel_index(int(self.drop.argmax()), self.drop.shape)
        return int(row), int(column)


def covered(
    picture: npt.NDArray[np.uint8], row: int, column: int, patch: int
) -> npt.NDArray[np.uint8]:
    """A copy of the picture uint8 (28, 28) with the patch centred on (row, column)."""
    half, copy = patch // 2, picture.copy()
    copy[max(row - half, 0) : row + half + 1, max(column - half, 0) : column + half + 1] = (
        BACKGROUND
    )
    return copy


def occlude(
    engine: Engine, picture: npt.NDArray[np.uint8], *, patch: int = PATCH, threads: int = 1
) -> Occlusion:
    """Slide a blank patch of `patch` x `patch` pixels over a picture uint8 (28, 28).

    Raises UsageError for a patch without a centre or larger than the picture, DataError for a
    picture of another kind.
    """
    if not 1 <= patch < FIELD or patch % 2 == 0:
        raise UsageError(f"the patch must be an odd number from 1 to {FIELD - 1}, got {patch}")
    if picture.shape != INPUT_SHAPE[:2] or picture.dtype != np.uint8:
        raise DataError(
            f"the picture must be uint8 {INPUT_SHAPE[:2]}, got {picture.dtype} {picture.shape}"
        )
    places = [(row, column) for row in range(FIELD) for column in range(FIELD)]
    images = np.stack([picture, *(covered(picture, *place, patch) for place in places)])
    answers = engine.predict(images, threads).probabilities
    digit = int(answers[0].argmax())
    return Occlusion(
        digit=digit,
        probability=float(answers[0, digit]),
        patch=patch,
        probabilities=answers[1:].reshape(FIELD, FIELD, -1),
    )
