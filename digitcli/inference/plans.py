"""Plans of one network for pictures of several sizes: those used last, as far as memory goes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from ..thread_locks import fork_safe_lock
from .engine import Core

Size = TypeVar("Size")

MOST_BYTES = 32 << 20  # of one network's plans: more of them gained nothing on real pictures


class Plans(Generic[Size]):
    """Makes plans and keeps some; safe to use from several threads at once.

    Those that are kept take `most` bytes of memory together between two calls, for any number of
    threads and pictures of a call; what other calls use meanwhile counts once they end. A plan that
    takes more is made for each call.
    """

    def __init__(self, make: Callable[[Size], Core], most: int = MOST_BYTES) -> None:
        self._make, self._most = make, most
        self._kept: OrderedDict[Size, Core] = OrderedDict()
        self._lock = fork_safe_lock()

    def run(self, size: Size, pictures: Any, threads: int) -> bytearray:
        """What the plan for pictures of this size makes of them. Raises what it raises."""
        core = self.at(size)
        try:
            return core.run_to_bytes(pictures, threads)
        finally:
            self._drop()

    def at(self, size: Size) -> Core:
        """The plan for pictures of this size."""
        with self._lock:
            if size in self._kept:
                self._kept.move_to_end(size)
                return self._kept[size]
        # Without the lock: making a plan takes others, such as logging's, which a fork holds while
        # it waits for this one.
        made = self._make(size)
        with self._lock:
            return self._kept.setdefault(size, made)

    def _drop(self) -> None:
        """Forget those that are too large, and then those not used for longest."""
        dropped = []  # their memory is freed without the lock
        with self._lock:
            taken = {size: core.scratch_bytes for size, core in self._kept.items()}
            left = sum(taken.values())
            for size in sorted(taken, key=lambda size: taken[size] <= self._most):
                if left <= self._most:
                    break
                dropped.append(self._kept.pop(size))
                left -= taken[size]
