"""uvicorn's protocol with limits of its own on a request's head: its size, and its time."""

from __future__ import annotations

from asyncio import TimerHandle
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .options import HEAD, HEAD_SECONDS, MIB

_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)


_DISCARDED = 32 * MIB  # bytes of a body that are read although the answer is sent


class _Transport:
    """A client's transport, which leaves out what is written once it is closed.

    uvloop raises then, where asyncio does not: uvicorn tells only the last of several requests on
    one connection that the client is gone.
    """

    def __init__(self, transport: Any) -> None:
        self._transport = transport

    def write(self, data: bytes) -> None:
        """Send bytes, if there is still somebody to read them."""
        if not self._transport.is_closing():
            self._transport.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class LimitedProtocol(HttpToolsProtocol):
    """Closes connections whose request line and headers are too long, or come too slowly.

    A body that is refused before all of it came is read to its end, so that clients see why: but
    not for long, and not for ever.
    """

    _head = 0  # bytes of a head that is not complete yet; more where a body began with it
    _is_head = False  # whether a head has begun and is not complete
    _discarded = 0  # bytes of a body that nobody waits for
    _is_body = False  # whether a body is still to come
    _timer: TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """A client is there: it has some seconds to say what it wants."""
        super().connection_made(_Transport(transport))  # type: ignore[arg-type]
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        self._head += len(data)
        super().data_received(data)
        if not self._is_head:
            self._head = 0
        elif not self.transport.is_closing():
            if self._timer is None:  # most heads come as a whole, and need none
                self._expect_head()
            if self._head > HEAD:
                self.send_400_response("")

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no request, or one whose head is too large."""
        if self._is_head and self._head > HEAD:
            self.transport.write(_TOO_LARGE)
            self.transport.close()
        else:
            super().send_400_response(msg)

    def on_message_begin(self) -> None:
        """A request begins, maybe on a connection that had one before."""
        super().on_message_begin()
        self._is_head = True

    def on_headers_complete(self) -> None:
        """The head is there; all of it may have come at once."""
        if self._head > HEAD:
            self._head = _size(self.url, self.headers)
            if self._head > HEAD:
                raise ValueError("the head is too large")
        self._stop_waiting()
        self._is_head, self._is_body, self._discarded = False, True, 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of a body came."""
        super().on_body(body)
        if self.cycle.response_complete:
            self._discarded += len(body)
            if self._discarded > _DISCARDED:
                self.transport.close()

    def on_message_complete(self) -> None:
        """A request is there as a whole."""
        self._is_body = False
        self._stop_waiting()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """The answer is sent; the rest of a body has some seconds."""
        super().on_response_complete()
        if self._is_body and not self.transport.is_closing():
            self._timer = self.loop.call_later(HEAD_SECONDS, self._too_slow)

    def _expect_head(self) -> None:
        self._timer = self.loop.call_later(HEAD_SECONDS, self._too_slow)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _too_slow(self) -> None:
        self._timer = None
        if not self.transport.is_closing():
            self.transport.close()


def _size(url: bytes, headers: list[tuple[bytes, bytes]]) -> int:
    """Bytes of a head."""
    return len(url) + sum(len(name) + len(value) + 4 for name, value in headers)
