"""What workers agree on by adding up: threads in place of processes, and no TensorFlow."""

from __future__ import annotations

import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from digitcli.errors import DataError, ExitCode, MachineError, UsageError
from digitcli.training.cluster import collective
from digitcli.training.cluster.collective import CollectiveWorkers
from digitcli.training.cluster.tf_config import Cluster
from digitcli.training.cluster.workers import OneWorker
from digitcli.training.run.checkpoint import Checkpoint

SEED = {"training": {"schedule": "constant", "seed": 3, "epochs": 3}}
OTHER_SEED = {"training": {"schedule": "constant", "seed": 4, "epochs": 4}}


class LostError(Exception):
    """Stands for TensorFlow's."""


class Adder:
    """Adds up what `count` threads bring, and gives each the sum."""

    def __init__(self, count):
        self._brought, self._barrier = {}, threading.Barrier(count)

    def __call__(self, array):
        assert array.dtype == np.float32
        self._brought[threading.get_ident()] = array
        self._barrier.wait(20)
        total = np.sum(list(self._brought.values()), axis=0, dtype=np.float32)
        self._barrier.wait(20)
        return total


def cluster(count, index):
    names = tuple(f"worker {n}" for n in range(count))
    return Cluster(names, tuple(f"host{n}:4321" for n in range(count)), index)


def train(*parts):
    """Each part, a function of a worker, in a thread; what they return, or raise."""
    adder = Adder(len(parts))
    workers = [
        CollectiveWorkers(cluster(len(parts), index), adder, (LostError,))
        for index in range(len(parts))
    ]

    def run(worker, part):
        with worker.naming_lost_workers():
            return part(worker)

    with ThreadPoolExecutor(len(parts)) as pool:
        futures = [pool.submit(run, *pair) for pair in zip(workers, parts, strict=True)]
        return [future.exception(60) or future.result() for future in futures]


def lost(index, text):
    """What a worker of two raises when TensorFlow says `text` to it."""

    def part():
        worker = CollectiveWorkers(cluster(2, index), None, (LostError,))
        with worker.naming_lost_workers():
            raise LostError(text)

    with pytest.raises(MachineError) as caught:
        part()
    return caught.value


def test_the_chief_alone_decides_when_to_save():
    chief, other = train(lambda one: one.decide(True, 0), lambda one: one.decide(False, 0))
    assert chief == other == (True, 0)

    chief, other = train(lambda one: one.decide(False, 0), lambda one: one.decide(True, 0))
    assert chief == other == (False, 0)


def test_polling_decides_after_the_same_steps_everywhere_and_not_after_each(monkeypatch):
    monkeypatch.setattr(collective, "_DECISION_SECONDS", 0.05)

    def part(worker):
        steps = []
        for step in range(200):
            time.sleep(0.001 if worker.chief else 0.0005)
            if worker.poll(True, 0).due:
                steps.append(step)
        return steps

    chief, other = train(part, part)

    assert chief == other
    assert 2 < len(chief) < 100


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_any_worker_stops_all_after_the_same_step(number):
    def part(worker):
        stops = (number if not worker.chief and step >= 4 else 0 for step in range(50))
        step = 0
        for step, stop in enumerate(stops):
            if (decision := worker.decide(False, stop)).stop:
                return step, decision.stop

    assert train(part, part, part) == [(4, number)] * 3


def test_two_signals_at_once_are_one_of_them_everywhere():
    first, second = train(
        lambda one: one.decide(False, signal.SIGTERM), lambda one: one.decide(False, signal.SIGINT)
    )

    assert first == second == (False, signal.SIGINT)


@pytest.mark.parametrize("chunk", [1 << 22, 100])
def test_a_checkpoint_travels_whole_and_none_stays_none(monkeypatch, chunk):
    monkeypatch.setattr(collective, "_CHUNK", chunk)
    values = np.array([[0.0, -0.0, 1e-45], [np.inf, 0.1, -7.0]], np.float32)
    found = Checkpoint(7, {"history": [{"loss": 0.1 + 0.2}]}, {"w/a": values, "step": np.int32(7)})

    def part(worker):
        return worker.share(found if worker.chief else None), worker.share(None)

    (kept, _), (copy, nothing), _ = train(part, part, part)

    assert kept is found
    assert (copy.step, copy.meta, nothing) == (7, found.meta, None)
    assert all(copy.state[name].tobytes() == array.tobytes() for name, array in found.state.items())
    assert copy.state["step"].dtype == np.int32


def test_all_workers_learn_which_one_was_given_other_options():
    def part(table):
        return lambda worker: worker.check_equal("recipe", table)

    errors = train(part(SEED), part(SEED), part(OTHER_SEED))

    assert all(isinstance(error, UsageError) for error in errors)
    assert {str(e) for e in errors} == {"worker 2 (host2:4321) has another recipe than the chief"}
    assert errors[1].details == (
        "training.seed: 4 on the worker, 3 on the chief",
        "training.epochs: 4 on the worker, 3 on the chief",
    )
    assert train(part(SEED), part(SEED)) == [None, None]


def test_one_bit_of_difference_between_weights_stops_all():
    state = {"w": np.ones(1000, np.float32)}
    other = {"w": state["w"].copy()}
    other["w"].view(np.uint32)[77] ^= 1

    good = train(*[lambda worker: worker.check_state(5, state)] * 2)
    bad = train(
        lambda worker: worker.check_state(5, state),
        lambda worker: worker.check_state(5, other),
    )

    assert good == [None, None]
    for error in bad:
        assert "worker 1 (host1:4321) holds other weights than the chief after step 5" in str(error)
        assert error.exit_code == ExitCode.ENVIRONMENT


@pytest.mark.parametrize(
    ("index", "text", "label"),
    [
        (0, "from remote target /job:worker/replica:0/task:1 while", "worker 1 (host1:4321)"),
        (1, "from remote target /job:worker/replica:0/task:0 while", "worker 0 (host0:4321)"),
        (0, "from /job:worker/task:0 and /job:worker/task:1", "worker 1 (host1:4321)"),
        (1, "RPC: /tensorflow.CoordinationService/Heartbeat", "worker 0 (host0:4321)"),
        (0, "the connection was reset", "another worker"),
    ],
)
def test_a_lost_worker_is_named_as_tf_config_names_it(index, text, label):
    error = lost(index, text)

    assert str(error) == f"{label} is lost: it ended, it hangs, or its connection broke"


def test_what_a_worker_itself_does_wrong_stays_its_own_error():
    def part(worker):
        raise DataError("train-images.gz: cut short")

    [error] = train(part)

    assert isinstance(error, DataError)


def test_one_worker_decides_for_itself():
    one = OneWorker()

    with one.naming_lost_workers():
        assert one.decide(True, 2) == one.poll(True, 2) == (True, 2)
