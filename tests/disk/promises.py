"""One operation on a disk that fails at each of its calls, and what must hold then."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from disk.failing_disk import FAULTS, Counted, FailingDisk, Fault

from digitcli.errors import ExitCode

ALL_FAULTS = tuple(FAULTS.values())
Files = dict[str, bytes]
_REASON = re.compile("no space left|disk quota exceeded|input/output error", re.IGNORECASE)


class Ended(NamedTuple):
    """How an operation ended: an exit code, and what a user is told."""

    code: int
    said: str = ""


@dataclass(frozen=True)
class Operation:
    """Something that writes files.

    `prepare` fills an empty folder with what stands there before, `run` works in that folder. Two
    runs give the same files, once `plain` has taken times and the like out of them. `grows` are
    files that may end with whole lines of the new answers; `unfinished` says whether a file may
    stay to be gone on with. `holds` raises where the folder is unsound.
    """

    name: str
    prepare: Callable[[Path], None]
    run: Callable[[Path], Ended]
    plain: Callable[[str, bytes], bytes] = lambda name, content: content
    grows: frozenset[str] = frozenset()
    unfinished: Callable[[str, bytes], bool] = lambda name, content: False
    holds: Callable[[Path], None] = lambda folder: None
    skips: str = ""  # part of the names of files whose own names differ from run to run
    sparse: bool = False  # so slow that only a full disk is tried at every call


class Row(NamedTuple):
    """A row of the table: calls that write, failures injected, promises broken."""

    operation: str
    calls: int
    injected: int
    broken: tuple[str, ...]


class Trial:
    """The failures of one operation, in folders below `root`, in this process."""

    def __init__(self, operation: Operation, root: Path, disk: FailingDisk) -> None:
        self.operation, self._root, self._disk = operation, root, disk
        _, self.clean = self._ran(None, 0)  # what is loaded late is there now
        self.counted, self.clean = self._ran(None, 0)
        assert self.counted.calls > 0, f"{operation.name}: writes nothing"

    def all(self, faults: Iterable[Fault], most: int | None = None) -> Row:
        """Let each call fail in each way; with `most`, about so many calls of each."""
        broken: list[str] = []
        injected = 0
        for fault in faults:
            calls = self._ran(fault, 0)[0].calls if fault.only_fsync else self.counted.calls
            step = 1 if most is None else max(1, calls // most)
            if self.operation.sparse and fault is not ALL_FAULTS[0]:
                step *= 8
            for index in range(1, calls + 1, step):
                found = list(self._broken(fault, index))
                injected += self._last.failed > 0
                broken += [f"{fault.name}, {_at(self._last, index)}: {what}" for what in found]
        return Row(self.operation.name, self.counted.calls, injected, tuple(broken))

    def _prepared(self, folder: Path) -> Files:
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "tmp").mkdir(parents=True)
        with chdir(folder):
            self.operation.prepare(folder)
        return self._files(folder)

    def _ran(self, fault: Fault | None, index: int) -> tuple[Counted, Files]:
        """The operation in a folder of its own, without a failure; it must end well."""
        folder = self._root / "at"
        self._prepared(folder)
        ended, counted = self._run(folder, fault, index)
        assert ended.code == ExitCode.OK, f"{self.operation.name}: {ended}"
        return counted, self._files(folder)

    def _files(self, folder: Path) -> Files:
        skips = self.operation.skips
        found = files_of(folder)
        return {name: found[name] for name in found if not skips or skips not in name}

    def _run(self, folder: Path, fault: Fault | None, index: int) -> tuple[Ended, Counted]:
        os.environ["TMPDIR"] = str(folder / "tmp")
        with chdir(folder):
            self._disk.arm(folder, fault, index)
            try:
                ended = self.operation.run(folder)
            finally:
                counted = self._disk.disarm()
        return ended, counted

    def _broken(self, fault: Fault, index: int) -> Iterator[str]:
        """What does not hold when this call fails, and afterwards."""
        folder = self._root / "at"
        self._before = self._prepared(folder)
        ended, self._last = self._run(folder, fault, index)
        if not self._last.failed:
            return
        if ended.code == ExitCode.OK and not self._differ(self._files(folder), self.clean):
            return  # it was tried again in another way
        yield from self._broken_words(ended)
        yield from self._broken_files(self._files(folder))
        try:
            self.operation.holds(folder)
        except Exception as error:
            yield f"unsound: {error}"
        again, _ = self._run(folder, None, 0)
        if again.code != ExitCode.OK:
            yield f"with room again: {again}"
        elif wrong := self._differ(self._files(folder), self.clean):
            yield f"with room again these files differ: {wrong}"

    def _broken_words(self, ended: Ended) -> Iterator[str]:
        lines = ended.said.splitlines()
        if ended.code != ExitCode.ENVIRONMENT:
            yield f"exit code {ended.code} ({ended.said[:300]!r})"
        if "Traceback" in ended.said:
            yield "a traceback"
        if sum(line.startswith("error:") for line in lines) != 1:
            yield f"not one error: {lines}"
        if not _REASON.search(ended.said):
            yield f"no reason: {ended.said!r}"

    def _broken_files(self, now: Files) -> Iterator[str]:
        """Each file is what it was, or wholly what it becomes."""
        for name in sorted({*self._before, *now}):
            old, new, found = (files.get(name) for files in (self._before, self.clean, now))
            if found in (old, new) or self._has_grown(name, found):
                continue
            if found is not None and new is not None and self._same(name, found, new):
                continue
            if found is not None and self.operation.unfinished(name, found):
                continue
            if old is None and new is None:
                yield f"{name} is left over"
            else:
                yield f"{name} is neither old nor new ({len(found) if found else found} bytes)"

    def _has_grown(self, name: str, found: bytes | None) -> bool:
        if name not in self.operation.grows:
            return False
        whole, before = _whole_lines(found or b""), _whole_lines(self._before.get(name, b""))
        return whole.startswith(before) and self.clean[name].startswith(whole)

    def _same(self, name: str, one: bytes, other: bytes) -> bool:
        return self.operation.plain(name, one) == self.operation.plain(name, other)

    def _differ(self, one: Files, other: Files) -> list[str]:
        names = sorted({*one, *other})
        return [
            name
            for name in names
            if (name in one) != (name in other)
            or (name in one and not self._same(name, one[name], other[name]))
        ]


@contextmanager
def chdir(folder: Path) -> Iterator[None]:
    """The block in another folder; Python 3.11 has this."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def files_of(folder: Path) -> Files:
    """All files below a folder by name, temporary folders too; locks, which stay, left out."""
    return {
        path.relative_to(folder).as_posix(): b"" if path.is_dir() else path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.name != ".lock" and (path.is_file() or path.name.endswith(".tmp"))
    }


def _whole_lines(content: bytes) -> bytes:
    return content[: content.rfind(b"\n") + 1]


def _at(counted: Counted, index: int) -> str:
    return f"call {index}, {counted.call} of {counted.path}"
