"""What the workers of a run agree on between two steps.

Whatever depends on a clock, a disk or a signal must happen after the same step on every worker, or
they would wait for each other forever.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Protocol

import numpy.typing as npt

from ..run.checkpoint import Checkpoint


class Decision(NamedTuple):
    """What all workers do next: what the chief finds due, stop for a signal (its number, or 0)."""

    due: bool
    stop: int


class Workers(Protocol):
    """All processes that train one network, as one of them sees them."""

    count: int
    chief: bool  # the one that writes the files

    def naming_lost_workers(self) -> contextlib.AbstractContextManager[None]:
        """For the length of the run: raise MachineError when another worker is lost."""

    def decide(self, due: bool, stop: int) -> Decision:
        """Between two steps: what all workers do, given what this worker would do alone.

        A signal to any worker stops all; the chief alone says whether something, such as a
        checkpoint, is `due`.
        """

    def poll(self, due: bool, stop: int) -> Decision:
        """As `decide`, for calls after every step: at most a few a second decide anything."""

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
    def naming_lost_workers(self) -> Iterator[None]:
        """See `Workers`."""
        yield

    def decide(self, due: bool, stop: int) -> Decision:
        """See `Workers`."""
        return Decision(due, stop)

    def poll(self, due: bool, stop: int) -> Decision:
        """See `Workers`."""
        return Decision(due, stop)

    def check_equal(self, what: str, here: Mapping[str, Any]) -> None:
        """See `Workers`."""

    def check_state(self, step: int, state: Mapping[str, npt.NDArray[Any]]) -> None:
        """See `Workers`."""

    def share(self, found: Checkpoint | None) -> Checkpoint | None:
        """See `Workers`."""
        return found
