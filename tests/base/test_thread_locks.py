"""Locks that threads and forks share."""

from __future__ import annotations

import contextlib
import os
import threading

import pytest

from digitcli.thread_locks import fork_safe_lock, shared_by_threads

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


@forks
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_child_finds_a_lock_free_that_another_thread_held_when_it_forked():
    lock, held = fork_safe_lock(), threading.Event()

    def hold():
        with lock:
            held.set()
            threading.Event().wait(0.2)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    if not (child := os.fork()):
        os._exit(0 if lock.acquire(timeout=5) else 3)
    thread.join()

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert lock.acquire(timeout=5)


def test_a_shared_block_changes_once_and_changes_back_when_the_last_one_ends():
    seen = []

    @shared_by_threads
    @contextlib.contextmanager
    def change():
        seen.append("changed")
        yield
        seen.append("changed back")

    with change():
        with change():
            pass
        assert seen == ["changed"]
    with pytest.raises(ValueError, match="wrong"), change():
        raise ValueError("wrong")

    assert seen == ["changed", "changed back"] * 2


@forks
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_child_keeps_only_the_shared_blocks_of_the_thread_that_forked():
    state, inside, done = ["plain"], threading.Event(), threading.Event()

    @shared_by_threads
    @contextlib.contextmanager
    def change():
        state[0] = "changed"
        yield
        state[0] = "plain"

    def stay():
        with change():
            inside.set()
            done.wait()

    def states_in_a_child():
        read, write = os.pipe()
        if not (child := os.fork()):
            try:
                found = state[0]
                with change():
                    found += f" {state[0]}"
                os.write(write, f"{found} {state[0]}".encode())
            finally:
                os._exit(0)
        os.close(write)
        os.waitpid(child, 0)
        found = os.read(read, 100).decode()
        os.close(read)
        return found

    thread = threading.Thread(target=stay)
    thread.start()
    inside.wait()
    alone = states_in_a_child()
    with change():
        nested = states_in_a_child()
    done.set()
    thread.join()

    assert alone == "plain changed plain"
    assert nested == "changed changed changed"
    assert state == ["plain"]
