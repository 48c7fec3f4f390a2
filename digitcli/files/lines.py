"""A file of lines that grows over several runs: checked before it is changed, with one writer."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from .. import interrupt
from ..errors import DigitError, MachineError
from .atomic import atomic_write, machine_error, writing
from .locks import lock

MOST_LINE = 32 * 2**20  # bytes of one line; a page of ten thousand digits has about 4 MB

_PIECE = 1 << 20


class GrowingLines:
    """The open file: `write` keeps text, `flush` appends it to the file.

    `flush` raises MachineError when the disk refuses, and when another process has cut, changed or
    replaced the file since our last line. Then nothing is written.
    """

    def __init__(self, path: Path, handle: int, end: int) -> None:
        self._path, self._handle, self._end = path, handle, end
        self._kept: list[str] = []

    def write(self, text: str) -> int:
        """Keep `text` for the next `flush`."""
        self._kept.append(text)
        return len(text)

    def flush(self) -> None:
        """Append what has been kept, in UTF-8."""
        data = "".join(self._kept).encode()
        self._kept.clear()
        if not data:
            return
        self._check()
        interrupt.forget(str(self._path))  # with a first line it is not removed any more
        with writing(self._path):
            while data:
                written = os.write(self._handle, data)
                self._end += written
                data = data[written:]

    def _check(self) -> None:
        found = os.fstat(self._handle)
        if found.st_size == self._end and _is_at(self._path, found):
            return
        raise MachineError(
            f"{self._path}: another process has changed or removed it; nothing more is written",
            "see that nobody else writes there, then give the same command again",
        )


@contextlib.contextmanager
def grow_lines(
    path: Path,
    busy: DigitError,
    check: Callable[[Iterator[bytes]], None],
    is_beginning: Callable[[bytes, int], bool],
    *,
    quoted: bool = False,
) -> Iterator[GrowingLines]:
    """Open a file of lines to append to, as its only writer; make it where there is none.

    `check` gets the lines of the file and raises when one does not belong there. A killed writer
    may leave a last line without its end. `is_beginning` gets that line and the number of lines
    before it: if it returns True, a copy without that line replaces the file, otherwise the line
    gets its end. Before that the file is only read. A new file in which nothing has been written is
    removed after the block, also on exceptions. With `quoted` the lines are rows of CSV: line feeds
    between quotation marks end none.

    Raises `busy` when another process holds it, MachineError when it is no regular file, cannot be
    written or is changed by another process meanwhile.
    """
    handle = _opened(path)
    try:
        lock(handle, path, busy)
        if not _is_at(path, os.fstat(handle)):  # replaced between opening and locking
            raise busy
        whole, count = _whole_rows(handle) if quoted else _whole_lines(handle)
        size = os.fstat(handle).st_size
        half = os.pread(handle, MOST_LINE, whole)
        cut = bool(half) and is_beginning(half, count)
        lines = _lines(handle, whole if cut else size)
        check(_rows(lines) if quoted else lines)
        if cut:
            _copy(path, handle, whole)
            copy = _opened(path)
            os.close(handle)
            handle = copy
            lock(handle, path, busy)
            size = whole
        elif half:
            with writing(path):
                size += os.write(handle, b"\n")
        yield GrowingLines(path, handle, size)
    finally:
        if interrupt.remembers(str(path)):  # we have written nothing; another process may have
            interrupt.forget(str(path))
            found = os.fstat(handle)
            if found.st_size == 0 and _is_at(path, found):
                with contextlib.suppress(OSError):
                    path.unlink()
        os.close(handle)


def _opened(path: Path) -> int:
    """The file, opened for reading and appending; what is no regular file is not opened."""
    flags = os.O_RDWR | os.O_APPEND
    for flag in ("O_BINARY", "O_NONBLOCK", "O_CLOEXEC"):
        flags |= getattr(os, flag, 0)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            regular = stat.S_ISREG(path.stat().st_mode)
            handle = os.open(path, flags) if regular else -1
        except FileNotFoundError:
            return _made(path, flags)
    except OSError as error:
        raise machine_error(path, error) from error
    if handle < 0:
        raise MachineError(f"{path}: cannot be written (not a regular file)")
    return handle


def _made(path: Path, flags: int) -> int:
    """A new file, which is removed if the process is interrupted before its first line."""
    interrupt.remember(str(path))
    try:
        return os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o666)
    except BaseException:
        interrupt.forget(str(path))
        raise


def _is_at(path: Path, found: os.stat_result) -> bool:
    """Whether this open file is still the one of that name."""
    try:
        return os.path.samestat(path.stat(), found)
    except OSError:
        return False


def _whole_lines(handle: int) -> tuple[int, int]:
    """Bytes up to the last end of a line, and how many lines these are."""
    at = whole = count = 0
    while piece := os.pread(handle, _PIECE, at):
        count += piece.count(b"\n")
        end = piece.rfind(b"\n")
        whole = at + end + 1 if end >= 0 else whole
        at += len(piece)
    return whole, count


def _whole_rows(handle: int) -> tuple[int, int]:
    """Bytes up to the last end of a row of CSV, and how many rows these are."""
    at = whole = count = quotes = 0
    while piece := os.pread(handle, _PIECE, at):
        start = 0
        while (end := piece.find(b"\n", start) + 1) > 0:
            quotes += piece.count(b'"', start, end)
            start = end
            if quotes % 2 == 0:
                whole, count = at + end, count + 1
        quotes += piece.count(b'"', start)
        at += len(piece)
    return whole, count


def _rows(lines: Iterator[bytes]) -> Iterator[bytes]:
    """Rows of CSV: lines until their quotation marks are even, at most MOST_LINE bytes."""
    waiting: list[bytes] = []
    quotes = size = 0
    for line in lines:
        waiting.append(line)
        quotes += line.count(b'"')
        size += len(line)
        if quotes % 2 == 0 or size > MOST_LINE:
            yield b"\n".join(waiting)
            waiting, quotes, size = [], 0, 0
    if waiting:
        yield b"\n".join(waiting)


def _lines(handle: int, size: int) -> Iterator[bytes]:
    """The lines in the first `size` bytes; what is longer than MOST_LINE comes in parts."""
    at, rest = 0, b""
    while at < size and (piece := os.pread(handle, min(_PIECE, size - at), at)):
        at += len(piece)
        *lines, rest = (rest + piece).split(b"\n")
        yield from lines
        if len(rest) > MOST_LINE:
            yield rest
            rest = b""
    if rest:
        yield rest


def _copy(path: Path, handle: int, size: int) -> None:
    """Replace the file by its first `size` bytes, once these are on the disk."""
    with atomic_write(path) as file:
        at = 0
        while piece := os.pread(handle, min(_PIECE, size - at), at):
            file.write(piece)
            at += len(piece)
