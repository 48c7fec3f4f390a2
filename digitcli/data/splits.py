"""The split of a training set into pictures to learn and pictures to validate on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..errors import UsageError

Indices = npt.NDArray[np.int64]


def validation_split(
    labels: npt.NDArray[np.uint8], count: int, seed: int
) -> tuple[Indices, Indices]:
    """Choose `count` of the n pictures to validate on, each class by its share.

    Returns (train_indices, validation_indices), int64, disjoint, together 0..n-1, each in rising
    order. Shares are rounded by largest remainder, so that they add up to `count` exactly.

    The same labels, count and seed give the same split with every NumPy: only the raw output of
    PCG64 is used, which NumPy promises to keep, never the distributions on top of it.

    Raises UsageError if `count` is negative or leaves nothing to train on.
    """
    if not 0 <= count <= max(len(labels) - 1, 0):
        raise UsageError(
            f"validation count {count} does not fit: expected 0 to {max(len(labels) - 1, 0)} "
            f"of {len(labels)} pictures"
        )
    keys = np.random.PCG64(seed).random_raw(len(labels))
    chosen = np.zeros(len(labels), dtype=bool)
    for label, share in _shares(labels, count).items():
        members = np.flatnonzero(labels == label)
        order = np.argsort(keys[members], kind="stable")
        chosen[members[order[:share]]] = True
    return np.flatnonzero(~chosen), np.flatnonzero(chosen)


def _shares(labels: npt.NDArray[np.uint8], count: int) -> dict[int, int]:
    """How many of each class, in integers only: largest remainder, ties to the smaller label."""
    classes, sizes = np.unique(labels, return_counts=True)
    quotas = {
        int(label): divmod(int(size) * count, len(labels))
        for label, size in zip(classes, sizes, strict=True)
    }
    shares = {label: whole for label, (whole, _) in quotas.items()}
    by_remainder = sorted(quotas, key=lambda label: (-quotas[label][1], label))
    for label in by_remainder[: count - sum(shares.values())]:
        shares[label] += 1
    return shares
