"""The environment variable TF_CONFIG: which workers train together. Loads no TensorFlow."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...errors import UsageError

EXAMPLE = (
    '{"cluster": {"worker": ["host1:4321", "host2:4321"]}, "task": {"type": "worker", "index": 0}}'
)
HINT = f"e.g. TF_CONFIG='{EXAMPLE}' on the first of two"
TASKS = ("chief", "worker")
LIMIT, LIMIT_SECONDS = "DIGITCLI_WORKER_SECONDS", 60.0


@dataclass(frozen=True)
class Cluster:
    """All workers, the chief first, by name ("worker 1") and address ("host:port").

    `index` is the place of this process among them. The chief alone writes files.
    """

    names: tuple[str, ...]
    addresses: tuple[str, ...]
    index: int

    @property
    def chief(self) -> bool:
        """Whether this process is the chief."""
        return self.index == 0

    def label(self, index: int) -> str:
        """A worker as errors call it, such as `worker 1 (host2:4321)`."""
        return f"{self.names[index]} ({self.addresses[index]})"


def read_tf_config(environment: Mapping[str, str]) -> Cluster | None:
    """The cluster that TF_CONFIG describes; None when it is unset, empty or has a single worker.

    Raises UsageError naming what is wrong with it.
    """
    text = environment.get("TF_CONFIG", "")
    if not text.strip():
        return None
    try:
        document = json.loads(text)
    except ValueError as error:
        raise _wrong(f"not JSON ({error})") from error
    jobs = _entry(document, "cluster")
    if not isinstance(jobs, dict) or not jobs or set(jobs) - set(TASKS):
        found = ", ".join(jobs) if isinstance(jobs, dict) else repr(jobs)
        raise _wrong(f"cluster must hold tasks of type {' and '.join(TASKS)} only, got {found}")
    tasks = [(job, number) for job in TASKS for number in range(len(_addresses(jobs, job)))]
    addresses = [address for job in TASKS for address in _addresses(jobs, job)]
    if len(set(addresses)) < len(addresses):
        raise _wrong("two workers have the same address")
    if len(_addresses(jobs, "chief")) > 1:
        raise _wrong("more than one chief")
    index = tasks.index(_task(document, jobs))
    names = tuple(f"{job} {number}" for job, number in tasks)
    return Cluster(names, tuple(addresses), index) if len(names) > 1 else None


def time_limit(environment: Mapping[str, str]) -> float:
    """Seconds that workers wait for each other at the start; UsageError when that is no number."""
    text = environment.get(LIMIT, "") or str(LIMIT_SECONDS)
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds <= 1_000_000:
        raise UsageError(f"{LIMIT}={text}: expected seconds, at least 1")
    return seconds


def split_address(address: str) -> tuple[str, int]:
    """Host and port of `host:port` or `[IPv6]:port`."""
    host, _, port = address.rpartition(":")
    return host.removeprefix("[").removesuffix("]"), int(port)


def _task(document: Any, jobs: Mapping[str, Any]) -> tuple[str, int]:
    """Type and index of this process, which the cluster must have."""
    task = _entry(document, "task")
    kind, index = _entry(task, "type", "task."), _entry(task, "index", "task.")
    if kind not in jobs:
        raise _wrong(f"task.type must be {' or '.join(jobs)}, got {kind!r}")
    last = len(_addresses(jobs, kind)) - 1
    if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index <= last:
        raise _wrong(f"task.index of a {kind} must be 0 to {last}, got {index!r}")
    return kind, index


def _entry(table: Any, key: str, where: str = "") -> Any:
    if not isinstance(table, dict):
        raise _wrong(f"{where.rstrip('.') or 'it'} must be a table, got {table!r:.60}")
    if key not in table:
        raise _wrong(f"lacks {where}{key}")
    return table[key]


def _addresses(jobs: Mapping[str, Any], job: str) -> list[str]:
    found = jobs.get(job, [])
    if not isinstance(found, list) or (job in jobs and not found):
        raise _wrong(f"cluster.{job} must be a list of host:port, got {found!r:.60}")
    for one in found:
        if not _is_address(one):
            raise _wrong(f"cluster.{job}: expected host:port, got {one!r:.60}")
    return found


def _is_address(value: object) -> bool:
    if not isinstance(value, str):
        return False
    host, found, port = value.rpartition(":")
    digits = port.isascii() and port.isdigit() and len(port) < 6
    return bool(host and found) and digits and 0 < int(port) < 65_536


def _wrong(what: str) -> UsageError:
    return UsageError(f"TF_CONFIG: {what}", hint=HINT)
