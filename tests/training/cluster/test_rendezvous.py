"""Workers find each other: threads on loopback in place of processes, and no TensorFlow."""

from __future__ import annotations

import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from digitcli.errors import MachineError, UsageError
from digitcli.training.cluster.rendezvous import meet
from digitcli.training.cluster.tf_config import Cluster


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


def connect(address, text):
    """Say `text` to a worker that may not listen yet."""
    host, port = address.split(":")
    for _ in range(100):
        try:
            with socket.create_connection((host, int(port)), timeout=5) as connection:
                return connection.sendall(text.encode())
        except ConnectionRefusedError:
            time.sleep(0.02)
    raise AssertionError("nobody listens")


@pytest.fixture
def join():
    """Meet, then listen on the same port, as TensorFlow does."""
    servers = []

    def join(cluster, seconds=20.0, wait=0.0):
        time.sleep(wait)
        meet(cluster, seconds)
        host, port = cluster.addresses[cluster.index].split(":")
        servers.append(socket.create_server((host, int(port))))
        return "met"

    yield join
    for server in servers:
        server.close()


def test_workers_that_come_one_after_the_other_all_meet(join):
    one, two, three = clusters(3)

    met = at_once(lambda: join(three, wait=0.5), lambda: join(one), lambda: join(two, wait=1.0))

    assert met == ["met"] * 3


def test_a_worker_that_is_started_again_is_met(join):
    one, two, three = clusters(3)

    def twice():
        with pytest.raises(MachineError, match="worker 2 .* did not come"):
            meet(two, 0.5)
        return join(two)

    met = at_once(lambda: join(one), twice, lambda: join(three, wait=1.5))

    assert met == ["met"] * 3


def test_a_worker_that_does_not_come_is_named_to_those_that_came():
    first, second, _ = clusters(3)

    errors = at_once(lambda: meet(first, 1.5), lambda: meet(second, 1.5))

    expected = f"TF_CONFIG: worker 2 ({first.addresses[2]}) did not come within 2 s"
    assert [str(error) for error in errors] == [expected, expected]
    assert "task.index" in errors[0].hint
    assert "DIGITCLI_WORKER_SECONDS" in errors[0].hint


def test_workers_of_another_cluster_are_refused_on_both_sides():
    (first, _), (_, stranger) = clusters(2), clusters(2)
    stranger = Cluster(stranger.names, (first.addresses[0], stranger.addresses[1]), 1)

    def call():
        connect(first.addresses[0], json.dumps({"index": 1, "addresses": stranger.addresses}))

    error, _ = at_once(lambda: meet(first, 5.0), call)

    assert isinstance(error, UsageError)
    assert str(error) == "TF_CONFIG: worker 1 has another list of workers than worker 0"


def test_two_processes_with_the_same_index_are_refused():
    first, _ = clusters(2)

    def call():
        connect(first.addresses[0], json.dumps({"index": 0, "addresses": first.addresses}))

    error, _ = at_once(lambda: meet(first, 5.0), call)

    assert str(error) == f"TF_CONFIG: another process is worker 0 ({first.addresses[0]}) too"


def test_a_port_that_is_taken_is_named():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        cluster = Cluster(("worker 0", "worker 1"), (address, "127.0.0.1:1"), 0)

        with pytest.raises(MachineError, match="which this is, cannot listen on port"):
            meet(cluster, 1.0)


@pytest.mark.parametrize("text", ["GET / HTTP/1.1\r\n\r\n", "", "{}", "[1]", '{"index": "x"}'])
def test_calls_of_other_programs_are_ignored(join, text):
    first, second = clusters(2)

    first_met, _, second_met = at_once(
        lambda: join(first),
        lambda: connect(first.addresses[0], text),
        lambda: join(second, wait=0.5),
    )

    assert (first_met, second_met) == ("met", "met")
