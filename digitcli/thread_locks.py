"""Locks of one process: free in a child after a fork, and blocks that threads share."""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

_forked: weakref.WeakSet[threading.Lock] = weakref.WeakSet()
_held: list[threading.Lock] = []  # while the process forks


def fork_safe_lock() -> threading.Lock:
    """A lock that a child finds free after `os.fork`, and what it guards whole.

    A fork waits until nobody holds it. Who holds one must not take another.
    """
    lock = threading.Lock()
    _forked.add(lock)
    return lock


def _take_all() -> None:
    for lock in list(_forked):
        lock.acquire()
        _held.append(lock)


def _free_all() -> None:
    while _held:
        _held.pop().release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_take_all, after_in_parent=_free_all, after_in_child=_free_all)


def shared_by_threads(
    make: Callable[[], AbstractContextManager[None]],
) -> Callable[[], AbstractContextManager[None]]:
    """Blocks that change something of the whole process, by `make()`.

    The first block that is entered changes it and the last one that is left changes it back;
    threads and nested blocks share it.
    """
    lock, inside = fork_safe_lock(), 0
    changed: AbstractContextManager[None]

    @contextlib.contextmanager
    def block() -> Iterator[None]:
        nonlocal inside, changed
        with lock:
            if inside == 0:
                changed = make()
                changed.__enter__()
            inside += 1
        try:
            yield
        finally:
            with lock:
                inside -= 1
                if inside == 0:
                    changed.__exit__(None, None, None)

    return block
