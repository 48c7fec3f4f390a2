"""A connection between two workers: small frames, beside the backend's own traffic.

It tells at once when the other process dies, since the system then closes its sockets, and after
the time limit when a machine or a cable does, since both sides send a beat.
"""

from __future__ import annotations

import contextlib
import queue
import socket
import struct
import threading
from collections.abc import Callable

# Kinds of frames. WELCOME and GO belong to the rendezvous; LOST passes on that another worker is
# gone, FAILED says why the sender ends, BYE that it ends well.
BEAT, MESSAGE, WISH, LOST, FAILED, BYE, HELLO, WELCOME, GO = (
    bytes([letter]) for letter in b".mwlfqheg"
)
_HEAD = struct.Struct("!cQ")
_FAREWELL_SECONDS = 2.0


class HungUpError(Exception):
    """The other side closed the connection."""


def send_frame(connection: socket.socket, kind: bytes, payload: bytes = b"") -> None:
    """Write one frame; OSError when the connection is broken."""
    connection.sendall(_HEAD.pack(kind, len(payload)) + payload)


def receive_frame(connection: socket.socket, limit: int | None = None) -> tuple[bytes, bytes]:
    """Read one frame: its kind and payload.

    Raises HungUpError at the end of the stream or when a payload is larger than `limit`, OSError
    (TimeoutError) as the socket does.
    """
    kind, size = _HEAD.unpack(_exactly(connection, _HEAD.size))
    if limit is not None and size > limit:
        raise HungUpError
    return kind, _exactly(connection, size)


def _exactly(connection: socket.socket, size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        part = connection.recv(min(size - len(parts), 1 << 20))
        if not part:
            raise HungUpError
        parts += part
    return bytes(parts)


class Link:
    """One worker's connection to another one, `label`, read by a thread of its own.

    Messages queue up in order in `inbox`, which ends with None. `on_frame` gets every other frame,
    `on_loss` a sentence when the other one is gone without BYE; both in that thread.
    """

    def __init__(self, connection: socket.socket, label: str, seconds: float) -> None:
        self.label, self.inbox = label, queue.SimpleQueue[bytes | None]()
        self._socket, self._seconds, self._lock = connection, seconds, threading.Lock()
        self._socket.settimeout(seconds)
        self._thread = threading.Thread(target=self._read, name=f"link {label}", daemon=True)

    def start(
        self, on_frame: Callable[[Link, bytes, bytes], None], on_loss: Callable[[str], None]
    ) -> None:
        """Begin to read."""
        self._on_frame, self._on_loss = on_frame, on_loss
        self._thread.start()

    def send(self, kind: bytes, payload: bytes = b"") -> None:
        """Send a frame; a broken connection is the reading thread's to notice."""
        with self._lock, contextlib.suppress(OSError):
            send_frame(self._socket, kind, payload)

    def close(self, kind: bytes, payload: bytes = b"") -> None:
        """Send the last frame, and give the other side a moment to take it in."""
        self.send(kind, payload)
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
        self._thread.join(_FAREWELL_SECONDS)
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes a thread that still reads
        self._socket.close()

    def _read(self) -> None:
        try:
            while True:
                kind, payload = receive_frame(self._socket)
                if kind == MESSAGE:
                    self.inbox.put(payload)
                elif kind != BEAT:
                    self._on_frame(self, kind, payload)
                if kind == BYE:
                    break
        except TimeoutError:
            self._on_loss(f"{self.label} has been silent for {self._seconds:.0f} s")
        except (HungUpError, OSError):
            self._on_loss(f"{self.label} is gone: it was killed, or its connection broke")
        self.inbox.put(None)
