"""The real pictures on which engines are compared and timed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .runtimes import Images, Labels

FALLBACK = "synthetic"
CALIBRATION = 512  # pictures on which every quantiser measures ranges: the first for training


def load_pictures(name: str, count: int) -> tuple[Images, str]:
    """`count` test pictures of the data set `name`, and the name of the set they came from.

    MNIST that was never fetched is replaced by `synthetic`, which needs no download. A set with
    fewer pictures starts again from its first. uint8 (count, 28, 28), contiguous.

    Raises DataError when the files are there but cannot be used, UsageError for an unknown name.
    """
    from ..data.store import data_dir, load_split

    if name == "mnist" and not (data_dir() / name).is_dir():
        name = FALLBACK
    images = load_split(name, "test").images
    return np.ascontiguousarray(np.resize(images, (count, *images.shape[1:]))), name


def load_labels(name: str, count: int) -> Labels:
    """The digits on the first `count` pictures of `load_pictures`, where `name` is what it said."""
    from ..data.store import load_split

    return np.resize(load_split(name, "test").labels, count)


def load_calibration(name: str, count: int = CALIBRATION) -> Images:
    """The first `count` training pictures of the data set `name`, uint8 (count, 28, 28)."""
    from ..data.store import load_split

    return np.ascontiguousarray(load_split(name, "train").images[:count])
