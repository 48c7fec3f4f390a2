"""What workers tell each other: threads on loopback in place of processes, and no TensorFlow."""

from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from digitcli.errors import DataError, ExitCode, MachineError, UsageError
from digitcli.training.cluster.linked import LinkedWorkers
from digitcli.training.cluster.rendezvous import meet
from digitcli.training.cluster.tf_config import Cluster
from digitcli.training.cluster.workers import OneWorker
from digitcli.training.run.checkpoint import Checkpoint
from digitcli.training.run.stopped import TrainingStoppedError

SECONDS = 20.0


def free_addresses(count):
    servers = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    addresses = tuple(f"127.0.0.1:{server.getsockname()[1]}" for server in servers)
    for server in servers:
        server.close()
    return addresses


def clusters(count):
    addresses, names = free_addresses(count), tuple(f"worker {n}" for n in range(count))
    return [Cluster(names, addresses, index) for index in range(count)]


def at_once(*calls):
    """Each call in a thread of its own; what they return, or the exception they raise."""
    with ThreadPoolExecutor(len(calls)) as pool:
        futures = [pool.submit(call) for call in calls]
        return [future.exception(60) or future.result() for future in futures]


def link(count, seconds=SECONDS):
    """So many workers that have met."""
    parts = clusters(count)
    links = at_once(*(lambda part=part: meet(part, seconds) for part in parts))
    return [LinkedWorkers(part, found, seconds) for part, found in zip(parts, links, strict=True)]


def train(workers, *parts):
    """Every worker does its part inside `together`; what they return or raise."""

    def run(worker, part):
        with worker.together():
            return part(worker)

    pairs = zip(workers, parts, strict=True)
    return at_once(*(lambda pair=pair: run(*pair) for pair in pairs))


def test_when_to_save_is_the_chiefs_word_and_who_stops_stops_all():
    def part(worker):
        found = []
        for step in range(50):
            stop = 15 if not worker.chief and step >= 20 else 0
            found.append(worker.decide(worker.chief and step % 7 == 3, stop))
            if found[-1].stop:
                return found
            time.sleep(0.005)  # a step, in which the wish travels
        return found

    chief, other, another = train(link(3), part, part, part)

    assert chief == other == another
    assert [step for step, next_ in enumerate(chief) if next_.due][:3] == [3, 10, 17]
    assert chief[-1].stop == 15
    assert 20 <= len(chief) < 50


def test_a_checkpoint_travels_whole_and_none_stays_none():
    state = {"w/a": np.arange(6, dtype=np.float32).reshape(2, 3), "step": np.int32(7)}
    found = Checkpoint(7, {"history": [{"loss": 0.1 + 0.2}]}, state)

    def part(worker):
        return worker.share(found if worker.chief else None), worker.share(None)

    _, (copy, nothing) = train(link(2), part, part)

    assert (copy.step, copy.meta, nothing) == (7, found.meta, None)
    assert all(copy.state[name].tobytes() == array.tobytes() for name, array in state.items())
    assert copy.state["step"].dtype == np.int32


def test_all_workers_learn_which_one_was_given_other_options():
    def part(seed):
        here = {"training": {"seed": seed, "schedule": "constant", "epochs": seed}}
        return lambda worker: worker.check_equal("recipe", here)

    errors = train(link(3), part(3), part(3), part(4))

    assert len({str(error) for error in errors}) == 1
    assert all(isinstance(error, UsageError) for error in errors)
    assert str(errors[0]).startswith("worker 2 (127.0.0.1:")
    assert "has another recipe than the chief" in str(errors[0])
    assert errors[1].details == (
        "training.seed: 4 on the worker, 3 on the chief",
        "training.epochs: 4 on the worker, 3 on the chief",
    )


def test_one_bit_of_difference_between_weights_stops_all():
    state = {"w": np.ones(1000, np.float32)}
    other = {"w": state["w"].copy()}
    other["w"].view(np.uint32)[77] ^= 1

    good = train(link(2), *[lambda worker: worker.check_state(5, state)] * 2)
    bad = train(
        link(2),
        lambda worker: worker.check_state(5, state),
        lambda worker: worker.check_state(5, other),
    )

    assert good == [None, None]
    assert all("holds other weights than the chief after step 5" in str(error) for error in bad)
    assert all(error.exit_code == ExitCode.ENVIRONMENT for error in bad)


def test_a_worker_that_is_killed_ends_all_at_once_and_is_named():
    workers = link(3)
    woken = [threading.Event() for _ in workers]
    for worker, event in zip(workers, woken, strict=True):
        worker.on_loss = lambda text, event=event: event.set()

    def dies(worker):
        next(iter(worker._links.values()))._socket.shutdown(socket.SHUT_RDWR)  # as a kill does

    def waits(number):
        def part(worker):
            assert woken[number].wait(10)
            raise RuntimeError("collective ops aborted")

        return part

    start = time.monotonic()
    first, second, _ = train(workers, waits(0), waits(1), dies)

    assert time.monotonic() - start < 8
    for error in (first, second):
        assert isinstance(error, MachineError)
        assert str(error).startswith("worker 2 (127.0.0.1:")
        assert str(error).endswith(") is gone: it was killed, or its connection broke")


def test_a_worker_that_fails_tells_the_others_why():
    def fails(worker):
        raise DataError("train-images.gz: cut short")

    def waits(worker):
        return worker.decide(False, 0)

    failed, other = train(link(2), fails, waits)

    assert isinstance(failed, DataError)
    assert str(other).startswith("worker 0 (127.0.0.1:")
    assert str(other).endswith(") stopped: train-images.gz: cut short")


def test_a_worker_that_falls_silent_is_lost_after_the_time_limit(monkeypatch):
    real = LinkedWorkers._beat

    def beat(worker, seconds):
        if worker.chief:  # the other one is as silent as if it hung
            real(worker, seconds)

    monkeypatch.setattr(LinkedWorkers, "_beat", beat)
    workers = link(2, seconds=1.0)
    lost = threading.Event()
    workers[0].on_loss = lambda text: lost.set()

    def chief(worker):
        assert lost.wait(10)
        worker.decide(False, 0)

    error, _ = train(workers, chief, lambda worker: lost.wait(10))

    assert str(error).startswith("worker 1 (127.0.0.1:")
    assert str(error).endswith(") has been silent for 1 s")


def test_an_interrupted_run_is_no_failure_of_the_others(tmp_path):
    def part(worker):
        raise TrainingStoppedError(3, tmp_path, 2, "go on")

    errors = train(link(2), part, part)

    assert [type(error) for error in errors] == [TrainingStoppedError] * 2


def test_a_worker_that_does_not_come_is_named_to_those_that_came():
    first, second, _ = clusters(3)

    chief, other = at_once(lambda: meet(first, 1.0), lambda: meet(second, 1.0))

    expected = f"TF_CONFIG: worker 2 ({first.addresses[2]}) did not come within 1 s"
    assert (str(chief), str(other)) == (expected, expected)
    assert "task.index" in chief.hint
    assert "DIGITCLI_WORKER_SECONDS" in chief.hint


def test_a_chief_that_does_not_come_is_named():
    _, second = clusters(2)

    with pytest.raises(MachineError, match=r"worker 0 \(127.*\) did not come within 1 s"):
        meet(second, 1.0)


def test_workers_of_another_cluster_are_refused():
    (first, _), (_, stranger) = clusters(2), clusters(2)
    stranger = Cluster(stranger.names, (first.addresses[0], stranger.addresses[1]), 1)

    chief, other = at_once(lambda: meet(first, 5.0), lambda: meet(stranger, 5.0))

    assert isinstance(chief, UsageError)
    assert (
        str(chief)
        == str(other)
        == ("TF_CONFIG: worker 1 has another list of workers than the chief")
    )


def test_a_port_that_is_taken_is_named():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        cluster = Cluster(("worker 0", "worker 1"), (address, "127.0.0.1:1"), 0)

        with pytest.raises(MachineError, match="which this is, cannot listen on port"):
            meet(cluster, 1.0)


def test_others_who_call_the_chief_are_hung_up_on():
    first, second = clusters(2)

    def stranger():
        for _ in range(100):
            try:
                host, port = first.addresses[0].split(":")
                with socket.create_connection((host, int(port)), timeout=5) as connection:
                    connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
                    return connection.recv(100)
            except ConnectionRefusedError:
                time.sleep(0.02)

    def late():
        time.sleep(0.5)
        return meet(second, 10.0)

    chief, answer, other = at_once(lambda: meet(first, 10.0), stranger, late)

    assert answer == b"" or isinstance(answer, ConnectionResetError)
    assert (list(chief), list(other)) == ([1], [0])
    chief[1]._socket.close()
    other[0]._socket.close()


def test_one_worker_decides_for_itself():
    one = OneWorker()

    with one.together():
        assert one.decide(True, 2) == (True, 2)
