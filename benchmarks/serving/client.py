"""Clients that take little time: requests are made before, answers are looked at afterwards.

They share the cores with the server, so what they take is missing there.
"""

from __future__ import annotations

import asyncio
import random
import re
import socket
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .queries import Query

HOST = "127.0.0.1"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CLOSE = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)


class Answer(NamedTuple):
    """Status and body; status 0: the connection ended, and `body` is all that came.

    `is_last` where the server says that it closes the connection.
    """

    status: int
    body: bytes
    is_last: bool = False


def answer_of(data: bytes | bytearray) -> Answer | None:
    """The answer that these bytes are; None while some of it is missing."""
    head = data.find(b"\r\n\r\n")
    if head < 0:
        return None
    length = _LENGTH.search(data, 0, head)
    if length is None:
        raise ValueError(f"an answer without a length: {bytes(data[:head])!r}")
    end = head + 4 + int(length[1])
    if len(data) < end:
        return None
    is_last = _CLOSE.search(data, 0, head) is not None
    return Answer(int(data[9:12]), bytes(data[head + 4 : end]), is_last)


class Client:
    """One connection that waits for each answer."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection((HOST, port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: bytes) -> Answer:
        """Send a request and wait. Raises ConnectionError where there is no answer."""
        self._socket.sendall(request)
        data = b""
        while (found := answer_of(data)) is None:
            part = self._socket.recv(65_536)
            if not part:
                raise ConnectionError("the server closed the connection")
            data += part
        return found

    def close(self) -> None:
        """End the connection."""
        self._socket.close()


class Connection(asyncio.Protocol):
    """One connection with at most one request on its way."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._answer: asyncio.Future[Answer] | None = None
        self.is_open = False

    @classmethod
    async def open(cls, port: int) -> Connection:
        """A connection to the server."""
        _, found = await asyncio.get_running_loop().create_connection(cls, HOST, port)
        return found

    def ask(self, request: bytes) -> asyncio.Future[Answer]:
        """Send a request; its future never fails."""
        self._answer = found = asyncio.get_running_loop().create_future()
        if self.is_open:
            self.transport.write(request)
        else:
            found.set_result(Answer(0, b""))
        return found

    def close(self) -> None:
        """End the connection."""
        self.transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is open."""
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.is_open = transport, True

    def data_received(self, data: bytes) -> None:
        """A part of an answer came, mostly all of it."""
        self._data += data
        if (found := answer_of(self._data)) is not None:
            self._data.clear()
            self.is_open = self.is_open and not found.is_last
            self._end(found)

    def connection_lost(self, exc: Exception | None) -> None:
        """The server closed it."""
        self.is_open = False
        self._end(Answer(0, bytes(self._data)))

    def _end(self, answer: Answer) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(answer)


@dataclass(frozen=True)
class Asked:
    """A request of a client that does not wait: its answer, and seconds since it was due."""

    query: Query
    answer: Answer
    seconds: float


class OpenLoop:
    """A client that asks at its own pace, whether or not the server keeps up.

    Requests are due at random moments, `rate` a second on average, and wait for one of `size`
    connections: their time counts from the moment that they were due.
    """

    def __init__(self, port: int, queries: Iterator[Query], rate: float, size: int) -> None:
        self._port, self._queries, self._rate, self._size = port, queries, rate, size
        self._free: deque[Connection] = deque()
        self._waiting: deque[tuple[Query, float]] = deque()
        self._opening: set[asyncio.Task[None]] = set()
        self._sent = 0
        self.asked: list[Asked] = []

    async def run(self, seconds: float) -> list[Asked]:
        """Ask for so long; all that was asked, once the last answer is there."""
        rng = random.Random(1)
        await asyncio.gather(*(self._open() for _ in range(self._size)))
        due = time.perf_counter()
        end = due + seconds
        while due < end:
            if (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            self._sent += 1
            self._waiting.append((next(self._queries), due))
            self._send()
            due += rng.expovariate(self._rate)
        while len(self.asked) < self._sent and time.perf_counter() < end + 30:
            await asyncio.sleep(0.01)
        for connection in self._free:
            connection.close()
        late = time.perf_counter() - end
        left = self._sent - len(self.asked)
        return self.asked + [Asked(next(self._queries), Answer(0, b""), late)] * left

    async def _open(self) -> None:
        self._free.append(await Connection.open(self._port))
        self._send()

    def _send(self) -> None:
        while self._waiting and self._free:
            connection = self._free.popleft()  # the one that rested longest: none is left to expire
            query, due = self._waiting.popleft()

            def done(
                future: asyncio.Future[Answer],
                on: Connection = connection,
                query: Query = query,
                due: float = due,
            ) -> None:
                self._done(on, Asked(query, future.result(), time.perf_counter() - due))

            connection.ask(query.request).add_done_callback(done)

    def _done(self, connection: Connection, asked: Asked) -> None:
        self.asked.append(asked)
        if connection.is_open:
            self._free.append(connection)
            self._send()
        else:
            task = asyncio.get_running_loop().create_task(self._open())
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)


def ask_at(
    port: int, queries: Iterator[Query], rate: float, seconds: float, size: int
) -> list[Asked]:
    """What a client got that asks `rate` times a second on average, on `size` connections."""
    return asyncio.run(OpenLoop(port, queries, rate, size).run(seconds))
