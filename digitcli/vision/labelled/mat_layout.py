"""How pictures lie in MAT files: in rows or columns, and what three known files need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from .arrays import Array, side_of
from .pairs import Entry

_COURSE = 400  # pixels of a picture of the machine learning course's ex3data1.mat


def arranged(entries: Sequence[Entry]) -> tuple[list[Entry], list[str]]:
    """Arrays with the pictures along the first axis and labels (n,); remarks on what was done.

    Labels may be a row or a column. Pictures along the last axis, (784, n) or (28, 28, n), are
    turned where there are n labels. EMNIST's structs, and X (n, 400) with y of 1 to 10, where 10
    means 0, have pictures column by column: they are turned upright.
    """
    found = [_with(entry, _labels(entry.load())) for entry in entries]
    counts = {entry.shape[0] for entry in found if len(entry.shape) == 1}
    found = [_with(entry, _first_axis(entry.load(), counts)) for entry in found]
    named = {entry.name: entry for entry in found}
    if {"dataset.train.images", "dataset.train.labels"} <= set(named):
        return _emnist(found), ["EMNIST's form: pictures turned upright"]
    if set(named) == {"X", "y"} and _is_course(named["X"], named["y"]):
        labels = named["y"].load()
        done = [_upright(named["X"]), _with(named["y"], np.where(labels == 10, 0, labels))]
        return done, ["the form of ex3data1.mat: pictures turned upright, label 10 read as 0"]
    return found, []


def _with(entry: Entry, array: Array) -> Entry:
    return replace(entry, shape=array.shape, load=lambda: array)


def _labels(array: Array) -> Array:
    """A row or column as (n,)."""
    return array.reshape(-1) if array.ndim == 2 and 1 in array.shape else array


def _first_axis(array: Array, counts: set[int]) -> Array:
    if array.ndim < 2 or array.shape[0] in counts or array.shape[-1] not in counts:
        return array
    return np.moveaxis(array, -1, 0)


def _upright(entry: Entry) -> Entry:
    """Flat pictures (n, side * side) that are stored column by column as (n, side, side)."""
    array = entry.load()
    side = side_of(array.shape[1]) if array.ndim == 2 else None
    if side is None:
        return entry
    return _with(entry, array.reshape(-1, side, side).transpose(0, 2, 1))


def _is_course(pictures: Entry, labels: Entry) -> bool:
    if len(pictures.shape) != 2 or pictures.shape[1] != _COURSE or len(labels.shape) != 1:
        return False
    values = labels.load()
    return bool(len(values) and values.min() >= 1 and values.max() == 10)


def _emnist(entries: Sequence[Entry]) -> list[Entry]:
    """Pictures upright, with their writers; writers and the mapping are no arrays of their own."""
    named = {entry.name: entry for entry in entries}
    done = []
    for entry in entries:
        stem, _, last = entry.name.rpartition(".")
        if last == "images":
            entry = _upright(entry)
            writers = named.get(f"{stem}.writers")
            if writers is not None and writers.shape == entry.shape[:1]:
                entry = replace(entry, writers=tuple(map(str, writers.load().tolist())))
        if last in ("images", "labels"):
            done.append(entry)
    return done
