"""What the workers of a run tell each other, apart from the sums inside a step.

The chief decides, the others follow: whatever depends on a clock, a disk or a signal must happen at
the same step on every worker, or they would wait for each other forever.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from ..run.checkpoint import Checkpoint


class Decision(NamedTuple):
    """What all workers do next: what the chief finds due; stop for a signal (its number, or 0)."""

    due: bool
    stop: int


class Workers(Protocol):
    """All processes that train one network, as one of them sees them."""

    count: int
    chief: bool  # the one that decides and writes the files

    def together(self) -> contextlib.AbstractContextManager[None]:
        """For the length of the run: the others learn how this one ends.

        A worker that fails or disappears ends the block with MachineError on every other one.
        """

    def decide(self, due: bool, stop: int) -> Decision:
        """Between two steps: what is to be done here, given what this worker would do alone.

        Everybody's wish to stop counts; whether something is due (a checkpoint, say) is the chief's
        word alone.
        """

    def check_equal(self, what: str, here: Mapping[str, Any]) -> None:
        """Raise the same UsageError on all workers unless all call it with the same table.

        `here` is JSON; `what` says what it is, such as `network, recipe or data set`.
        """

    def check_state(self, step: int, state: Mapping[str, npt.NDArray[Any]]) -> None:
        """Raise MachineError on all workers unless they hold the same bits after `step`."""

    def share(self, found: Checkpoint | None) -> Checkpoint | None:
        """What the chief found to go on from; the others give None."""


class OneWorker:
    """A run of one process."""

    count, chief = 1, True

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """See `Workers`."""
        yield

    def decide(self, due: bool, stop: int) -> Decision:
        """See `Workers`."""
        return Decision(due, stop)

    def check_equal(self, what: str, here: Mapping[str, Any]) -> None:
        """See `Workers`."""

    def check_state(self, step: int, state: Mapping[str, npt.NDArray[Any]]) -> None:
        """See `Workers`."""

    def share(self, found: Checkpoint | None) -> Checkpoint | None:
        """See `Workers`."""
        return found


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
