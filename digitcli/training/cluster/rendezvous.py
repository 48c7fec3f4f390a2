"""How workers find each other before training starts, and who is named when one does not come.

TensorFlow itself waits for minutes and then does not say for whom. Every worker calls the chief at
the address that TF_CONFIG gives; the connections stay when TensorFlow takes over that address.
"""

from __future__ import annotations

import contextlib
import json
import socket
import time

from ...errors import MachineError, UsageError
from .links import FAILED, GO, HELLO, WELCOME, HungUpError, Link, receive_frame, send_frame
from .tf_config import LIMIT, Cluster, split_address

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_GREETING_SECONDS, _LARGEST_GREETING = 5.0, 1 << 20


def meet(cluster: Cluster, seconds: float) -> dict[int, Link]:
    """Links by number of worker: the chief's to all others, everybody else's to the chief.

    Raises MachineError naming the workers that did not come within `seconds`, or this worker's
    address if it cannot be listened on; UsageError when another worker has another TF_CONFIG.
    """
    connections = _gather(cluster, seconds) if cluster.chief else {0: _call(cluster, seconds)}
    return {n: Link(one, cluster.label(n), seconds) for n, one in connections.items()}


def _gather(cluster: Cluster, seconds: float) -> dict[int, socket.socket]:
    """The chief's part: a connection from every other worker."""
    came: dict[int, socket.socket] = {}
    deadline = time.monotonic() + seconds
    try:
        with _listen(cluster) as listener:
            while len(came) < len(cluster.names) - 1:
                listener.settimeout(max(0.001, deadline - time.monotonic()))
                try:
                    connection, _ = listener.accept()
                except TimeoutError:
                    missing = set(range(1, len(cluster.names))) - set(came)
                    raise _did_not_come(cluster, missing, seconds) from None
                index = _greet(connection, cluster)
                if index is not None:
                    if index in came:  # it was started again
                        came[index].close()
                    came[index] = connection
    except (MachineError, UsageError) as error:
        for connection in came.values():
            _try_to_send(connection, FAILED, str(error))
            connection.close()
        raise
    for connection in came.values():
        _try_to_send(connection, GO)
    return came


def _greet(connection: socket.socket, cluster: Cluster) -> int | None:
    """The number of the worker that calls; None for anybody else, who is hung up on."""
    connection.settimeout(_GREETING_SECONDS)
    try:
        kind, payload = receive_frame(connection, _LARGEST_GREETING)
        hello = json.loads(payload)
        index, addresses = int(hello["index"]), tuple(hello["addresses"])
        if kind != HELLO or index < 1:
            raise ValueError
    except (HungUpError, OSError, ValueError, KeyError, TypeError):
        connection.close()
        return None
    if addresses != cluster.addresses or index >= len(addresses):
        text = f"TF_CONFIG: worker {index} has another list of workers than the chief"
        _try_to_send(connection, FAILED, text)
        connection.close()
        raise UsageError(text, hint="give every worker the same cluster, each its own task.index")
    _try_to_send(connection, WELCOME)
    return index


def _call(cluster: Cluster, seconds: float) -> socket.socket:
    """Everybody else's part: a connection to the chief, once all have come."""
    _listen(cluster).close()  # TensorFlow, which needs it soon, would not say what is wrong
    deadline = time.monotonic() + seconds
    hello = json.dumps({"index": cluster.index, "addresses": cluster.addresses}).encode()
    while time.monotonic() < deadline:
        connection = _ask_in(cluster, hello)
        if connection is not None:
            return _wait_for_go(connection, cluster, seconds)
        time.sleep(0.1)
    raise _did_not_come(cluster, {0}, seconds)


def _ask_in(cluster: Cluster, hello: bytes) -> socket.socket | None:
    """A connection to the chief that has said welcome; None when none answers, or somebody else."""
    connection = None
    try:
        connection = socket.create_connection(split_address(cluster.addresses[0]), timeout=2)
        connection.settimeout(_GREETING_SECONDS)
        send_frame(connection, HELLO, hello)
        kind, payload = receive_frame(connection, _LARGEST_GREETING)
        if kind == WELCOME:
            return connection
    except (OSError, HungUpError):
        kind, payload = b"", b""
    if connection is not None:
        connection.close()
    if kind == FAILED:
        raise MachineError(payload.decode(), hint="look at what the chief says")
    return None


def _wait_for_go(connection: socket.socket, cluster: Cluster, seconds: float) -> socket.socket:
    """The same connection, once the chief has heard from everybody."""
    connection.settimeout(seconds + _GREETING_SECONDS)  # the chief began to wait before
    try:
        kind, payload = receive_frame(connection, _LARGEST_GREETING)
    except (OSError, HungUpError):
        kind, payload = FAILED, f"{cluster.label(0)} ended before training began".encode()
    if kind != GO:
        connection.close()
        raise MachineError(payload.decode(), hint="start every worker again")
    return connection


def _did_not_come(cluster: Cluster, missing: set[int], seconds: float) -> MachineError:
    names = ", ".join(cluster.label(index) for index in sorted(missing))
    return MachineError(
        f"TF_CONFIG: {names} did not come within {seconds:.0f} s",
        hint="start `digitcli train` on every worker, each with its own task.index; "
        f"{LIMIT} sets the time",
    )


def _listen(cluster: Cluster) -> socket.socket:
    """A server on this worker's own address: on loopback, or on every interface."""
    host, port = split_address(cluster.addresses[cluster.index])
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host if host in _LOOPBACK else "", port), family=family)
    except OSError as error:
        raise MachineError(
            f"TF_CONFIG: {cluster.label(cluster.index)}, which this is, cannot listen on port "
            f"{port} ({(error.strerror or str(error)).lower()})",
            hint="give each worker an address of its own machine and a free port",
        ) from error


def _try_to_send(connection: socket.socket, kind: bytes, text: str = "") -> None:
    with contextlib.suppress(OSError):
        send_frame(connection, kind, text.encode())
