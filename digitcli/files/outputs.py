"""What an output may replace, for every command that writes.

An output never replaces what the same command reads, or its other outputs. A document or table of
answers replaces one of digitcli's, a drawing replaces one of digitcli's drawings; weights, exports
and sheets replace such files only with --force. No other file is replaced.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO, Literal, TypeAlias

from ..errors import UsageError
from .atomic import check_file, check_folder
from .opening import open_regular

# "lines" are appended to the file that is there, which lines.py checks when it opens it; a "folder"
# is written as a whole, so it is a new or an empty one.
Kind: TypeAlias = Literal["answer", "drawing", "work", "lines", "folder"]

MARK = "digitcli"  # who made a drawing, in the words of its format
HTML_MARK = f'<meta name="generator" content="{MARK}">'
_HEAD = 4096  # bytes that are looked at
_TAIL = 64 * 2**10  # the same, at the end of a Parquet or PDF file
# What says at the end of a file who wrote it, by how the file begins.
_AT_END: dict[tuple[Kind, bytes], bytes] = {
    ("answer", b"PAR1"): b"digitcli.schema",
    ("work", b"%PDF"): "digitcli adapt".encode("utf-16-be"),  # as PDF writes its title
}
# How files of each kind begin. Plain text does not say who wrote it, so it is never replaced.
_OURS: dict[Kind, tuple[re.Pattern[bytes], ...]] = {
    "answer": (
        re.compile(rb'\{\s*"schema": "digitcli\.'),
        re.compile(
            rb"(\xef\xbb\xbf)?file,text,answer,confidence,boxes,error(,written(,[^\n]*)?)?\n"
        ),
        re.compile(
            rb"file,answer,text,digit,box,guess,confidence,second,reason"
            rb"(,number,number_box(,number_confidence)?)?\n"
        ),
        re.compile(rb"file,label,text,written,confidence,exact,edits,error\n"),
        re.compile(rb"engine,[a-z_0-9,]*\bmedian_us,[a-z_0-9,]*\n"),
    ),
    "drawing": (
        re.compile(rb"\x89PNG\r\n\x1a\n.{8,}tEXtSoftware\0digitcli", re.DOTALL),
        re.compile(rb"<\?xml .*<dc:title>digitcli</dc:title>", re.DOTALL),
        re.compile(rb"<!doctype html>.*" + re.escape(HTML_MARK.encode()), re.DOTALL),
    ),
    "work": (
        re.compile(rb"PK\x03\x04.{26}header\.npy", re.DOTALL),  # weights
        re.compile(rb"\x08.\x12.?digitcli", re.DOTALL),  # ONNX: its version, then its maker
        re.compile(rb".{4}TFL3", re.DOTALL),
        re.compile(rb'.{8}\{"__metadata__":\{"digitcli":', re.DOTALL),  # safetensors
        re.compile(rb"PK\x03\x04.{26}metadata\.json", re.DOTALL),  # Keras
        re.compile(rb"\x89PNG\r\n\x1a\n.{8,}tEXtSoftware\0digitcli", re.DOTALL),
    ),
}

_WORDS: dict[Kind, str] = {
    "answer": "document or table",
    "drawing": "drawing",
    "work": "weights, export or sheet",
}

_Identity: TypeAlias = "tuple[int, int] | str"


class Output:
    """A file, or a folder of drawings, that an option names."""

    def __init__(self, option: str, path: Path, kind: Kind, *, folder: bool = False) -> None:
        self.option = option
        self.path = path
        self.kind = kind
        self.folder = folder


class Outputs:
    """The outputs of a command, checked against everything that it reads.

    `inputs` are files and folders; missing ones are ignored. Everything in the folders `trees` is
    read, so nothing in them is replaced. With `force` a work may replace a work. Raises UsageError
    for two outputs with the same path, for an output that is an input, and for one that would
    replace a file that it may not; MachineError for a folder where a file is written.
    """

    def __init__(
        self,
        outputs: Sequence[Output],
        inputs: Iterable[str | os.PathLike[str]],
        *,
        trees: Iterable[str | os.PathLike[str]] = (),
        force: bool = False,
    ) -> None:
        self._by_place: dict[_Identity, Output] = {}
        self._folders = {_identity(one.path): one for one in outputs if one.folder}
        self._apart: set[str] = set()  # folders of inputs that have been checked
        for output in outputs:
            self._keep_apart(output)
        for name in inputs:
            self.read(os.fspath(name))
        for tree in trees:
            _keep_out(outputs, Path(os.path.realpath(tree)))
        for output in outputs:
            _check_existing(output, force)

    def _keep_apart(self, output: Output) -> None:
        place = _identity(output.path)
        other = self._by_place.get(place)
        real = Path(os.path.realpath(output.path))
        if other is None and not output.folder and real.suffix.lower() == ".png":
            other = self._folders.get(_identity(real.parent))
        if other is not None:
            raise UsageError(
                f"{output.option}: {output.path} is written by {other.option} too",
                "choose another name for one of them",
            )
        self._by_place[place] = output

    def read(self, name: str) -> None:
        """Check a further file or folder that is read; "-" is standard input. Raises UsageError."""
        if not self._by_place:
            return
        try:
            found = os.fstat(0) if name == "-" else os.stat(name)  # noqa: PTH116 - for speed
        except (OSError, ValueError):
            return
        output = self._by_place.get((found.st_dev, found.st_ino))
        output = output or self._drawing_beside(name)
        output = output or (self._drawing_beside(os.path.realpath(name)) if self._folders else None)
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
    """Whether an output of a kind may replace the file at `path`: an empty one, or digitcli's."""
    try:
        with open_regular(path) as file:
            head = file.read(_HEAD)
            if (mark := _AT_END.get((kind, head[:4]))) is not None:
                return mark in _tail(file)
    except OSError:
        return False
    return not head or any(pattern.match(head) for pattern in _OURS[kind])


def _tail(file: BinaryIO) -> bytes:
    """The end of a file, which says who wrote it."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _TAIL))
    return file.read(_TAIL)


def _keep_out(outputs: Sequence[Output], tree: Path) -> None:
    """Refuse outputs that would replace a file in this folder."""
    for output in outputs:
        real = Path(os.path.realpath(output.path))
        if real.is_file() and tree in real.parents:
            raise UsageError(
                f"{output.option}: {output.path} is in {tree}, which is read, and would be lost",
                "choose another name",
            )


def _check_existing(output: Output, force: bool) -> None:
    path = output.path
    if output.kind == "folder":
        check_folder(path)
    elif not output.folder:
        check_file(path)
    if output.folder or output.kind in ("lines", "folder") or not path.is_file():
        return
    if not may_replace(path, output.kind):
        what = _WORDS[output.kind]
        raise UsageError(
            f"{output.option}: {path} exists and is no {what} of digitcli",
            "choose another name, or remove it first",
        )
    if output.kind == "work" and not force:
        raise UsageError(f"{output.option}: {path} exists", "--force replaces it")


def _identity(path: Path) -> _Identity:
    """The file or folder at `path`, links followed; or the path of a new one."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return os.path.realpath(path)
    return found.st_dev, found.st_ino
