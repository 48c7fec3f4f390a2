"""The workers of a cluster, linked: the chief decides for all, and a lost one ends all."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy.typing as npt

from ...errors import DigitError, MachineError, UsageError
from ..run.checkpoint import Checkpoint
from ..run.identity import differences
from ..run.stopped import TrainingStoppedError
from .links import BEAT, BYE, FAILED, LOST, MESSAGE, WISH, Link
from .tf_config import Cluster
from .workers import Decision, from_bytes, state_digest, to_bytes

_BEATS_PER_LIMIT = 6
_NOTICE_SECONDS = 3.0  # the backend may notice a lost worker before its link does
AGAIN = "see what that worker said last"

Judge = Callable[[int, bytes], DigitError | None]


class LinkedWorkers:
    """See `Workers`; `links` are `rendezvous.meet`'s.

    `on_loss`, set later, is called in another thread when a worker is lost: it must wake up this
    one if it waits inside a step.
    """

    def __init__(self, cluster: Cluster, links: Mapping[int, Link], seconds: float) -> None:
        self.count, self.chief = len(cluster.names), cluster.chief
        self.on_loss: Callable[[str], None] = lambda text: None
        self._cluster, self._links = cluster, links
        self._failure: MachineError | None = None
        self._lost, self._over = threading.Event(), threading.Event()
        self._wish, self._wished = 0, False
        for link in links.values():
            link.start(self._take, self._lose)
        beat = threading.Thread(target=self._beat, args=(seconds / _BEATS_PER_LIMIT,), daemon=True)
        beat.start()

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """See `Workers`."""
        try:
            yield
        except BaseException as error:
            # Whatever else ends a step may be what the backend makes of a lost worker.
            raw = isinstance(error, Exception) and not isinstance(error, DigitError)
            if raw:
                self._lost.wait(_NOTICE_SECONDS)
            self._close(error)
            if raw and self._failure is not None:
                raise self._failure from error
            raise
        self._close(None)

    def wait_for_all(self) -> None:
        """Return when every worker has called this."""
        self._judge(b"", lambda index, theirs: None)

    def decide(self, due: bool, stop: int) -> Decision:
        """See `Workers`."""
        if self.chief:
            self._raise_if_lost()
            decision = Decision(due, stop or self._wish)
            self._tell(MESSAGE, json.dumps(decision).encode())
            return decision
        if stop and not self._wished:
            self._wished = True
            self._tell(WISH, str(stop).encode())
        return Decision(*json.loads(self._next(self._links[0])))

    def check_equal(self, what: str, here: Mapping[str, Any]) -> None:
        """See `Workers`."""

        def judge(index: int, theirs: bytes) -> DigitError | None:
            other = differences(json.loads(theirs), here, same_length=True)
            text = f"{self._cluster.label(index)} has another {what} than the chief"
            details = tuple(
                line.replace(" there, ", " on the worker, ").replace(" asked for", " on the chief")
                for line in other
            )
            hint = "give every worker the same preset, options and data"
            return UsageError(text, hint, details) if other else None

        self._judge(json.dumps(here).encode(), judge)

    def check_state(self, step: int, state: Mapping[str, npt.NDArray[Any]]) -> None:
        """See `Workers`."""
        mine = state_digest(state).encode()

        def judge(index: int, theirs: bytes) -> DigitError | None:
            if theirs == mine:
                return None
            return MachineError(
                f"{self._cluster.label(index)} holds other weights than the chief after step "
                f"{step}: {theirs.decode()[:12]}, not {mine.decode()[:12]}",
                hint="use the same processors and versions on every worker",
            )

        self._judge(mine, judge)

    def share(self, found: Checkpoint | None) -> Checkpoint | None:
        """See `Workers`."""
        if not self.chief:
            return from_bytes(self._next(self._links[0]))
        self._tell(MESSAGE, to_bytes(found))
        return found

    def _judge(self, mine: bytes, judge: Judge) -> None:
        """All send `mine` to the chief, whose verdict on the first that is wrong all raise."""
        if self.chief:
            pairs = [(index, self._next(link)) for index, link in self._links.items()]
            verdicts = [error for error in (judge(*pair) for pair in pairs) if error is not None]
            self._tell(MESSAGE, _pack(verdicts[0]) if verdicts else b"")
            if verdicts:
                raise verdicts[0]
            return
        self._tell(MESSAGE, mine)
        if verdict := self._next(self._links[0]):
            raise _unpack(verdict)

    def _tell(self, kind: bytes, payload: bytes = b"") -> None:
        for link in self._links.values():
            link.send(kind, payload)

    def _next(self, link: Link) -> bytes:
        """The next message of a worker; raises when none will come any more."""
        message = link.inbox.get()
        if message is not None:
            return message
        link.inbox.put(None)
        self._raise_if_lost()
        raise MachineError(f"{link.label} has ended already", hint=AGAIN)

    def _raise_if_lost(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _close(self, error: BaseException | None) -> None:
        """Tell the others how this worker ends."""
        self._over.set()
        well = error is None or isinstance(error, TrainingStoppedError)
        text = str(error) if isinstance(error, DigitError) else type(error).__name__
        for link in self._links.values():
            link.close(BYE) if well else link.close(FAILED, text.encode())

    # ---- in the threads of the links

    def _take(self, link: Link, kind: bytes, payload: bytes) -> None:
        if kind == WISH:
            self._wish = int(payload)
        elif kind == LOST:
            self._lose(payload.decode())
        elif kind == FAILED:
            self._lose(f"{link.label} stopped: {payload.decode()}")

    def _lose(self, text: str) -> None:
        """A worker is lost: from here on nothing can be summed up any more."""
        if self._over.is_set() or self._failure is not None:
            return
        self._failure = MachineError(text, hint=AGAIN)
        self._lost.set()
        self._tell(LOST, text.encode())
        for link in self._links.values():
            link.inbox.put(None)
        self.on_loss(text)

    def _beat(self, seconds: float) -> None:
        while not self._over.wait(seconds):
            self._tell(BEAT)


def _pack(error: DigitError) -> bytes:
    usage = isinstance(error, UsageError)
    return json.dumps([usage, str(error), error.hint, error.details]).encode()


def _unpack(payload: bytes) -> DigitError:
    usage, text, hint, details = json.loads(payload)
    return (UsageError if usage else MachineError)(text, hint, tuple(details))
