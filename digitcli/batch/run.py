"""From an input to a folder of parts: what is there already stays, the rest is read."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from .. import log
from ..errors import (
    DataError,
    DigitError,
    MachineError,
    ModelError,
    NetworkError,
    UsageError,
)
from ..files import folder_lock, remove_stale
from ..inference.networks import Networks
from ..model.weights import bundled_names, find_weights
from ..signs import Mode
from ..version import __version__
from ..vision import look, reader
from ..vision.rules.options import rule_of
from .cluster import Cluster, check_installed
from .parts import Parts
from .places import is_url
from .shards import Shard, find_shards
from .work import Done, Job

_MOST_FAILED = 3  # shards, or as many as there are workers: then the others are not tried
_ERRORS = {
    int(kind.exit_code): kind for kind in (DataError, MachineError, ModelError, NetworkError)
}


@dataclass(frozen=True)
class BatchOptions:
    """The options of `digitcli batch`, as typed."""

    source: str
    output: str
    address: str
    workers: int
    weights: tuple[str, ...]
    digits: Mode
    pattern: str | None = None
    length: int | None = None
    check: str | None = None
    target_error: str | None = None


@dataclass
class Batch:
    """What there is to do, and what has been done."""

    shards: list[Shard]
    passed_over: list[str]
    waiting: list[Shard]
    rows: int = 0
    errors: int = 0
    earlier_rows: int = 0  # those among `rows` of earlier runs
    failed: list[Done] = field(default_factory=list)

    @property
    def parts(self) -> int:
        """How many parts are there."""
        return len(self.shards) - len(self.waiting)

    def add(self, done: Done) -> None:
        """Count what became of a shard."""
        if done.error:
            self.failed.append(done)
            return
        self.waiting = [shard for shard in self.waiting if shard.part != done.part]
        self.rows += done.rows
        self.errors += done.errors


class Observer(Protocol):
    """Watches a batch."""

    def on_plan(self, batch: Batch) -> None:
        """The shards have been found, and the parts of earlier runs."""

    def on_workers(self, workers: int) -> None:
        """This many workers read."""

    def on_done(self, batch: Batch) -> None:
        """One more shard has been read."""


def run(options: BatchOptions, observer: Observer) -> Batch:
    """Read everything that has no part yet, and return what there is then.

    Raises DataError for an input that cannot be listed, UsageError for an output that holds other
    parts or that another process writes, and what `Cluster` and `Parts` do.
    """
    check_installed()
    job = job_of(options)
    parts = Parts(job.output, job.options)
    parts.check_writable()
    with _locked(job.output) as folder:
        batch = plan(options.source, parts)
        observer.on_plan(batch)
        if batch.waiting:
            with Cluster(options.address, options.workers) as cluster:
                observer.on_workers(min(cluster.workers, len(batch.waiting)))
                for done in cluster.read(job, batch.waiting):
                    batch.add(done)
                    log.info(__name__, "%s: %s", done.part, done.error or f"{done.rows} rows")
                    observer.on_done(batch)
                    if len(batch.failed) >= max(_MOST_FAILED, cluster.workers):
                        break  # the disk is full, or the bucket is gone
                _remove_stale(folder, batch.shards)
                _check_all_read(batch, cluster.log_folder)
    return batch


def job_of(options: BatchOptions) -> Job:
    """What the workers are told.

    Raises UsageError when the output is inside the input and for a wrong rule, ModelError for
    weights that cannot be loaded.
    """
    output = options.output if is_url(options.output) else os.path.abspath(options.output)  # noqa: PTH100
    if _is_inside(options.output, options.source):
        raise UsageError(
            f"--output: {options.output} is inside {options.source}, which is read",
            "choose a folder elsewhere",
        )
    rule_of(options.pattern, options.length, options.check)
    networks = Networks(options.weights)
    least = reader.LEAST
    if options.target_error is not None:
        tasks = look.tasks_of(options.digits)
        least = networks.threshold(options.target_error, tasks, least).confidence
    files = {task: find_weights(name) for task, name in networks.names.items()}
    read = {
        "digits": options.digits,
        **{"pattern": options.pattern, "length": options.length, "check": options.check},
        "least": least,
    }
    hashes = {task: hashlib.sha256(path.read_bytes()).hexdigest() for task, path in files.items()}
    text = json.dumps({"digitcli": __version__, "weights": hashes, **read}, sort_keys=True)
    weights = tuple(
        name if name in bundled_names() else str(find_weights(name).absolute())
        for name in options.weights
    )
    return Job(weights=weights, output=output, options=text, **read)  # type: ignore[arg-type]


def plan(source: str, parts: Parts) -> Batch:
    """The shards of `source`, and which of them have a part. Raises what `Parts.find` does."""
    found = find_shards(source)
    with ThreadPoolExecutor(16) as pool:
        counts = list(pool.map(parts.find, found.shards))
    there = [one for one in counts if one is not None]
    rows, errors = sum(one.rows for one in there), sum(one.errors for one in there)
    waiting = [shard for shard, one in zip(found.shards, counts, strict=True) if one is None]
    return Batch(found.shards, found.passed_over, waiting, rows, errors, rows)


def _is_inside(output: str, source: str) -> bool:
    """Whether the parts would be found as input by the next run."""
    if is_url(output) or is_url(source):
        return f"{output}/".startswith(f"{source.rstrip('/')}/")
    path, folder = Path(os.path.realpath(output)), Path(os.path.realpath(source))
    return folder in (path, *path.parents)


@contextlib.contextmanager
def _locked(output: str) -> Iterator[Path | None]:
    """Hold the only lock on a local folder of parts; a bucket has none, and needs none.

    Two processes would write the same bytes, so a lock saves work and nothing else.
    """
    if is_url(output):
        yield None
        return
    folder = Path(output)
    busy = UsageError(f"{output}: another `digitcli batch` writes its parts there", "wait for it")
    with folder_lock(folder, busy):
        yield folder


def _remove_stale(folder: Path | None, shards: list[Shard]) -> None:
    """Remove what killed workers left half-written."""
    if folder is not None:
        for inner in {Path(folder, shard.part).parent for shard in shards}:
            remove_stale(inner, "*")


def _check_all_read(batch: Batch, log_folder: str) -> None:
    """Raise the first one's kind of error when shards were not read."""
    if not batch.waiting:
        return
    missing = f"{len(batch.waiting)} of {len(batch.shards)} shards were not read"
    details = tuple(f"{done.part}: {done.error}" for done in batch.failed[:10])
    if batch.failed:
        first = batch.failed[0]
        kind = _ERRORS.get(first.exit_code, DigitError)
        raise kind(missing, first.hint or "run the same command again", details)
    raise MachineError(
        f"{missing}: their workers ended ({batch.waiting[0].name})",
        f"run the same command again; Ray's logs are in {log_folder}",
    )
