"""Compare the files of a data set's folder with the catalogue."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .catalog import DataFile, DataSet, FileRole, Form

Status = Literal["present", "missing", "wrong", "downloaded", "copied", "drawn"]
PIECE = 1 << 18  # bytes read at a time


@dataclass(frozen=True)
class FileState:
    """The state of one file of a data set, or where it came from; `source` is a URL or a folder.

    Where the catalogue knows no size or sha256 they are those of the file, 0 and "" without one.
    """

    role: FileRole
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
    path = folder / form.name
    there = path.is_file()
    size = form.size if form.size is not None else path.stat().st_size if there else 0
    sha256 = form.sha256 or (digest_of(path) if there else "")
    return FileState(file.role, path, size, sha256, status, source)


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
    if not path.is_file() or form.size not in (None, path.stat().st_size):
        return False
    return not checksum_of(path, form).fault()


class Checksum:
    """The hashes of bytes that come in pieces, compared with those that a form states."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self._sha256 = hashlib.sha256()
        self._md5 = hashlib.md5(usedforsecurity=False) if form.md5 else None

    def update(self, piece: bytes) -> None:
        """Add the next bytes."""
        self._sha256.update(piece)
        if self._md5 is not None:
            self._md5.update(piece)

    def fault(self) -> str:
        """What is wrong with the bytes so far, in a few words; "" where every hash is right."""
        found = [("sha256", self._sha256.hexdigest(), self._form.sha256)]
        if self._md5 is not None:
            found.append(("md5", self._md5.hexdigest(), self._form.md5))
        for name, digest, wanted in found:
            if wanted and digest != wanted:
                return f"wrong bytes ({name} {digest[:12]}..., expected {wanted[:12]}...)"
        return ""


def checksum_of(path: Path, form: Form, count: int | None = None) -> Checksum:
    """The hashes of a file, or of its first `count` bytes."""
    checksum = Checksum(form)
    left = path.stat().st_size if count is None else count
    if not left:
        return checksum
    with path.open("rb") as file:
        while left and (piece := file.read(min(PIECE, left))):
            checksum.update(piece)
            left -= len(piece)
    return checksum


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
    if form.size is not None and (size := path.stat().st_size) != form.size:
        return f"{size:,} bytes, expected {form.size:,}"
    return checksum_of(path, form).fault()
