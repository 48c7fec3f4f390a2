"""How workers find each other before TensorFlow connects them, and who is named if one is missing.

TensorFlow waits an hour for a missing worker, in a call that no signal interrupts. So every worker
first calls every other one at its address of TF_CONFIG until all have called it; only then does
TensorFlow take over that address.
"""

from __future__ import annotations

import json
import socket
import time

from ...errors import MachineError, UsageError, reason_of
from .tf_config import LIMIT, Cluster, split_address

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_ROUND_SECONDS = 0.2  # between two calls of the same worker
_CALL_SECONDS = 2.0  # for a connection and its few bytes
_LARGEST_CALL = 1 << 20  # bytes
_SAME_CLUSTER = "give every worker the same cluster, each its own task.index"


def meet(cluster: Cluster, seconds: float) -> None:
    """Return once every other worker has called this one and can be called.

    Raises MachineError naming the workers of which that is not so after `seconds`, or this worker's
    address if it cannot be listened on; UsageError when another worker has another TF_CONFIG.
    """
    others = set(range(len(cluster.names))) - {cluster.index}
    heard: set[int] = set()
    deadline = time.monotonic() + seconds
    with _listen(cluster) as listener:
        while True:
            reached = {index for index in others if _call(cluster, index)}
            _hear(listener, cluster, heard, others)
            if reached == heard == others:
                return
            if time.monotonic() > deadline:
                raise _did_not_come(cluster, others - (reached & heard), seconds)


def _call(cluster: Cluster, index: int) -> bool:
    """Tell a worker who calls; False when nobody answers."""
    text = json.dumps({"index": cluster.index, "addresses": cluster.addresses})
    try:
        address = split_address(cluster.addresses[index])
        with socket.create_connection(address, timeout=_CALL_SECONDS) as connection:
            connection.sendall(text.encode())
    except OSError:
        return False
    return True


def _hear(listener: socket.socket, cluster: Cluster, heard: set[int], others: set[int]) -> None:
    """Add the workers that call within a round to `heard`; return early when all have called."""
    end = time.monotonic() + _ROUND_SECONDS
    while heard != others and (left := end - time.monotonic()) > 0:
        listener.settimeout(left)
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            return
        with connection:
            index = _caller(connection, cluster)
        if index is not None:
            heard.add(index)


def _caller(connection: socket.socket, cluster: Cluster) -> int | None:
    """The number of the worker that calls; None for anybody else."""
    try:
        call = json.loads(_read(connection))
        index, addresses = int(call["index"]), tuple(call["addresses"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if addresses != cluster.addresses:
        text = f"TF_CONFIG: worker {index} has another list of workers than worker {cluster.index}"
        raise UsageError(text, hint=_SAME_CLUSTER)
    if index == cluster.index:
        text = f"TF_CONFIG: another process is {cluster.label(index)} too"
        raise UsageError(text, hint=_SAME_CLUSTER)
    return index


def _read(connection: socket.socket) -> bytes:
    """All bytes that the other side sends, up to a limit."""
    connection.settimeout(_CALL_SECONDS)
    read = bytearray()
    while len(read) < _LARGEST_CALL and (part := connection.recv(1 << 16)):
        read += part
    return bytes(read)


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
            f"{port} ({reason_of(error)})",
            hint="give each worker an address of its own machine and a free port",
        ) from error
