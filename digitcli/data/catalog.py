"""The data sets by name. What is known of each is in the modules of `sets`."""

from __future__ import annotations

import difflib

from ..errors import UsageError
from ..signs import DIGITS
from .sets.dataset import ROLES, SPLITS, DataFile, DataSet, FileRole, Form, Role, SplitName
from .sets.mnist import MNIST, SYNTHETIC
from .sets.nist import EMNIST_DIGITS, EMNIST_LETTERS, QMNIST
from .sets.similar import FASHION_MNIST, KMNIST
from .sets.usps import USPS

__all__ = [
    "CATALOG",
    "EMNIST_DIGITS",
    "EMNIST_LETTERS",
    "FASHION_MNIST",
    "KMNIST",
    "MNIST",
    "QMNIST",
    "ROLES",
    "SPLITS",
    "SYNTHETIC",
    "USPS",
    "DataFile",
    "DataSet",
    "FileRole",
    "Form",
    "Role",
    "SplitName",
    "classes_of",
    "find",
]

CATALOG: tuple[DataSet, ...] = (
    MNIST,
    QMNIST,
    EMNIST_DIGITS,
    USPS,
    SYNTHETIC,
    EMNIST_LETTERS,
    FASHION_MNIST,
    KMNIST,
)


def find(name: str) -> DataSet:
    """The data set called `name`; UsageError lists the choices if there is none."""
    for dataset in CATALOG:
        if dataset.name == name:
            return dataset
    names = [dataset.name for dataset in CATALOG]
    raise UsageError(
        f"unknown data set {name!r} (choose from: {', '.join(names)})",
        hint=_guess(str(name), names),
    )


def _guess(name: str, names: list[str]) -> str:
    """What may have been meant. One letter more makes MNIST another alphabet: the first counts."""
    longer = [other for other in names if name and other.startswith(f"{name}-")]
    near = longer or difflib.get_close_matches(name, names, n=1)
    near = [other for other in near if other[0] == name[0]]
    return f"did you mean {' or '.join(near)}?" if near else "see `digitcli fetch --list`"


def classes_of(name: str) -> tuple[str, ...]:
    """The names of the classes of a data set; those of digits for anything else."""
    return next((found.classes for found in CATALOG if found.name == name), DIGITS)
