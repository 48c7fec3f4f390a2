"""Somebody's labelled pictures, divided into those to learn and those to measure on."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...data.splits import Indices, validation_split
from ...vision.labelled.pictures import LabelledPictures
from ..mixture.mix import HELD_OUT, refuse_one_class


@dataclass(frozen=True, eq=False)
class Division:
    """Indices of a folder's pictures, int64, all disjoint.

    `held_out` were written by the writers that are learnt, `others` by each other writer.
    """

    learn: Indices
    held_out: Indices
    others: dict[str, Indices]


def divide_hand(
    folder: LabelledPictures,
    writers: Collection[str] = (),
    per_digit: int | None = None,
    seed: int = 0,
) -> Division:
    """Choose what to learn from: one in ten of each digit is held out.

    With `writers` only theirs are learnt; those of others are measured. With `per_digit` at most so
    many of each digit are learnt; the rest is held out too. The same folder and seed give the same
    division. Raises UsageError for a writer who wrote none of the pictures, DataError when
    fewer than two different digits are left to learn.
    """
    own = folder.of(writers) if writers else np.ones(len(folder.labels), bool)
    mine = np.flatnonzero(own)
    labels = folder.labels[mine]
    kept, held = validation_split(labels, round(HELD_OUT * len(mine)), seed)
    learn, spare = mine[kept], mine[held]
    if per_digit is not None:
        chosen = np.concatenate([_some(learn, folder, d, per_digit, seed) for d in range(10)])
        spare = np.setdiff1d(mine, chosen)
        learn = np.sort(chosen)
    refuse_one_class(str(folder.path), folder.labels[learn])
    return Division(learn, spare, other_writers(folder.writers, own))


def other_writers(writers: npt.NDArray[np.str_], own: npt.NDArray[np.bool_]) -> dict[str, Indices]:
    """The places of each writer's pictures, without those that are `own`; arrays are (n,)."""
    names = sorted(set(writers[~own].tolist()))
    return {name: np.flatnonzero(~own & (writers == name)) for name in names}


def _some(indices: Indices, folder: LabelledPictures, digit: int, most: int, seed: int) -> Indices:
    """At most `most` of the pictures at `indices` that show `digit`."""
    there = indices[folder.labels[indices] == digit]
    order = np.argsort(np.random.PCG64([seed, digit]).random_raw(len(there)), kind="stable")
    chosen: Indices = there[order[:most]]
    return chosen
