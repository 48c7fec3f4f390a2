"""Plans of one network for pictures of several sizes: those used last, as far as memory goes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from ..thread_locks import fork_safe_lock
from .engine import Core

Size = TypeVar("Size")

MOST_BYTES = 32 << 20  # of one network's plans: more of them gained nothing on real pictures


class Plans(Generic[Size]):
    """Makes plans and keeps some; safe to use from several threads at once.

    `bytes_of` tells what the plan of a size takes once it has run on one thread. Those that are
    kept take `most` together, so a plan that takes more is made for each picture.
    """

    def __init__(
        self,
        make: Callable[[Size], Core],
        bytes_of: Callable[[Size], int],
        most: int = MOST_BYTES,
    ) -> None:
        self._make, self._bytes_of, self._most = make, bytes_of, most
        self._kept: OrderedDict[Size, Core] = OrderedDict()
        self._lock = fork_safe_lock()

    def at(self, size: Size) -> Core:
        """The plan for pictures of this size."""
        with self._lock:
            if size in self._kept:
                self._kept.move_to_end(size)
                return self._kept[size]
        # Without the lock: making a plan takes others, such as logging's, which a fork holds while
        # it waits for this one.
        made, dropped = self._make(size), []
        with self._lock:
            core = self._kept.setdefault(size, made)
            while sum(map(self._bytes_of, self._kept)) > self._most:
                dropped.append(self._kept.popitem(last=False))
        return core
