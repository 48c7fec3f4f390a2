"""Reads small pictures in processes, where threads would wait for the interpreter's lock."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Iterable
from typing import TYPE_CHECKING

from ...errors import DataError
from ..files.picture import Source, name_of
from ..parallel import Stopped, in_order
from ..processes import EndedError, WorkProcess
from ..reading import Reading
from .messages import ReaderSettings, are_files, message_of, readings_of

if TYPE_CHECKING:
    from ..reader import Reader

AFTER = 1.0  # seconds of reading on threads: a process takes 0.2 s to start


class ProcessPool:
    """Reads with `reader`: on its threads first, then in a process for each thread.

    Processes are started after `AFTER` seconds, where files take so short that threads wait for
    each other; longer work, and parts of archives, are read by threads as fast. The answers are the
    same, in the same order, but for what the network saw of each digit.

    When a process ends in its work, its pictures are read again, each alone; that at which a
    process ends again has an error. Where no process starts, threads go on.
    """

    def __init__(self, reader: Reader, settings: ReaderSettings) -> None:
        self._reader = reader
        self._settings = settings
        self._begun = time.monotonic()
        self._own = threading.local()  # of each thread: its process
        self._all: list[WorkProcess] = []
        self._refused = False

    @property
    def started(self) -> int:
        """How many processes have been started."""
        return len(self._all)

    @property
    def numbers(self) -> list[int]:
        """The process numbers of those that run."""
        return [number for one in self._all if (number := one.number) is not None]

    def read_many(self, sources: Iterable[Source]) -> Generator[Reading, None, None]:
        """As `Reader.read_many`; processes end when the caller closes the iterator."""
        self._begun = time.monotonic()
        try:
            yield from in_order(self._read, sources, self._reader.threads)
        finally:
            for process in self._all:
                process.close()

    def _read(self, batch: list[Source], stopped: Stopped) -> Iterable[Reading]:
        process = self._process() if are_files(batch) else None
        if process is None:
            return self._reader.read_batch(batch, stopped)
        try:
            return readings_of(process(message_of(batch)), batch)
        except EndedError:
            self._own.process = None
            return [self._read_alone(source) for source in batch if not stopped()]
        except RuntimeError:  # what reading raised there is raised here, as what it is
            return self._reader.read_batch(batch, stopped)

    def _process(self) -> WorkProcess | None:
        """The process of this thread; None where the thread itself reads."""
        found: WorkProcess | None = getattr(self._own, "process", None)
        if found is not None:
            return found
        if self._refused or threading.current_thread() is threading.main_thread():
            return None
        if not self._reader.is_short or time.monotonic() < self._begun + AFTER:
            return None
        try:
            found = WorkProcess(self._settings)
        except (EndedError, RuntimeError, OSError):
            self._refused = True
            return None
        self._all.append(found)
        self._own.process = found
        return found

    def _read_alone(self, source: Source) -> Reading:
        process = self._process()
        if process is None:
            return self._reader.read_batch([source], lambda: False)[0]
        try:
            return readings_of(process(message_of([source])), [source])[0]
        except EndedError as error:
            self._own.process = None
            name = name_of(source)
            refused = DataError(f"{name}: {error}", "try it alone, with --threads 1")
            kept = self._reader
            return Reading(name, error=refused, least=kept.least, source=source, names=kept.names)
