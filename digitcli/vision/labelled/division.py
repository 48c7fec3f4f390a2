"""Labelled pictures divided into those to learn from and those to test on."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ...data import store
from ...data.catalog import CATALOG
from ...data.splits import validation_split
from ...data.store import Split
from ...errors import DataError, UsageError
from .arrays import CLASSES
from .kinds import read_labelled
from .pictures import TEST, TRAIN, Account, LabelledPictures, sha256
from .source import is_path

ALL = "all"  # a source without parts, or both parts together
TESTED = 0.1  # of the pictures of a source that names no test pictures and no writers
TESTED_WRITERS = 0.2  # of the writers of one that names them

Note = Callable[[str], None]
_Chosen = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Division:
    """Which pictures test, bool (n,), and in words how they were chosen ("" by the source)."""

    test: _Chosen
    how: str = ""


def is_own(name: str) -> bool:
    """Whether `name` is a file or folder, and no data set of the catalogue."""
    return name not in [dataset.name for dataset in CATALOG] and is_path(name)


def load_part(
    name: str, split: str | None, writers: Collection[str] = (), learnt: int | None = None
) -> tuple[Split, Account, str]:
    """What `eval` measures on: a part of a data set or of a source of labelled pictures.

    `split` None means the test part where there is one, else the whole source; "train" or "test" of
    a source without parts are those that `load_splits` makes with the seed 0. `writers` keeps
    theirs alone. `learnt` is the seed by which a network learnt from this source: then the test
    part is there. Returns the pictures, what was left out, and how a part was made in words.

    Raises DataError and UsageError as `load_split` and `read_labelled` do, UsageError for writers
    who wrote none of it.
    """
    if not is_own(name):
        return _by(writers, _of_catalog(name, split or TEST)), Account(), ""
    found = read_labelled(name)
    chosen, how, part = np.ones(len(found.labels), bool), "", ALL
    if split or (not writers and (found.is_divided or learnt is not None)):
        division = divide(found, learnt or 0)
        part = split or TEST
        chosen, how = (division.test if part == TEST else ~division.test), division.how
    if writers:
        chosen = chosen & found.of(writers)
    return _split(name, part, found, chosen), found.account, how


def load_splits(name: str, seed: int, note: Note) -> tuple[Split, Split]:
    """The pictures to learn from and those to test on, of a data set or a source.

    Of a source without test pictures some writers, or one picture in ten, are kept for the test;
    `note` is told, as it is of what is left out. Raises DataError as `load_split` and
    `read_labelled` do, and for a source that lacks a digit.
    """
    if not is_own(name):
        return _of_catalog(name, TRAIN), _of_catalog(name, TEST)
    found = read_labelled(name)
    _check_classes(name, found.labels)
    division = divide(found, seed)
    note(_summary(name, found, division))
    return _split(name, TRAIN, found, ~division.test), _split(name, TEST, found, division.test)


def to_learn(found: LabelledPictures) -> LabelledPictures:
    """The pictures of a source without those that it names to test on."""
    if found.parts is None or not found.is_divided:
        return found
    kept = found.parts == TRAIN
    files = tuple(file for file, keep in zip(found.files, kept, strict=True) if keep)
    arrays = found.images[kept], found.labels[kept], found.writers[kept]
    return LabelledPictures(found.path, *arrays, files, None, found.account)


def divide(found: LabelledPictures, seed: int) -> Division:
    """The source's own test pictures, or else a fifth of its writers, or else one picture in ten.

    The same pictures, writers and seed give the same division. Raises DataError for fewer than two
    pictures.
    """
    if found.parts is not None and found.is_divided:
        return Division(found.parts == TEST)
    count = len(found.labels)
    if count < 2:
        raise DataError(f"{found.path}: {count} picture, expected some to learn and some to test")
    names = sorted(set(found.writers.tolist()))
    if len(names) > 1:
        order = np.argsort(np.random.PCG64(seed).random_raw(len(names)), kind="stable")
        chosen = sorted(names[at] for at in order[: max(1, round(TESTED_WRITERS * len(names)))])
        shown = ", ".join(name or "unnamed" for name in chosen[:5]) + ", ..." * (len(chosen) > 5)
        how = f"{len(chosen):,} of {len(names):,} writers ({shown}), seed {seed}"
        return Division(np.isin(found.writers, chosen), how)
    test = np.zeros(count, bool)
    test[validation_split(found.labels, max(1, round(TESTED * count)), seed)[1]] = True
    return Division(test, f"one picture in ten, seed {seed}")


def _summary(name: str, found: LabelledPictures, division: Division) -> str:
    count, test = len(found.labels), int(division.test.sum())
    made = f" (it names none: {division.how})" if division.how else ""
    words = [f"{name}: {count:,} pictures read, {test:,} of them to test on{made}"]
    return "; ".join([*words, *filter(None, [found.account.in_words()])])


def _of_catalog(name: str, split: str) -> Split:
    """A part of a data set. Raises DataError for what can only be a path that is not there."""
    if any(sign in name for sign in "/\\.") and name not in [one.name for one in CATALOG]:
        raise DataError(f"{name}: no such file or folder")
    return store.load_split(name, split)


def _split(name: str, part: str, found: LabelledPictures, chosen: _Chosen) -> Split:
    images, labels, writers = found.images[chosen], found.labels[chosen], found.writers[chosen]
    known = writers if (writers != "").any() else None
    return Split(name, part, images, labels, sha256(images, labels), writers=known)


def _by(writers: Collection[str], found: Split) -> Split:
    """What these writers wrote of a data set, all of it where none is named."""
    if not writers:
        return found
    if found.writers is None:
        raise UsageError(f"{found.name}: a data set that names no writers", "qmnist names them")
    names = found.writers.astype(str)
    if unknown := sorted(set(writers) - set(names.tolist())):
        there = ", ".join(sorted(set(names.tolist()))[:5])
        raise UsageError(
            f"{found.name}, {found.split}: no writer {unknown[0]!r}", f"there are {there}, ..."
        )
    chosen = np.isin(names, list(writers))
    images, labels, kept = found.images[chosen], found.labels[chosen], found.writers[chosen]
    digest = sha256(images, labels)
    return replace(found, images=images, labels=labels, writers=kept, sha256=digest)


def _check_classes(name: str, labels: npt.NDArray[np.uint8]) -> None:
    there = np.unique(labels).tolist()
    if len(there) < CLASSES:
        listed = ", ".join(map(str, there))
        raise DataError(
            f"{name}: {len(there)} classes ({listed}), expected {CLASSES}, the digits 0 to 9",
            f"learn them beside others: --data mnist,{name}:0.2; or adapt a network: "
            f"digitcli adapt --from {name}",
        )
