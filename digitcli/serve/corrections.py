"""Pictures that somebody corrected: a folder with a labels.csv, as `eval` and `adapt` take it."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from contextlib import ExitStack
from pathlib import Path
from threading import Lock
from typing import Any

from ..errors import MachineError, UsageError
from ..files import atomic_write, folder_lock
from ..signs import SIGNS
from ..vision.sheet.labels import LABELS, LONGEST, read_labels
from .refusal import RefusedError

MOST = 100_000  # pictures in one folder
_SUFFIXES = {b"\x89PNG": ".png", b"\xff\xd8\xff": ".jpg", b"GIF8": ".gif", b"BM": ".bmp"}

_OURS = re.compile(r"[0-9a-f]{16}\.[a-z]{3}")  # names of pictures that a server wrote


class Corrections:
    """The pictures and labels in a folder; what is there already is kept.

    A picture is named by its bytes, or by where it was found (`keep`): the second time it is
    corrected, not added. The list is replaced as a whole each time, and the folder is locked while
    the server runs. Raises UsageError for a folder that holds something else, MachineError where it
    cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self._turn = folder, Lock()
        busy = MachineError(f"{folder}: another server keeps corrections there", "name another one")
        self._locked = ExitStack()
        self._locked.enter_context(folder_lock(folder, busy))
        self._labels = _begun(folder)

    def __len__(self) -> int:
        return len(self._labels)

    def label_of(self, place: str) -> str | None:
        """What was said of the PNG that was found at this place, None without a word."""
        return self._labels.get(_name(place.encode(), ".png"))

    def keep(self, picture: bytes, label: str, place: str | None = None) -> dict[str, Any]:
        """Write a picture and what it says; `place` says where a PNG was found.

        Raises RefusedError for a label that is no number.
        """
        if len(label) > LONGEST or any(sign not in SIGNS for sign in label):
            raise RefusedError(400, f"a label has digits and the signs {SIGNS[10:]}, got {label!r}")
        suffix = next((end for mark, end in _SUFFIXES.items() if picture.startswith(mark)), ".pic")
        name = _name(picture if place is None else place.encode(), suffix)
        with self._turn:
            if len(self._labels) >= MOST and name not in self._labels:
                raise RefusedError(507, f"{self.folder} holds {MOST:,} corrections, no more fit")
            before = self._labels.get(name)
            if before is None:
                with atomic_write(self.folder / name) as file:
                    file.write(picture)
            self._write({**self._labels, name: label})
            return {"file": name, "label": label, "replaced": before, "count": len(self)}

    def take_back(self, name: str) -> dict[str, Any]:
        """Remove a picture and its label. Raises RefusedError for one that is not there."""
        with self._turn:
            if name not in self._labels or not _OURS.fullmatch(name):
                raise RefusedError(404, f"no correction {name!r}")
            rest = {file: text for file, text in self._labels.items() if file != name}
            self._write(rest)
            (self.folder / name).unlink(missing_ok=True)
            return {"file": name, "count": len(self)}

    def forget(self, place: str) -> dict[str, Any]:
        """Remove the PNG that was found at this place, and its label, as `take_back` does."""
        return self.take_back(_name(place.encode(), ".png"))

    def close(self) -> None:
        """Let another server use the folder."""
        self._locked.close()

    def _write(self, labels: dict[str, str]) -> None:
        text = io.StringIO(newline="")
        table = csv.writer(text, lineterminator="\n")
        table.writerows([("file", "label"), *labels.items()])
        with atomic_write(self.folder / LABELS) as file:
            file.write(text.getvalue().encode())
        self._labels = labels


def _name(what: bytes, suffix: str) -> str:
    return hashlib.sha256(what).hexdigest()[:16] + suffix


def _begun(folder: Path) -> dict[str, str]:
    """The labels of the pictures that are there already, by file."""
    path = folder / LABELS
    if path.exists():
        with path.open(encoding="utf-8-sig", newline="") as file:
            heading = file.readline().strip()
        if heading == "file,label":
            return {row.file: row.text for row in read_labels(path)} if _rows(path) else {}
        raise UsageError(f"{path}: has other columns than file and label", "name another folder")
    if any(not other.name.startswith(".") for other in folder.iterdir()):
        raise UsageError(
            f"{folder}: holds files but no {LABELS}", "name an empty folder, or a new one"
        )
    return {}


def _rows(path: Path) -> bool:
    """Whether the list has a row below its heading."""
    with path.open("rb") as file:
        file.readline()
        return bool(file.read(1))
