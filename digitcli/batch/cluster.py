"""Ray: workers on this machine or on a cluster, which read one shard after the other.

A row of the Ray data set is a shard, not a picture: bytes go from the disk or the bucket to the
worker that decodes them, never through Ray's object store, and a part is written where it is made.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import sys
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from ..errors import MachineError, NetworkError, UsageError
from ..inference.engine import usable_threads
from .shards import Shard
from .work import Done, Job, ShardReader

LOCAL, _CLIENT = "local", "ray://"
_INSTALL = 'pip install "digitcli[ray]"'
_TRIES = 3  # for a shard again whose worker was killed
_LOGS = "/tmp/ray/session_latest/logs"  # unless the cluster was told otherwise
_KNOCK_SECONDS = 10.0
_STORE_BYTES = 100 * 2**20  # Ray's shared memory on this machine: names and counts are all it holds
# Set before Ray is imported, unless the user has set them.
_ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_BACKEND_LOG_LEVEL": "fatal",
    "RAY_worker_niceness": "0",  # by itself 15: any other program would come first
}


class _Worker:
    """An actor of Ray. It lives as long as there are shards."""

    def __init__(self, job: Job) -> None:
        self._reader = ShardReader(job)

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        """Read the shard in `row`; what became of it, as plain values."""
        return asdict(self._reader.read(Shard.of_text(row["shard"])))


class Cluster:
    """Ray, started on this machine or joined at `address`; use it in a `with` block.

    `workers` is how many read at a time, one core each (0: all cores). Raises MachineError where
    Ray is not installed or does not start, NetworkError where nothing answers at `address`, and
    UsageError for more workers than there are cores on the cluster.
    """

    def __init__(self, address: str, workers: int) -> None:
        self.address = address
        self._local = address == LOCAL
        self._ray = _imported()
        self.workers = usable_threads(workers) if self._local else workers

    def __enter__(self) -> Cluster:
        before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            self._start()
        finally:
            for number, handler in before.items():  # Ray sets its own
                with contextlib.suppress(ValueError):  # not the main thread
                    signal.signal(number, handler)
        if not self._local:
            cores = int(self._ray.cluster_resources().get("CPU", 0))
            self.workers = self.workers or cores
            if self.workers > cores:
                raise UsageError(
                    f"--workers {self.workers}: the cluster at {self.address} has {cores} cores"
                )
        _quiet(logging.getLogger("ray.data"))
        # Ray has no option for this one: "(raylet) A worker died", which changes nothing here.
        driver: Any = import_module("ray._private.worker")
        driver._worker_logs_enabled = False
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if kind is None or issubclass(kind, Exception):  # else the process ends, and Ray with it
            self._ray.shutdown()

    def _start(self) -> None:
        options: dict[str, Any] = {"logging_level": logging.CRITICAL, "log_to_driver": False}
        if self._local:
            options |= {"num_cpus": self.workers, "num_gpus": 0, "include_dashboard": False}
            options |= {"object_store_memory": _STORE_BYTES}
        try:
            _knock(self.address)
            with _without_stderr():
                self._ray.init(self.address, **options)
        except OSError as error:  # ConnectionError of Ray's among them
            said = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise NetworkError(
                f"--address {self.address}: no Ray cluster answers ({said})",
                "`ray start --head` starts one; where it asks for a token, set RAY_AUTH_MODE=token "
                "and RAY_AUTH_TOKEN; without --address Ray runs on this machine",
            ) from error
        except Exception as error:  # another version, a wrong address, no memory, ...
            said = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise MachineError(f"Ray does not start ({said})") from error

    @property
    def log_folder(self) -> str:
        """Where Ray's own logs are, on the machine of its head."""
        node = getattr(import_module("ray._private.worker"), "_global_node", None)
        return str(node.get_logs_dir_path()) if node is not None else _LOGS

    def read(self, job: Job, shards: Sequence[Shard]) -> Iterator[Done]:
        """Read all shards; what became of each, as they end.

        A shard whose worker is killed is read again by another one, three times at most. Shards of
        which nothing became are not among the results. Raises MachineError when Ray gives up.
        """
        try:
            for found in self._results(job, [shard.to_text() for shard in shards]):
                yield Done(**found)
        except Exception as error:  # workers do not start, the head of the cluster is gone, ...
            said = (str(error).strip() or type(error).__name__).splitlines()[-1][:300]
            raise MachineError(
                f"Ray gave up ({said})",
                f"run the same command again; Ray's logs are in {self.log_folder}",
            ) from error

    def _results(self, job: Job, shards: list[str]) -> Iterator[dict[str, Any]]:
        size = min(self.workers, len(shards))
        if not self.address.startswith(_CLIENT):
            yield from _results(job, shards, size)
            return
        # Ray Data does not run behind Ray's client, so it runs in an actor on the cluster.
        driver = self._ray.remote(num_cpus=0)(_Driver).remote(job, shards, size)
        while (found := self._ray.get(driver.next.remote())) is not None:
            yield found


def _results(job: Job, shards: list[str], workers: int) -> Iterator[dict[str, Any]]:
    """What became of each shard, as plain values."""
    data = import_module("ray.data")
    context = data.DataContext.get_current()
    context.enable_progress_bars = False
    context.max_errored_blocks = -1  # a shard that fails stops no other
    items = [{"shard": shard} for shard in shards]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # there is no other way for both
        results = data.from_items(items, override_num_blocks=len(items)).map(
            _Worker,
            fn_constructor_args=(job,),
            compute=data.ActorPoolStrategy(size=workers, max_tasks_in_flight_per_actor=2),
            num_cpus=1,
            max_restarts=-1,
            max_task_retries=_TRIES,
        )
    yield from results.iter_rows()


class _Driver:
    """An actor that runs `_results` and hands them out one by one."""

    def __init__(self, job: Job, shards: list[str], workers: int) -> None:
        self._results = _results(job, shards, workers)

    def next(self) -> dict[str, Any] | None:
        """Wait for the next one; None when there is none."""
        return next(self._results, None)


def check_installed() -> None:
    """Raise MachineError where Ray or pyarrow is not installed. Imports neither."""
    for name in ("ray", "pyarrow"):
        if find_spec(name) is None:
            raise MachineError(f"`digitcli batch` needs the package {name}", _INSTALL)


def _imported() -> Any:
    check_installed()
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    try:
        import_module("ray.data")
        return import_module("ray")
    except ImportError as error:
        raise MachineError(f"Ray cannot be used ({error})", _INSTALL) from error


def _knock(address: str) -> None:
    """Raise OSError when nothing listens at HOST:PORT: Ray would try for minutes."""
    host, _, port = address.rpartition("/")[2].rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), _KNOCK_SECONDS).close()


@contextlib.contextmanager
def _without_stderr() -> Iterator[None]:
    """Drop what C++ writes to stderr: Ray says there which variables it has read."""
    sys.stderr.flush()
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123
        before = os.dup(2)
        try:
            os.dup2(nowhere.fileno(), 2)
            yield
        finally:
            os.dup2(before, 2)
            os.close(before)


def _quiet(logger: logging.Logger) -> None:
    """Keep a logger's messages out of the terminal; its file gets them."""
    for handler in logger.handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setLevel(logging.CRITICAL + 1)
