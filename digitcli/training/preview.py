"""Some training pictures beside their augmented copies."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..errors import DataError
from .augment import augment
from .augmentation import Augmentation
from .compute.backend import ops
from .compute.randomness import fold_in, key_of


def examples(labels: npt.NDArray[np.uint8], rows: int, seed: int) -> npt.NDArray[np.intp]:
    """Indices of `rows` pictures drawn with `seed`, the classes in turn.

    Raises DataError when there is no picture.
    """
    if not len(labels):
        raise DataError("the training set holds no picture")
    random = np.random.default_rng(seed)
    classes = np.unique(labels)
    wanted = [classes[row % len(classes)] for row in range(rows)]
    return np.array([random.choice(np.flatnonzero(labels == one)) for one in wanted])


def augmented_copies(
    images: npt.NDArray[np.uint8], settings: Augmentation, copies: int, seed: int
) -> npt.NDArray[np.uint8]:
    """Each of `images` (n, 28, 28) and its `copies` as training would see them, rounded.

    Returns uint8 (n, 1 + copies, 28, 28), the original first.
    """
    key = fold_in(key_of(seed, 0), 0)
    changed = augment(np.repeat(images, copies, axis=0), key, settings)
    pictures = np.rint(ops.convert_to_numpy(changed)).astype(np.uint8)
    return np.concatenate([images[:, None], pictures.reshape(len(images), copies, 28, 28)], axis=1)
