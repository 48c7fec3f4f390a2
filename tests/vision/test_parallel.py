"""Batches on threads: in order, a bounded number in work, none after the caller has stopped."""

from __future__ import annotations

import threading
import time

import pytest

from digitcli.vision import parallel
from digitcli.vision.parallel import batches, in_order


def doubled(batch, stopped):
    return [2 * item for item in batch]


def test_batches_grow_so_that_early_answers_come_early():
    assert [len(batch) for batch in batches(range(200))] == [4, 8, 16, 32, 64, 64, 12]
    assert list(batches([])) == []


@pytest.mark.parametrize("count", [0, 1, 4, 5, 500])
@pytest.mark.parametrize("threads", [1, 2, 5])
def test_results_keep_the_order_of_the_items(count, threads):
    def slow_at_first(batch, stopped):
        time.sleep(0.01 if batch[0] < 100 else 0)
        return doubled(batch, stopped)

    assert list(in_order(slow_at_first, range(count), threads)) == [2 * n for n in range(count)]


def test_few_items_start_no_thread():
    def where(batch, stopped):
        return [threading.current_thread() is threading.main_thread() for _ in batch]

    assert all(in_order(where, range(4), 8))
    assert not all(in_order(where, range(20), 8))


def test_only_a_window_of_items_is_taken_ahead():
    taken = []

    def items():
        for number in range(100_000):
            taken.append(number)
            yield number

    results = in_order(doubled, items(), 2)
    for _ in range(200):
        next(results)

    assert len(taken) <= 200 + 64 * (2 * 2 + 2)
    results.close()


def test_error_of_the_work_reaches_the_caller():
    def broken(batch, stopped):
        raise MemoryError(str(batch[0]))

    def later(batch, stopped):
        return broken(batch, stopped) if batch[0] > 50 else doubled(batch, stopped)

    with pytest.raises(MemoryError):
        list(in_order(broken, range(10), 2))
    with pytest.raises(MemoryError):
        list(in_order(later, range(1000), 2))


def test_closing_the_iterator_stops_running_work_and_drops_waiting_work():
    started, told = [], []

    def patient(batch, stopped):
        started.append(batch[0])
        while batch[0] > 4 and not stopped():
            time.sleep(0.001)
        told.append(stopped())
        return batch

    results = in_order(patient, range(10_000), 2)
    assert [next(results) for _ in range(5)] == [0, 1, 2, 3, 4]
    results.close()

    assert len(started) <= 4  # two batches were done, two in work
    assert told[2:] == [True] * (len(started) - 2)


@pytest.mark.parametrize(("seconds", "alone"), [(0.0, False), (10.0, True)])
def test_threads_take_turns_at_short_work_and_not_at_long(monkeypatch, seconds, alone):
    monkeypatch.setattr(parallel, "_SHORT", seconds)
    turns, entered = parallel.Turns(), threading.Event()

    def enter():
        with turns.turn(1):
            entered.set()

    with turns.turn(1):
        pass  # what this takes decides about the next
    other = threading.Thread(target=enter)
    with turns.turn(1):
        other.start()
        assert entered.wait(0.3) is not alone
    other.join()
    assert entered.is_set()
