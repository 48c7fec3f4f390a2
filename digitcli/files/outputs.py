"""What an output may replace: the one rule of every command that writes.

An output never replaces what the same command reads, or its other outputs. Answers and drawings
replace answers and drawings of digitcli. Whatever else exists stays: weights, exports and sheets
are replaced with --force alone, and other files by nobody.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal, TypeAlias

from ..errors import UsageError

# "lines" go on in the file that is there, which is judged when it is opened (lines.py).
Kind: TypeAlias = Literal["answer", "drawing", "work", "lines"]

MARK = "digitcli"  # in the first bytes of every drawing, and of every JSON document
_HEAD = 4096  # bytes that are looked at
# How answers begin that are no JSON: tables of `--csv` and `--review`.
_TABLES = (b"file,text,answer", b"file,answer,text")
_SAID = (b" %", b"no digit", b"error: ")  # one of these stands in every page of answers

_Identity: TypeAlias = "tuple[int, int] | str"


class Output:
    """A file, or a folder of drawings, that an option names."""

    def __init__(self, option: str, path: Path, kind: Kind, *, folder: bool = False) -> None:
        self.option = option
        self.path = path
        self.kind = kind
        self.folder = folder


class Outputs:
    """The outputs of a command, which keep off everything that it reads.

    `inputs` are files and folders; what is not there is no matter. `force` lets works replace what
    is there. Raises UsageError for two outputs onto one another, for one onto an input, and for one
    that would replace what it must not.
    """

    def __init__(
        self,
        outputs: Sequence[Output],
        inputs: Iterable[str | os.PathLike[str]],
        *,
        force: bool = False,
    ) -> None:
        self._by_place: dict[_Identity, Output] = {}
        self._folders = {_identity(one.path): one for one in outputs if one.folder}
        self._apart: set[str] = set()  # folders of inputs that were looked at
        for output in outputs:
            self._keep_apart(output)
        for name in inputs:
            self.read(os.fspath(name))
        for output in outputs:
            _check_existing(output, force)

    def _keep_apart(self, output: Output) -> None:
        place = _identity(output.path)
        other = self._by_place.get(place)
        if other is None and not output.folder and output.path.suffix.lower() == ".png":
            other = self._folders.get(_identity(output.path.parent))
        if other is not None:
            raise UsageError(
                f"{output.option}: {output.path} is written by {other.option} too",
                "choose another name for one of them",
            )
        self._by_place[place] = output

    def read(self, name: str) -> None:
        """Say that this file or folder is read too, "-" standard input. Raises UsageError."""
        if not self._by_place:
            return
        try:
            found = os.fstat(0) if name == "-" else os.stat(name)  # noqa: PTH116 - it must be quick
        except (OSError, ValueError):
            return
        output = self._by_place.get((found.st_dev, found.st_ino))
        output = output or self._drawing_beside(name)
        if output is not None:
            raise UsageError(
                f"{output.option}: {output.path} is read, and would be lost"
                if not output.folder
                else f"{output.option}: {output.path} holds pictures that are read, "
                "and drawings could replace them",
                "choose another name",
            )

    def _drawing_beside(self, name: str) -> Output | None:
        """The folder for drawings that the file `name` is in."""
        if not self._folders:
            return None
        parent = os.path.dirname(name) or "."  # noqa: PTH120
        if parent in self._apart:
            return None
        output = self._folders.get(_identity(Path(parent)))
        if output is None:
            self._apart.add(parent)
        return output


def may_replace(path: Path, kind: Kind) -> bool:
    """Whether an answer or a drawing may take the place of what stands at `path`, if anything."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return not head or _is_ours(head, kind)


def _is_ours(head: bytes, kind: Kind) -> bool:
    marked = MARK.encode() in head
    if kind == "drawing":
        return marked and head.startswith((b"\x89PNG", b"<", b"%PDF"))
    if b"\0" in head:
        return False
    return marked or head.startswith(_TABLES) or any(word in head for word in _SAID)


def _check_existing(output: Output, force: bool) -> None:
    path = output.path
    if output.folder or output.kind == "lines" or not path.is_file():  # else: writing will refuse
        return
    if output.kind == "work":
        if not force:
            raise UsageError(f"{output.option}: {path} exists", "--force replaces it")
    elif not may_replace(path, output.kind):
        raise UsageError(
            f"{output.option}: {path} exists and is no {output.kind} of digitcli",
            "choose another name, or remove it first",
        )


def _identity(path: Path) -> _Identity:
    """The file or folder at `path`, whatever links lead there; or the place for a new one."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return os.path.realpath(path)
    return found.st_dev, found.st_ino
