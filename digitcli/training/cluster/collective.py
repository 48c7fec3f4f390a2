"""Workers that agree through one operation: the sum of an array over all of them."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ...errors import MachineError, UsageError
from ...interrupt import SIGNALS
from ..run.checkpoint import Checkpoint
from ..run.identity import differences
from .tf_config import Cluster
from .workers import Decision

Floats = npt.NDArray[np.float32]

_DECISION_SECONDS = 0.25  # between two of them: one takes 0.5 ms, on busy cores 6 ms
_CHUNK = 1 << 22  # bytes that travel at once, each as a float32
_TASK = re.compile(r"/job:(\w+)/(?:replica:\d+/)?task:(\d+)")  # as TensorFlow names a worker


class CollectiveWorkers:
    """See `Workers`. All workers call the same methods in the same order.

    `add_up` is the sum of a float32 array over all workers; every one calls it with the same shape.
    It raises one of `failures` when a worker is lost, with TensorFlow's name of it in the text.
    """

    def __init__(
        self,
        cluster: Cluster,
        add_up: Callable[[Floats], Floats],
        failures: tuple[type[Exception], ...],
    ) -> None:
        self.count, self.chief = len(cluster.names), cluster.chief
        self._cluster, self._add_up, self._failures = cluster, add_up, failures
        self._polls, self._polls_per_decision = 0, 1
        self._decided = time.monotonic()

    @contextlib.contextmanager
    def naming_lost_workers(self) -> Iterator[None]:
        """See `Workers`."""
        try:
            yield
        except self._failures as error:
            raise MachineError(
                f"{self._lost(str(error))} is lost: it ended, it hangs, or its connection broke",
                hint="see what that worker said last",
            ) from error

    def poll(self, due: bool, stop: int) -> Decision:
        """See `Workers`. The chief's clock says how many calls later all decide again."""
        self._polls += 1
        if self._polls < self._polls_per_decision:
            return Decision(False, 0)
        return self.decide(due, stop)

    def decide(self, due: bool, stop: int) -> Decision:
        """See `Workers`."""
        asked = [due, self._pace()] if self.chief else [False, 0]
        asked += [stop == number for number in SIGNALS]
        due_now, pace, *stops = self._add_up(np.array(asked, np.float32))
        self._polls, self._polls_per_decision = 0, max(1, int(pace))
        self._decided = time.monotonic()
        signals = [number for number, count in zip(SIGNALS, stops, strict=True) if count]
        return Decision(bool(due_now), signals[0] if signals else 0)

    def _pace(self) -> int:
        """How many calls of `poll` fill `_DECISION_SECONDS`, by those since the last decision."""
        passed = time.monotonic() - self._decided
        return int(self._polls * _DECISION_SECONDS / max(passed, 1e-3))

    def check_equal(self, what: str, here: Mapping[str, Any]) -> None:
        """See `Workers`."""
        chiefs, *others = map(json.loads, self._gather(json.dumps(here).encode()))
        for index, theirs in enumerate(others, 1):
            if found := differences(theirs, chiefs, same_length=True):
                raise UsageError(
                    f"{self._cluster.label(index)} has another {what} than the chief",
                    hint="give every worker the same preset, options and data",
                    details=tuple(map(_of_workers, found)),
                )

    def check_state(self, step: int, state: Mapping[str, npt.NDArray[Any]]) -> None:
        """See `Workers`."""
        chiefs, *others = self._gather(state_digest(state).encode())
        for index, theirs in enumerate(others, 1):
            if theirs != chiefs:
                raise MachineError(
                    f"{self._cluster.label(index)} holds other weights than the chief after step "
                    f"{step}: {theirs.decode()[:12]}, not {chiefs.decode()[:12]}",
                    hint="use the same processors and versions on every worker",
                )

    def share(self, found: Checkpoint | None) -> Checkpoint | None:
        """See `Workers`."""
        payload = self._from_chief(to_bytes(found) if self.chief else b"")
        return found if self.chief else from_bytes(payload)

    def _gather(self, payload: bytes) -> list[bytes]:
        """The payloads of all workers, the chief's first."""
        sizes = self._sizes(payload)
        table = np.zeros((self.count, max(sizes)), np.float32)
        table[self._cluster.index, : len(payload)] = list(payload)
        rows = self._add_up(table).astype(np.uint8)
        return [row[:size].tobytes() for row, size in zip(rows, sizes, strict=True)]

    def _from_chief(self, payload: bytes) -> bytes:
        """The chief's payload, for all; the others give an empty one."""
        size = self._sizes(payload)[0]
        chunks = (self._chunk(payload[at : at + _CHUNK]) for at in range(0, size, _CHUNK))
        return b"".join(chunks)[:size]

    def _chunk(self, payload: bytes) -> bytes:
        """One chunk of `_from_chief`, zeros behind its end."""
        values = np.frombuffer(payload.ljust(_CHUNK, b"\0"), np.uint8).astype(np.float32)
        return self._add_up(values).astype(np.uint8).tobytes()

    def _sizes(self, payload: bytes) -> list[int]:
        """The length of every worker's payload, below 2^40 bytes."""
        table = np.zeros((self.count, 2), np.float32)
        table[self._cluster.index] = divmod(len(payload), 1 << 20)  # each half exact in float32
        return [int(high) << 20 | int(low) for high, low in self._add_up(table)]

    def _lost(self, text: str) -> str:
        """The worker that a failure of TensorFlow is about, as errors call it."""
        named = {f"{job} {number}" for job, number in _TASK.findall(text)}
        for index, name in enumerate(self._cluster.names):
            if name in named and index != self._cluster.index:
                return self._cluster.label(index)
        # A worker sends its heartbeats to the chief, which TensorFlow then does not name.
        return "another worker" if self.chief else self._cluster.label(0)


def _of_workers(line: str) -> str:
    """A line of `differences`, between a worker and the chief."""
    return line.replace(" there, ", " on the worker, ").replace(" asked for", " on the chief")


def state_digest(state: Mapping[str, npt.NDArray[Any]]) -> str:
    """The sha256 of every array's name, type, shape and bits."""
    digest = hashlib.sha256()
    for name in sorted(state):
        array = np.ascontiguousarray(state[name])
        digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def to_bytes(found: Checkpoint | None) -> bytes:
    """A checkpoint, or that there is none, to send to another worker."""
    if found is None:
        return b""
    meta = json.dumps({"step": found.step, "meta": dict(found.meta)}).encode()
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **found.state)
    return len(meta).to_bytes(8, "big") + meta + file.getvalue()


def from_bytes(payload: bytes) -> Checkpoint | None:
    """What `to_bytes` was given."""
    if not payload:
        return None
    size = int.from_bytes(payload[:8], "big")
    document = json.loads(payload[8 : 8 + size])
    with np.load(io.BytesIO(payload[8 + size :]), allow_pickle=False) as archive:
        state = {name: archive[name] for name in archive.files}
    return Checkpoint(document["step"], document["meta"], state)
