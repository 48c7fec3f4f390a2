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
    threads and nested blocks share it. Of a child after `os.fork` only the blocks count that the
    thread was in which forked. `make()` is entered and left under a `fork_safe_lock`.
    """
    lock, inside, own = fork_safe_lock(), 0, threading.local()
    changed: AbstractContextManager[None]

    def enter() -> None:
        nonlocal inside, changed
        with lock:
            if inside == 0:
                changed = make()
                changed.__enter__()
            inside += 1
            own.inside = getattr(own, "inside", 0) + 1

    def leave() -> None:
        nonlocal inside
        with lock:
            inside -= 1
            own.inside -= 1
            if inside == 0:
                changed.__exit__(None, None, None)

    def forget_other_threads() -> None:
        nonlocal inside
        all_blocks, inside = inside, getattr(own, "inside", 0)
        if all_blocks and not inside:
            changed.__exit__(None, None, None)

    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=forget_other_threads)

    @contextlib.contextmanager
    def block() -> Iterator[None]:
        enter()
        try:
            yield
        finally:
            leave()

    return block
