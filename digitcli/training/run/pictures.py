"""The pictures that a run learns from and is measured on, checked before TensorFlow is loaded."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ...data.splits import validation_split
from ...data.store import Split
from ...errors import DataError
from ...model.spec import INPUT_SHAPE
from ...signs import DIGITS
from ..recipes import Recipe

Indices = npt.NDArray[np.int64]


def check_split(split: Split) -> None:
    """Refuse pictures and labels that cannot be a data set.

    Raises DataError unless there is one class for each uint8 picture, and at least one picture; to
    learn from, at least two different classes.
    """
    where, classes = f"{split.name}, {split.split}", len(split.classes)
    images, labels = split.images, split.labels
    if images.dtype != np.uint8 or images.shape[1:] != INPUT_SHAPE[:2]:
        found = f"{images.dtype} {images.shape}"
        raise DataError(f"{where}: pictures must be uint8 (n, 28, 28), got {found}")
    if labels.dtype != np.uint8 or labels.ndim != 1:
        raise DataError(f"{where}: labels must be uint8 (n,), got {labels.dtype} {labels.shape}")
    if len(images) != len(labels):
        raise DataError(f"{where}: {len(images)} pictures, but {len(labels)} labels")
    if len(labels) == 0:
        raise DataError(f"{where}: no pictures")
    if (wrong := np.flatnonzero(labels >= classes)).size:
        first = wrong[0]
        raise DataError(f"{where}: label {first} is {labels[first]}, expected 0 to {classes - 1}")
    if split.split == "train" and (labels == labels[0]).all():
        what = "digits" if split.classes == DIGITS else "classes"
        raise DataError(
            f"{where}: every label is {labels[0]}, expected at least two different {what}",
            hint=f"`digitcli fetch {split.name} --verify` looks for a damaged file",
        )


def divide(train: Split, recipe: Recipe) -> tuple[Indices, Indices]:
    """Indices to learn from and indices to validate on, int64 each.

    Raises DataError when validation leaves nothing to learn from, or less than a batch.
    """
    if recipe.validation >= len(train.labels):
        raise DataError(
            f"{train.name}: {len(train.labels)} training pictures, but validation "
            f"{recipe.validation} would leave none to learn from",
            hint="--set validation=0 learns from all",
        )
    learn, check = validation_split(train.labels, recipe.validation, recipe.validation_seed)
    if recipe.batch_size > len(learn):
        raise DataError(
            f"{train.name}: batch_size {recipe.batch_size} is larger than the {len(learn)} "
            "pictures to learn from",
            hint=f"--batch-size {max(1, len(learn) // 10)}",
        )
    return learn, check


def epoch_order(count: int, seed: int, epoch: int) -> npt.NDArray[np.int32]:
    """The order in which an epoch visits the pictures: a permutation from seed and epoch alone."""
    return np.random.default_rng([seed, epoch]).permutation(count).astype(np.int32)
