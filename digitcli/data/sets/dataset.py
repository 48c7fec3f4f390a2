"""What the catalogue says of a data set: its files, their hashes, its classes and its terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ...signs import DIGITS

SplitName = Literal["train", "test"]
Role = Literal["train-images", "train-labels", "test-images", "test-labels"]
FileRole = Literal[Role, "train", "test", "archive"]
Layout = Literal["idx", "qmnist", "emnist", "libsvm"]
SPLITS: tuple[SplitName, ...] = ("train", "test")
ROLES: tuple[Role, ...] = ("train-images", "train-labels", "test-images", "test-labels")


@dataclass(frozen=True)
class Form:
    """A file as it is stored, packed or not: its name, size in bytes and hashes, in hexadecimal.

    `size` is None where no source states it. At least one hash is given, and each given one is
    checked.
    """

    name: str
    size: int | None
    sha256: str = ""
    md5: str = ""


@dataclass(frozen=True)
class DataFile:
    """One file of a data set: pictures, labels, both of a split, or all of it ("archive").

    `forms[0]` is what mirrors offer; the others (such as the same file unpacked) are accepted too
    when they are in the folder.
    """

    role: FileRole
    forms: tuple[Form, ...]


@dataclass(frozen=True)
class DataSet:
    """A data set of 28 x 28 pictures and their labels.

    `mirrors` are base URLs that end in a slash, best first. `counts` is the number of pictures per
    split; `hashes` says who states the hashes of the files. `layout` is how the files are stored
    (sets/read.py), and `classes` are the names of the labels 0, 1, ... A `drawn` set is drawn by
    digitcli itself instead of downloaded. Sets that share a file share the `folder`.
    """

    name: str
    title: str
    files: tuple[DataFile, ...]
    counts: Mapping[SplitName, int]
    mirrors: tuple[str, ...]
    licence: str
    citation: str
    homepage: str
    drawn: bool = False
    hashes: str = ""
    classes: tuple[str, ...] = DIGITS
    layout: Layout = "idx"
    folder: str = ""

    @property
    def place(self) -> str:
        """The name of its folder inside the data folder."""
        return self.folder or self.name

    def file(self, role: FileRole) -> DataFile:
        """The file that plays `role`."""
        return next(file for file in self.files if file.role == role)
