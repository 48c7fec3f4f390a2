"""Compare the files of a data set's folder with the catalogue."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .catalog import DataFile, DataSet, Form, Role

Status = Literal["present", "missing", "wrong", "downloaded", "copied", "drawn"]
PIECE = 1 << 18  # bytes read at a time


@dataclass(frozen=True)
class FileState:
    """The state of one file of a data set, or where it came from; `source` is a URL or a folder."""

    role: Role
    path: Path
    size: int
    sha256: str
    status: Status
    source: str = ""

    @property
    def usable(self) -> bool:
        """Whether the right bytes are there."""
        return self.status not in ("missing", "wrong")


def state(file: DataFile, form: Form, folder: Path, status: Status, source: str = "") -> FileState:
    """The state of `file` in its stored form `form`."""
    return FileState(file.role, folder / form.name, form.size, form.sha256, status, source)


def inspect(dataset: DataSet, folder: Path) -> tuple[FileState, ...]:
    """Hash what is in `folder`: each file of `dataset` is present, wrong or missing."""
    return tuple(_inspect_file(file, folder) for file in dataset.files)


def _inspect_file(file: DataFile, folder: Path) -> FileState:
    for form in file.forms:
        if is_form(folder / form.name, form):
            return state(file, form, folder, "present")
    found = any((folder / form.name).exists() for form in file.forms)
    return state(file, file.forms[0], folder, "wrong" if found else "missing")


def is_form(path: Path, form: Form) -> bool:
    """Whether `path` is a file with exactly the bytes of `form`."""
    return path.is_file() and path.stat().st_size == form.size and digest_of(path) == form.sha256


def digest_of(path: Path) -> str:
    """The sha256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()


def fault_of(path: Path, form: Form) -> str:
    """What is wrong with `path`, which is not `form`, in a few words."""
    if not path.is_file():
        return "missing"
    if (size := path.stat().st_size) != form.size:
        return f"{size:,} bytes, expected {form.size:,}"
    return wrong_hash(digest_of(path), form)


def wrong_hash(found: str, form: Form) -> str:
    """The message for bytes with another hash than `form` has."""
    return f"wrong bytes (sha256 {found[:12]}..., expected {form.sha256[:12]}...)"
