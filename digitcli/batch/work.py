"""What a worker does: read one shard after the other with engines of its own."""

from __future__ import annotations

import os
import socket
from collections import deque
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..errors import DigitError, ExitCode, MachineError
from ..files import scratch_folder
from ..inference.networks import Networks
from ..report.predict.rows import Row
from ..signs import Mode
from ..vision.files.picture import Source
from ..vision.reader import Reader
from ..vision.rules.options import rule_of
from .parts import Parts
from .pictures import local_copies, pictures_of
from .shards import Shard


@dataclass(frozen=True)
class Job:
    """How pictures are read, and where the parts go. It is sent to every worker."""

    weights: tuple[str, ...]  # names, or absolute paths
    digits: Mode
    pattern: str | None
    length: int | None
    check: str | None
    least: float  # confidence below which an answer is "unsure"
    output: str  # an absolute path, or a URL
    options: str  # all of the above but `output`, and the weights' sha256, as text


@dataclass(frozen=True)
class Done:
    """What became of a shard: its rows, or the error that kept its part from being written."""

    part: str
    rows: int = 0
    errors: int = 0
    error: str = ""
    hint: str = ""
    exit_code: int = ExitCode.OK


class ShardReader:
    """Reads shards and writes their parts; engines are built once, for one thread."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._parts = Parts(job.output, job.options)

    @cached_property
    def _reader(self) -> Reader:
        job = self._job
        rule = rule_of(job.pattern, job.length, job.check)
        networks = Networks(job.weights)
        return Reader.of(networks, threads=1, least=job.least, rule=rule, mode=job.digits)

    def read(self, shard: Shard) -> Done:
        """Write the part of a shard; what keeps it from being written is in the answer."""
        try:
            with scratch_folder("shard") if shard.root else nullcontext(Path()) as folder:
                counts = self._parts.write(shard, self._rows(shard, folder))
        except DigitError as error:
            return Done(shard.part, 0, 0, str(error), error.hint, int(error.exit_code))
        except Exception as error:  # a worker that ends with it would try three times more
            said = f"internal error at {shard.name}: {type(error).__name__}: {error}"
            return Done(shard.part, 0, 0, said, "this is a bug: please report it", 1)
        return Done(shard.part, counts.rows, counts.errors)

    def _rows(self, shard: Shard, folder: Path) -> Iterator[Row]:
        """A row for each picture, with the names that the driver knows."""
        files: deque[tuple[str, str]] = deque()  # path and name, of the pictures in work

        def pictures() -> Iterator[Source]:
            for path, name in zip(local_copies(shard, folder), shard.names, strict=True):
                _check_seen(path, name, shard)
                for picture in pictures_of(path):
                    files.append((path, name))
                    yield picture

        for reading in self._reader.read_many(pictures()):
            yield renamed(reading.to_dict(), *files.popleft())


def _check_seen(path: str, name: str, shard: Shard) -> None:
    """Raise MachineError when the one file of a shard is not on this machine."""
    if len(shard.files) == 1 and not os.path.lexists(path):
        raise MachineError(
            f"{name}: not on the machine {socket.gethostname()}",
            "with several machines, keep input and output in a bucket or on a shared disk",
        )


def renamed(row: Row, path: str, name: str) -> Row:
    """The row with the file's `name` where `path` stands in it."""
    if path == name:
        return row
    error = row["error"]
    return {
        **row,
        "file": name + row["file"].removeprefix(path),
        "error": error and error.replace(path, name),
    }
